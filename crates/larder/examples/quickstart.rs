//! The first five minutes: a cache of users, a load that many share, an invalidation, an observer.

#![allow(clippy::print_stdout)] // A program for people prints.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use larder::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
struct User {
    name: String,
}

/// Stands for a database: slow enough that one wants a cache.
#[derive(Clone, Default)]
struct Database {
    queries: Arc<AtomicU32>,
}

impl Database {
    async fn user(&self, id: u64) -> Result<User, std::io::Error> {
        self.queries.fetch_add(1, Ordering::Relaxed);
        tokio::task::yield_now().await;
        Ok(User { name: format!("User {id}") })
    }
}

#[tokio::main]
async fn main() -> larder::Result<()> {
    let larder = larder::from_env().await?;
    let users = larder.cache::<User>("users").ttl(Duration::from_mins(30)).build()?;
    users.observe(Callbacks::new().on_load(|_| println!("  one load")).on_remove(|_| println!("  one removal")));
    let database = Database::default();

    println!("a hundred askers, one query:");
    let askers = (0..100).map(|_| {
        let (users, database) = (users.clone(), database.clone());
        tokio::spawn(async move { users.get_or_load(123, move |_| async move { database.user(123).await }).await })
    });
    for asker in askers.collect::<Vec<_>>() {
        let user = asker.await.expect("the asker did not panic")?;
        assert_eq!(user.name, "User 123");
    }
    assert_eq!(database.queries.load(Ordering::Relaxed), 1);

    println!("a hit says how old it is:");
    let user = users.get(123).await?;
    println!("  {:?} after {:?}", user.outcome(), user.found().map(Found::age));

    println!("what is wrong is removed:");
    let removed = users.remove(123).await?;
    assert!(removed.existed() && users.get(123).await?.is_miss());

    let closed = larder.close().await;
    println!("closed: {closed:?}");
    Ok(())
}
