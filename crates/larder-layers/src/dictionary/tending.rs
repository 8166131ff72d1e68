//! Looking after the dictionaries of a cache, beside the calls: which one others use, whether a new one pays, whether the one
//! in use is still there.

use std::sync::Arc;

use larder_core::{Error, ErrorKind, Result, SharedStore};
use tokio::runtime::Handle;

use super::shelf::Shelf;
use super::trained::Dictionary;
use super::training::{Verdict, train};
use super::{Dictionaries, keeping};

/// One turn.
pub(super) struct Tending {
    store: SharedStore,
    layer: Dictionaries,
    shelf: Arc<Shelf>,
}

impl Tending {
    /// Begins a turn when one is due, as a task of the caller's runtime; without a runtime nothing is looked after.
    pub(super) fn begin_if_due(store: &SharedStore, layer: &Dictionaries, shelf: &Arc<Shelf>) {
        let Ok(runtime) = Handle::try_current() else { return };
        if !shelf.turn(layer.clock.now()) {
            return;
        }
        let turn = Self { store: store.clone(), layer: layer.clone(), shelf: Arc::clone(shelf) };
        runtime.spawn(async move {
            if turn.tend().await.is_err() {
                turn.layer.figures().failed(1);
            }
        });
    }

    async fn tend(&self) -> Result<()> {
        let is_said = self.follow().await?;
        if let Some(samples) = self.shelf.take_samples() {
            let (current, terms) = (self.shelf.current(), self.layer.settings.terms);
            let training = tokio::task::spawn_blocking(move || train(&samples, current.as_deref(), terms));
            let verdict = training.await.map_err(|_| stopped())??;
            self.layer.figures().trained(1);
            self.apply(verdict).await?;
        }
        self.keep_alive(is_said).await
    }

    /// Writes with what the others write with. False when nobody says which one that is.
    async fn follow(&self) -> Result<bool> {
        let Self { store, layer, shelf } = self;
        let Some(id) = keeping::current(store, &shelf.range).await? else { return Ok(false) };
        if shelf.current().is_some_and(|current| current.id == id) {
            return Ok(true);
        }
        let dictionary = match shelf.known(id).filter(|_| id != 0) {
            Some(known) => Some(known),
            None if id == 0 => None,
            None => {
                let fetched = keeping::fetch(store, &shelf.range, id, layer.settings.terms.level, layer.clock.now());
                let Some((dictionary, _)) = fetched.await? else { return Ok(false) };
                layer.figures().fetched(1);
                Some(Arc::new(dictionary))
            }
        };
        shelf.set_current(dictionary);
        Ok(true)
    }

    async fn apply(&self, verdict: Verdict) -> Result<()> {
        let figures = self.layer.figures();
        match verdict {
            Verdict::Adopt(dictionary) => {
                // Others have to find it before they meet what is compressed with it.
                self.keep(&dictionary).await?;
                self.point_to(dictionary.id).await?;
                self.shelf.set_current(Some(Arc::new(dictionary)));
                figures.adopted(1);
            }
            Verdict::None if self.shelf.current().is_some() => {
                self.point_to(0).await?;
                self.shelf.set_current(None);
                figures.retired(1);
            }
            Verdict::Keep | Verdict::None => {}
        }
        Ok(())
    }

    /// Keeps the one in use for as long as values may need it, and says that it is in use when nobody does.
    async fn keep_alive(&self, is_said: bool) -> Result<()> {
        let Some(current) = self.shelf.current() else { return Ok(()) };
        let Self { store, layer, shelf } = self;
        let (settings, now) = (layer.settings, layer.clock.now());
        let there = keeping::fetch(store, &shelf.range, current.id, settings.terms.level, now).await;
        let stays = match there {
            Ok(there) => there.is_some_and(|(_, remaining)| remaining > settings.life.mul_f64(0.75)),
            Err(error) if error.kind() == ErrorKind::Corrupt => false,
            Err(error) => return Err(error),
        };
        if !stays {
            self.keep(&current).await?;
        }
        if stays && is_said { Ok(()) } else { self.point_to(current.id).await }
    }

    async fn keep(&self, dictionary: &Dictionary) -> Result<()> {
        let Self { store, layer, shelf } = self;
        keeping::keep(store, &shelf.range, dictionary, layer.settings.life, layer.clock.now()).await
    }

    async fn point_to(&self, id: u16) -> Result<()> {
        let Self { store, layer, shelf } = self;
        keeping::set_current(store, &shelf.range, id, layer.settings.life, layer.clock.now()).await
    }
}

impl Drop for Tending {
    fn drop(&mut self) {
        self.shelf.tended(self.layer.clock.now() + self.layer.settings.every);
    }
}

fn stopped() -> Error {
    Error::new(ErrorKind::Unavailable, "dictionary", "the runtime ended during the training")
}
