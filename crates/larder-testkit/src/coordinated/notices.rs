//! How the nodes of a [`CoordinatedStore`] hear each other.

use futures_util::{StreamExt, stream};
use larder_core::{Notice, NoticeKind, NoticeStream, WriteId};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::CoordinatedStore;

impl CoordinatedStore {
    /// Tells every node, this one included.
    pub(super) fn tell(&self, write: Option<WriteId>, kind: NoticeKind) {
        // An error says that nobody listens.
        let _ = self.shared.notices.send(Notice { node: self.node, write, kind });
    }

    pub(super) fn listen(&self) -> NoticeStream<'_> {
        // Subscribed before the first poll already: a call is a path of its own from here on.
        let receiver = self.shared.notices.subscribe();
        let begin = stream::iter([Ok(self.of_the_path(NoticeKind::Subscribed))]);
        let notices =
            stream::unfold(receiver, async |mut receiver| Some((Ok(self.heard(&mut receiver).await?), receiver)));
        Box::pin(begin.chain(notices))
    }

    /// The next notice for this node; none when the store is gone.
    async fn heard(&self, receiver: &mut Receiver<Notice>) -> Option<Notice> {
        loop {
            return match receiver.recv().await {
                Ok(Notice { node, kind: NoticeKind::Heartbeat { .. }, .. }) if node != self.node => continue,
                Ok(Notice { kind: NoticeKind::Lost, .. }) => Some(self.of_the_path(NoticeKind::Lost)),
                Ok(notice) => Some(notice),
                Err(RecvError::Lagged(_)) => Some(self.of_the_path(NoticeKind::Gap)),
                Err(RecvError::Closed) => None,
            };
        }
    }

    fn of_the_path(&self, kind: NoticeKind) -> Notice {
        Notice { node: self.node, write: None, kind }
    }
}
