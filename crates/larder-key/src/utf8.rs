use std::str;

/// Checks UTF-8 that arrives in pieces. Errors are the offset of the first bad byte.
#[derive(Debug, Default)]
pub(crate) struct Utf8Check {
    /// Bytes of whole characters seen so far.
    checked: u64,
    /// The beginning of a character whose end is in the next piece.
    open: [u8; 4],
    opened: usize,
}

impl Utf8Check {
    pub(crate) fn update(&mut self, piece: &[u8]) -> Result<(), u64> {
        let rest = self.close(piece)?;
        match str::from_utf8(rest) {
            Ok(_) => self.checked += rest.len() as u64,
            Err(error) => {
                self.checked += error.valid_up_to() as u64;
                if error.error_len().is_some() {
                    return Err(self.checked);
                }
                self.keep(&rest[error.valid_up_to()..]);
            }
        }
        Ok(())
    }

    pub(crate) fn finish(&self) -> Result<(), u64> {
        if self.opened == 0 { Ok(()) } else { Err(self.checked) }
    }

    /// Completes the open character from the front of `piece`, and returns what is left of the piece.
    fn close<'p>(&mut self, mut piece: &'p [u8]) -> Result<&'p [u8], u64> {
        while self.opened > 0 {
            let Some((next, rest)) = piece.split_first() else { break };
            self.open[self.opened] = *next;
            self.opened += 1;
            piece = rest;
            match str::from_utf8(&self.open[..self.opened]) {
                Ok(_) => self.checked += std::mem::take(&mut self.opened) as u64,
                Err(error) if error.error_len().is_some() => return Err(self.checked),
                Err(_) => {}
            }
        }
        Ok(piece)
    }

    fn keep(&mut self, start: &[u8]) {
        self.open[..start.len()].copy_from_slice(start);
        self.opened = start.len();
    }
}
