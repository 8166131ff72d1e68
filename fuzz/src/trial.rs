//! One input, given to a target.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

use crate::{Check, Seen};

/// How an input broke the property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Where; two failures at one place are taken for one.
    pub place: String,
    /// What, in one line.
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Gives `input` to `check`, which may allocate at most `allowance` bytes at one time.
///
/// # Errors
/// The panic, or what was allocated.
pub fn trial(check: Check, allowance: u64, input: &[u8]) -> Result<Seen, Failure> {
    listen();
    let mut ended = None;
    let used = allocation_counter::measure(|| {
        LISTENS.set(true);
        ended = Some(panic::catch_unwind(AssertUnwindSafe(|| check(input))));
        LISTENS.set(false);
    });
    match ended.expect("the closure was run") {
        Ok(_) if used.bytes_max > allowance => Err(Failure {
            place: "allocation".to_owned(),
            what: format!("{} bytes at one time for {} of input, {allowance} are allowed", used.bytes_max, input.len()),
        }),
        Ok(seen) => Ok(seen),
        Err(_) => Err(SAID.take().expect("the hook hears every panic of this thread")),
    }
}

thread_local! {
    static LISTENS: Cell<bool> = const { Cell::new(false) };
    static SAID: RefCell<Option<Failure>> = const { RefCell::new(None) };
}

/// Takes over the words of a panic in a target; all other panics are told as before.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if LISTENS.get() {
                SAID.set(Some(failure(panic)));
            } else {
                before(panic);
            }
        }));
    });
}

fn failure(panic: &PanicHookInfo<'_>) -> Failure {
    let place = panic.location().map_or_else(String::new, |at| format!("{}:{}", at.file(), at.line()));
    let what = panic.payload_as_str().unwrap_or("a panic without words");
    Failure { place, what: what.split_whitespace().collect::<Vec<_>>().join(" ") }
}
