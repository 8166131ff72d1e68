//! Which server it is: another one may have lost what the one before it acknowledged.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use larder_core::Moment;

/// The server that was met last.
#[derive(Debug, Default)]
pub(crate) struct ServerIdentity(Mutex<Option<Met>>);

#[derive(Clone, Debug)]
struct Met {
    id: String,
    /// When it took the place of another; none for the first.
    replaced_another: Option<Moment>,
}

impl ServerIdentity {
    /// For how long a server counts as new: every path of notices begins anew meanwhile, and is told.
    const NEW: Duration = Duration::from_secs(60);

    /// The server says at `now` that it is `id`, or nothing; tells whether it took the place of another lately.
    pub(crate) fn met(&self, id: Option<String>, now: Moment) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = id
            && last.as_ref().is_none_or(|last| last.id != id)
        {
            let replaced_another = last.is_some().then_some(now);
            *last = Some(Met { id, replaced_another });
        }
        let replaced = last.as_ref().and_then(|last| last.replaced_another);
        replaced.is_some_and(|at| now.since(at) < Self::NEW)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::ORIGIN + Duration::from_secs(seconds)
    }

    #[test]
    fn e39_another_server_is_told_on_every_path_that_begins_soon_after() {
        let server = ServerIdentity::default();
        let met = |id: &str, seconds| server.met(Some(id.into()), at(seconds));
        assert!(!met("a", 0) && !met("a", 500), "the first takes nobody's place");
        assert!(met("b", 510) && met("b", 520), "each path is told");
        assert!(server.met(None, at(530)) && !met("b", 580));
        assert!(met("a", 600), "the old one again may have lost what the new one acknowledged");
        assert!(!ServerIdentity::default().met(None, at(0)));
    }
}
