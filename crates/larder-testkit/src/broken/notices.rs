//! Faults of what nodes hear.

use futures_util::StreamExt;
use larder_core::{
    Clock, Condition, Coordinator, Entry, Key, Notice, NoticeKind, NoticeStream, Put, Result, SharedStore, Store, When,
};

use super::{Fault, over_coordinated, over_coordinated_at};
use crate::{Fixture, ManualClock};

/// Stores a fill as if it were an insert, so that every node drops what is equal anyway.
#[must_use]
pub fn tells_of_fills() -> Fixture {
    #[derive(Debug)]
    struct TellsOfFills;
    impl Fault for TellsOfFills {
        async fn put(&self, inner: &SharedStore, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
            let put = inner.put(key, entry.clone(), condition).await?;
            let filled = put.is_stored() && matches!(condition.when, When::IfToken(_));
            if filled { inner.put(key, entry, Condition::ALWAYS).await } else { Ok(put) }
        }
    }
    over_coordinated(TellsOfFills)
}

/// Makes a condition of its own of the one it is given, and forgets the writer's number.
#[must_use]
pub fn forgets_who_wrote() -> Fixture {
    #[derive(Debug)]
    struct ForgetsWhoWrote;
    impl Fault for ForgetsWhoWrote {
        async fn put(&self, inner: &SharedStore, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
            inner.put(key, entry, Condition { write: None, ..condition }).await
        }
    }
    over_coordinated(ForgetsWhoWrote)
}

/// Tells when a heartbeat came instead of when it was sent, so that one that was held up looks new.
#[must_use]
pub fn stamps_heartbeats_on_arrival() -> Fixture {
    #[derive(Debug)]
    struct StampsOnArrival(ManualClock);
    impl Fault for StampsOnArrival {
        fn notices<'a>(&'a self, order: &'a dyn Coordinator) -> NoticeStream<'a> {
            Box::pin(order.notices().map(|notice| match notice? {
                Notice { node, write, kind: NoticeKind::Heartbeat { .. } } => {
                    Ok(Notice { node, write, kind: NoticeKind::Heartbeat { sent: self.0.now() } })
                }
                other => Ok(other),
            }))
        }
    }
    over_coordinated_at(StampsOnArrival)
}
