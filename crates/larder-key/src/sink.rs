use crate::digest::Digest;

/// Where the bytes of an encoding go.
pub(crate) trait Sink {
    /// The next bytes, in order.
    fn take(&mut self, bytes: &[u8]);

    /// What was taken and `staged`, which comes next, is what a readable key does not show.
    fn mark(&mut self, _staged: &[u8]) {}

    /// The last bytes.
    fn end(&mut self, staged: &[u8]) {
        self.take(staged);
    }
}

impl Sink for Vec<u8> {
    fn take(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Hashes what it takes, and remembers the hash up to the mark.
///
/// Most requests fit into the encoder's stage: they are hashed at one go, without the 2 KB that a running hash needs.
pub(crate) struct HashSink<'k> {
    domain: &'k [u8; 32],
    running: Option<Box<blake3::Hasher>>,
    /// The hash up to the mark.
    pub(crate) marked: Option<Digest>,
    /// The hash of everything, known at the end.
    pub(crate) whole: Option<Digest>,
}

impl<'k> HashSink<'k> {
    pub(crate) fn new(domain: &'k [u8; 32]) -> Self {
        Self { domain, running: None, marked: None, whole: None }
    }

    /// The hash of what was taken, followed by `staged`.
    fn digest_with(&self, staged: &[u8]) -> Digest {
        match &self.running {
            Some(hasher) => Digest::finished(hasher.clone().update(staged)),
            None => Digest::keyed(self.domain, staged),
        }
    }
}

impl Sink for HashSink<'_> {
    fn take(&mut self, bytes: &[u8]) {
        self.running.get_or_insert_with(|| Box::new(blake3::Hasher::new_keyed(self.domain))).update(bytes);
    }

    fn mark(&mut self, staged: &[u8]) {
        self.marked = Some(self.digest_with(staged));
    }

    fn end(&mut self, staged: &[u8]) {
        self.whole = Some(self.digest_with(staged));
    }
}
