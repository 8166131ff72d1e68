//! A process of its own that asks when it is told to.

use std::io::{self, Write};

use larder_cache::SystemClock;
use larder_core::{Error, ErrorKind, Result};

use super::node::Node;
use super::storm::blow;

/// Says `ready`, then answers each line `<key> <tasks>` by `<loads> <answered>` after so many tasks asked for the key.
/// It ends with its input.
pub(crate) async fn work(port: u16, lease: bool) -> Result<()> {
    let clock = SystemClock::new();
    let node = Node::start(port, clock, Node::patient()).await?;
    let name = if lease { "leased" } else { "unleased" };
    let cache = node.larder.cache::<String>(name).lease(lease).build()?;
    say("ready")?;
    // This thread has nothing else to do; the node's own tasks run on others.
    for line in io::stdin().lines() {
        let line = line.map_err(|_| fault("cannot be read"))?;
        let (key, tasks) = line.split_once(' ').ok_or_else(|| fault("is no key and number"))?;
        let tasks = tasks.parse().map_err(|_| fault("is no key and number"))?;
        let stormed = blow(&cache, key, tasks, clock).await;
        say(&format!("{} {}", stormed.loads, stormed.answered))?;
    }
    Ok(())
}

fn say(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|_| fault("cannot be answered"))
}

fn fault(why: &'static str) -> Error {
    Error::new(ErrorKind::Invalid, "work", "a worker is told a key and a number of tasks a line").with("the line", why)
}
