//! One way of one connection: read on one side, written on the other as faults want.

use std::io;

use larder_core::{Clock, Moment};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::{ProxyLink, Shared, Way};
use crate::resp::Framer;

/// How much is read at once.
const CHUNK: usize = 16 * 1024;

/// How many chunks are under way at most: a late line holds what was sent meanwhile.
const UNDER_WAY: usize = 256;

/// What is under way.
struct Parcel {
    due: Moment,
    /// None is the end.
    bytes: Option<Vec<u8>>,
}

/// One way of one connection.
pub(super) struct Pump<'a> {
    pub(super) way: Way,
    pub(super) shared: &'a Shared,
    pub(super) link: &'a ProxyLink,
}

impl Pump<'_> {
    /// Carries bytes until this way ends; fails when either side is broken.
    pub(super) async fn run(&self, from: impl AsyncRead + Unpin, to: impl AsyncWrite + Unpin) -> io::Result<()> {
        let (sender, receiver) = channel(UNDER_WAY);
        let result = tokio::try_join!(self.read(from, sender), self.write(receiver, to)).map(drop);
        if result.is_err() {
            self.until_told().await?;
        }
        result
    }

    async fn read(&self, mut from: impl AsyncRead + Unpin, under_way: Sender<Parcel>) -> io::Result<()> {
        let mut due = Moment::ORIGIN;
        loop {
            let mut bytes = vec![0; CHUNK];
            let read = from.read(&mut bytes).await?;
            bytes.truncate(read);
            if self.way == Way::Requests {
                self.link.hear(&bytes);
            }
            // What came later never overtakes, whatever the jitter.
            due = self.shared.faults.line(self.way, |line| line.due(self.shared.clock.now())).max(due);
            let parcel = Parcel { due, bytes: (read > 0).then_some(bytes) };
            if under_way.send(parcel).await.is_err() || read == 0 {
                return Ok(());
            }
        }
    }

    async fn write(&self, mut under_way: Receiver<Parcel>, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
        let mut pushes = Pushes::default();
        loop {
            let parcel = tokio::select! {
                biased;
                () = self.link.half_closed(self.way) => None,
                parcel = under_way.recv() => parcel,
            };
            let Some(Parcel { due, bytes: Some(bytes) }) = parcel else {
                self.until_told().await?;
                return to.shutdown().await;
            };
            self.until(due).await;
            let swallowed = self.is_swallowed();
            let mut bytes = pushes.drop_from(&bytes, !swallowed && self.drops_pushes(), self.shared);
            if swallowed || bytes.is_empty() {
                continue;
            }
            let flipped = self.shared.faults.line(self.way, |line| line.disturb(&mut bytes));
            self.shared.counters.corrupted(flipped);
            for gate in self.shared.faults.gates(self.way, &bytes) {
                gate.arrive().await;
            }
            if !self.is_swallowed() {
                self.send(&mut to, &bytes).await?;
            }
        }
    }

    /// Whether these bytes get lost.
    ///
    /// The connection is dark from then on, for no later byte can make up for them.
    fn is_swallowed(&self) -> bool {
        if self.shared.faults.is_blackhole() && !self.link.is_dark() {
            self.link.blackhole();
        }
        self.link.is_dark()
    }

    /// Waits until the other side may learn that this one has ended.
    ///
    /// Of a dark connection nobody learns anything; the proxy itself ends it when its client has gone.
    async fn until_told(&self) -> io::Result<()> {
        self.shared.faults.passable().await;
        match self.way {
            _ if !self.link.is_dark() => Ok(()),
            Way::Requests => Err(io::ErrorKind::ConnectionReset.into()),
            Way::Replies => std::future::pending().await,
        }
    }

    fn drops_pushes(&self) -> bool {
        self.way == Way::Replies && self.shared.faults.drops_pushes()
    }

    /// Writes in portions, as fast as the line allows.
    async fn send(&self, to: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
        let mut left = bytes;
        while !left.is_empty() {
            let now = self.shared.clock.now();
            let (portion, through) = self.shared.faults.line(self.way, |line| {
                let portion = line.portion(left.len());
                (portion, line.occupy(portion, now))
            });
            self.until(through).await;
            // Before they go, so that whoever has got them finds them counted.
            self.shared.counters.carried(self.way, portion);
            to.write_all(&left[..portion]).await?;
            to.flush().await?;
            left = &left[portion..];
            if !left.is_empty() {
                // The other side gets a chance to see a part.
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    async fn until(&self, moment: Moment) {
        if self.shared.clock.now() < moment {
            self.shared.clock.sleep_until(moment).await;
        }
    }
}

/// Takes pushes out of a stream of frames, each whole or not at all.
#[derive(Default)]
struct Pushes {
    framer: Framer,
    dropping: bool,
}

impl Pushes {
    /// What is left of `bytes`; the frames are followed also while nothing is dropped.
    fn drop_from(&mut self, bytes: &[u8], drops: bool, shared: &Shared) -> Vec<u8> {
        let (mut kept, mut rest) = (Vec::with_capacity(bytes.len()), bytes);
        while !rest.is_empty() {
            let starts = self.framer.at_start();
            let piece = self.framer.piece(rest);
            if starts {
                self.dropping = drops && piece.push;
                shared.counters.pushes_dropped(self.dropping);
            }
            let (part, after) = rest.split_at(piece.length);
            if !self.dropping {
                kept.extend_from_slice(part);
            }
            rest = after;
        }
        kept
    }
}
