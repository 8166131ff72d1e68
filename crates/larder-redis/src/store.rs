//! Entries in Redis.

use bytes::Bytes;
use fred::types::Value;
use futures_core::Stream;
use futures_util::future::try_join_all;
use larder_core::{
    Capabilities, Condition, Coordinator, Count, Entry, Key, KeyRange, Moment, Pattern, Put, Refusal, Result, Store,
    StoreInfo, TierStatistics, Version, When, ablation,
};

use crate::argument::{bytes, fixed, number, text};
use crate::failure::Failure;
use crate::notice_bytes::Outline;
use crate::sealed::{self, Bounds, Sealed};
use crate::{Redis, names, reply, script};

/// Keys in one MGET.
const BATCH: usize = 1000;

impl Store for Redis {
    fn info(&self) -> StoreInfo {
        let capabilities =
            Capabilities { shared: true, if_absent: true, if_version: true, if_token: true, batched_reads: true };
        StoreInfo { name: "redis", capabilities }
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        let failed = |failure: Failure| failure.into_error("get");
        let answer = self.ask_about(key.as_str(), self.settings().read_timeout, "GET", vec![text(key.as_str())]).await;
        let found = reply::optional_bytes(answer.map_err(failed)?).map_err(failed)?;
        self.opened("get", key, found.as_ref())
    }

    async fn put(&self, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
        let limit = self.settings().max_value;
        let raw_len = u64::from(entry.header.raw_len).max(entry.payload.len() as u64);
        if raw_len > u64::from(limit) {
            return Ok(Put::Refused(Refusal::Full));
        }
        let failed = |failure: Failure| failure.into_error("put");
        let offset = self.time().map_err(failed)?;
        let bounds = Bounds { limit, newest: self.settings().write_version };
        let sealed = Sealed::of(entry, key, offset, self.settings().now(), bounds)?;
        let deadline = match condition.deadline {
            None | Some(Moment::NEVER) => fixed(""),
            Some(deadline) => number(offset.earliest_micros(deadline)),
        };
        let (script, arguments) = match condition.when {
            When::IfToken(token) if !ablation::off("token_check") => {
                (&script::FILL, [vec![bytes(token.to_bytes().to_vec()), deadline], written(sealed)].concat())
            }
            when => (&script::INSERT, self.insertion(key, when, deadline, sealed, condition)),
        };
        let answer = self.run(script, key.as_str(), self.settings().write_timeout, arguments).await;
        answer.and_then(put_of).map_err(failed)
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        let answer = self.run(&script::DELETE, key.as_str(), self.settings().write_timeout, Vec::new()).await;
        let existed = answer.and_then(|answer| reply::number(&answer));
        existed.map(|existed| existed == 1).map_err(|failure| failure.into_error("delete"))
    }

    async fn clear(&self, range: &KeyRange) -> Result<Count> {
        self.clear_bytes(range).await.map(Count::Exact).map_err(|failure| failure.into_error("clear"))
    }

    fn scan<'a>(&'a self, pattern: &'a Pattern) -> impl Stream<Item = Result<Key>> + Send + 'a {
        self.live_keys(pattern)
    }

    /// The number of entries is that of all keys of the database, other applications' and remembered removals included; hits
    /// and misses are this node's. What the server evicted is not known by application, and counted nowhere.
    async fn statistics(&self) -> Result<TierStatistics> {
        let failed = |failure: Failure| failure.into_error("statistics");
        let asked = vec![fixed("keyspace")];
        let answer = self.ask(&self.lines()[0], self.settings().write_timeout, "INFO", asked).await.map_err(failed)?;
        let answer = reply::bytes(answer).map_err(failed)?;
        let entries = keys_of(&String::from_utf8_lossy(&answer), self.settings().database);
        let (hits, misses) = (self.figures().hits(), self.figures().misses());
        Ok(TierStatistics { entries, hits, misses, ..TierStatistics::default() })
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        let mut by_line = vec![Vec::new(); self.lines().len()];
        for (place, key) in keys.iter().enumerate() {
            by_line[self.line_of(key.as_str())].push((place, key));
        }
        let batches =
            by_line.iter().enumerate().flat_map(|(line, keys)| keys.chunks(BATCH).map(move |keys| (line, keys)));
        let answers = try_join_all(batches.map(|(line, keys)| self.batch(line, keys))).await;
        let mut entries = vec![None; keys.len()];
        for (place, found) in answers.map_err(|failure| failure.into_error("get_many"))?.into_iter().flatten() {
            entries[place] = self.opened("get_many", &keys[place], found.as_ref())?;
        }
        Ok(entries)
    }

    fn coordinator(&self) -> Option<&dyn Coordinator> {
        Some(self)
    }
}

impl Redis {
    /// The entry in what was read, counted as a hit or a miss.
    fn opened(&self, operation: &'static str, key: &Key, found: Option<&Bytes>) -> Result<Option<Entry>> {
        let Some(found) = found else {
            self.figures().read(false);
            return Ok(None);
        };
        let offset = self.time().map_err(|failure| failure.into_error(operation))?;
        let entry = sealed::open(found, key, offset, self.settings().now(), self.settings().max_value);
        self.figures().read(matches!(entry, Ok(Some(_))));
        entry.map_err(|unreadable| unreadable.into_error(operation).at("redis"))
    }

    async fn batch(&self, line: usize, keys: &[(usize, &Key)]) -> Result<Vec<(usize, Option<Bytes>)>, Failure> {
        // A key that is never written comes first: an answer that begins with a text such as `subscribe` would be taken for a
        // message by the client, and all that follow it for the answers of others.
        let never = names::notices(&self.settings().prefix);
        let asked = std::iter::once(text(&never)).chain(keys.iter().map(|(_, key)| text(key.as_str()))).collect();
        let answer = self.ask(&self.lines()[line], self.settings().read_timeout, "MGET", asked).await?;
        let mut found = reply::list(answer)?.into_iter();
        if found.next() != Some(Value::Null) || found.len() != keys.len() {
            return Err(Failure::Odd);
        }
        keys.iter().zip(found).map(|(&(place, _), value)| Ok((place, reply::optional_bytes(value)?))).collect()
    }

    fn insertion(&self, key: &Key, when: When, deadline: Value, sealed: Sealed, condition: Condition) -> Vec<Value> {
        let (when, version) = match when {
            When::IfVersion(version) => ("version", version),
            When::IfAbsent => ("absent", Version::NONE),
            When::Always | When::IfToken(_) => ("always", Version::NONE),
        };
        let outline = Outline::changed(self.this_node().id, condition.write, key);
        let mut arguments = vec![fixed(when), number(version.get()), deadline];
        arguments.extend(written(sealed));
        arguments.extend(self.told(outline));
        arguments
    }

    /// What a script needs to tell every node.
    pub(crate) fn told(&self, outline: Outline) -> [Value; 3] {
        [text(&names::notices(&self.settings().prefix)), bytes(outline.head), bytes(outline.tail)]
    }
}

fn written(sealed: Sealed) -> Vec<Value> {
    let times = [sealed.born, sealed.fresh_until, sealed.stale_until].map(number);
    times.into_iter().chain([Value::Bytes(sealed.envelope)]).collect()
}

/// What a script says became of a put.
pub(crate) fn put_of(answer: Value) -> Result<Put, Failure> {
    let [code, version] = reply::exactly(answer)?;
    match reply::number(&code)? {
        0 => Ok(Put::Stored(Version::new(reply::number(&version)?))),
        1 => Ok(Put::Refused(Refusal::Superseded)),
        2 => Ok(Put::Refused(Refusal::Present)),
        3 => Ok(Put::Refused(Refusal::Late)),
        _ => Err(Failure::Odd),
    }
}

/// How many keys `INFO keyspace` says that a database has; one without keys is not in it.
fn keys_of(info: &str, database: u8) -> u64 {
    let line = info.lines().find_map(|line| line.strip_prefix(&format!("db{database}:keys=")));
    let digits = line.and_then(|line| line.split(',').next());
    digits.and_then(|digits| digits.trim().parse().ok()).unwrap_or(0)
}
