//! A server for another program, which holds it by our standard input.

use std::ffi::OsString;
use std::io;
use std::process::{ChildStdin, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use larder_core::Result;

use super::fault::broken;
use super::keeper::Keeper;
use super::program::find_redis_server;

/// Runs the server with these arguments until standard input ends; returns its exit code.
///
/// # Behavior
/// The server is the one of [`find_redis_server`]. The end of standard input, which the death of the process that holds its other end brings about, kills the server;
/// that is the good end, code 0. So does the death of this process, however it dies. When the server ends by itself, its
/// own code is returned. What the server prints goes to standard error.
///
/// # Errors
/// `Unavailable` when no server is found or its process cannot be made.
pub fn keep_redis_server(arguments: impl IntoIterator<Item = OsString>) -> Result<i32> {
    let program = find_redis_server()?;
    let failed = |error| broken("start", "the server's process could not be kept", error);
    let folder = tempfile::Builder::new().prefix("larder-redis-").tempdir().map_err(failed)?;
    let mut keeper = Keeper::new(folder.path(), &program, arguments, Stdio::inherit()).map_err(failed)?;
    // From here on the keeper removes the folder.
    let _ = folder.keep();
    keeper.start().map_err(failed)?;
    let pipe = release_at_end_of_input(&mut keeper);
    let code = keeper.ended().map_err(failed)?;
    let ended_by_itself = take(&pipe).is_some();
    Ok(if ended_by_itself { code } else { 0 })
}

/// The pipe that holds the keeper, until somebody takes it to let go.
type Pipe = Arc<Mutex<Option<ChildStdin>>>;

/// Lets go of the keeper's pipe once our own input has ended.
fn release_at_end_of_input(keeper: &mut Keeper) -> Pipe {
    let pipe: Pipe = Arc::new(Mutex::new(keeper.take_orders()));
    let held = Arc::clone(&pipe);
    thread::spawn(move || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        drop(take(&held));
    });
    pipe
}

fn take(pipe: &Pipe) -> Option<ChildStdin> {
    pipe.lock().unwrap_or_else(PoisonError::into_inner).take()
}
