//! How the nodes of a [`CoordinatedStore`] hear each other.

use futures_util::{StreamExt, stream};
use larder_core::{NodeId, Notice, NoticeKind, NoticeStream, WriteId};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::CoordinatedStore;

/// What goes over the way of notices.
#[derive(Clone, Debug)]
pub(super) enum Told {
    Notice(Notice),
    /// This node's heartbeat found that the store was flushed.
    Lost(NodeId),
    /// The way of this node ends here.
    Cut(NodeId),
}

impl CoordinatedStore {
    /// Tells every node, this one included.
    pub(super) fn tell(&self, write: Option<WriteId>, kind: NoticeKind) {
        // An error says that nobody listens.
        let _ = self.shared.notices.send(Told::Notice(Notice { node: self.node, write, kind }));
    }

    pub(super) fn listen(&self) -> NoticeStream<'_> {
        // Subscribed before the first poll already: a call is a path of its own from here on.
        let receiver = self.shared.notices.subscribe();
        let begin = stream::iter([Ok(self.of_the_path(NoticeKind::Subscribed))]);
        let notices =
            stream::unfold(receiver, async |mut receiver| Some((Ok(self.heard(&mut receiver).await?), receiver)));
        Box::pin(begin.chain(notices))
    }

    /// The next notice for this node; none when its way ends, or the store is gone.
    async fn heard(&self, receiver: &mut Receiver<Told>) -> Option<Notice> {
        loop {
            return match receiver.recv().await {
                Ok(Told::Notice(Notice { node, kind: NoticeKind::Heartbeat { .. }, .. })) if node != self.node => {
                    continue;
                }
                Ok(Told::Notice(Notice { kind: NoticeKind::Lost, .. })) => Some(self.of_the_path(NoticeKind::Lost)),
                Ok(Told::Notice(notice)) => Some(notice),
                Ok(Told::Lost(node) | Told::Cut(node)) if node != self.node => continue,
                Ok(Told::Lost(_)) => Some(self.of_the_path(NoticeKind::Lost)),
                Ok(Told::Cut(_)) => None,
                Err(RecvError::Lagged(_)) => Some(self.of_the_path(NoticeKind::Gap)),
                Err(RecvError::Closed) => None,
            };
        }
    }

    fn of_the_path(&self, kind: NoticeKind) -> Notice {
        Notice { node: self.node, write: None, kind }
    }
}
