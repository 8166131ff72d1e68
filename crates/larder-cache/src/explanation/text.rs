//! An explanation as a page for people.

use std::fmt;
use std::time::Duration;

use larder_core::{ErrorKind, MissReason, Outcome, StaleReason, Tier};

use super::{Explanation, Holding, NextStep, NodeState, Obstacle, Running, Standing};
use crate::l2::Phase;

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {:?}", self.cache, self.key.as_str())?;
        writeln!(f, "  get          {}", Told(self.get))?;
        writeln!(f, "  get_or_load  {}", self.get_or_load)?;
        writeln!(f, "  L1           {}", self.l1)?;
        write!(f, "  L2           {}", self.l2)?;
        if let Some(running) = &self.load {
            write!(f, "\n  load         {running}")?;
        }
        if self.is_pausing {
            f.write_str("\n  pause        a load failed a moment ago: what is stale is served without another")?;
        }
        if let Some(kind) = self.remembered {
            write!(
                f,
                "\n  remembered   the last load failed ({}): callers are given its error for now",
                in_words(kind)
            )?;
        }
        if let Some(node) = &self.node {
            write!(f, "\n  node         {node}")?;
        }
        Ok(())
    }
}

impl fmt::Display for NextStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answers(outcome) => Told(*outcome).fmt(f),
            Self::Joins => f.write_str("waits for the load that runs"),
            Self::Loads => f.write_str("loads"),
            Self::Fails(kind) => write!(f, "fails: {}", in_words(*kind)),
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTier => f.write_str("there is none"),
            Self::Off => f.write_str("not asked: the cache is switched off or closed"),
            Self::Absent => f.write_str("nothing"),
            Self::Expired => f.write_str("nothing: what was there is past ttl and grace"),
            Self::Away => f.write_str("unknown: it does not answer, or is not believed at present"),
            Self::Unreadable => {
                f.write_str("no value of this cache: another type or schema, a later release, or damage")
            }
            Self::Holds(holding) => holding.fmt(f),
        }
    }
}

impl fmt::Display for Holding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.is_negative { "\"not found\"" } else { "a value" };
        write!(f, "{what}, {} old, ", Rounded(self.age))?;
        match (self.remaining_ttl, self.remaining_life) {
            (Duration::MAX, _) => f.write_str("fresh for ever")?,
            (Duration::ZERO, Duration::MAX) => f.write_str("stale, for ever")?,
            (Duration::ZERO, life) => write!(f, "stale, for {} more", Rounded(life))?,
            (ttl, life) if life == ttl => write!(f, "fresh for {} more", Rounded(ttl))?,
            (ttl, Duration::MAX) => write!(f, "fresh for {} more, then stale for ever", Rounded(ttl))?,
            (ttl, life) => {
                let grace = life.saturating_sub(ttl);
                write!(f, "fresh for {} more, then stale for {}", Rounded(ttl), Rounded(grace))?;
            }
        }
        if self.is_due {
            f.write_str("; the next read loads it anew in the background")?;
        }
        match self.obstacle {
            None => {}
            Some(Obstacle::Invalidated) => f.write_str("; invalidated by a tag or a clear")?,
            Some(Obstacle::Unverified(by)) => {
                write!(f, "; not verified: other nodes were not heard for {} more than allowed", Rounded(by))?;
            }
            Some(Obstacle::TooOld) => f.write_str("; it may be older than what the call's token stands for")?,
        }
        if let Some(load_time) = self.load_time {
            write!(f, "; loaded in {}", Rounded(load_time))?;
        }
        if let Some(version) = self.version {
            write!(f, "; version {}", version.get())?;
        }
        for (index, tag) in self.tags.iter().enumerate() {
            write!(f, "{}{tag}", if index == 0 { "; tags " } else { ", " })?;
        }
        Ok(())
    }
}

impl fmt::Display for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_queued { "waits for its turn: too many run already" } else { "runs" })
    }
}

impl fmt::Display for NodeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hears = if self.is_listening { "hears the others" } else { "does not hear the others" };
        let breaker = match self.breaker {
            Phase::Closed => "the shared tier answers",
            Phase::Open => "the shared tier does not answer and is left alone",
            Phase::HalfOpen => "it is being found out whether the shared tier answers",
        };
        write!(f, "{hears}; {breaker}")?;
        if self.is_pending {
            f.write_str("; a change of the key waits to be acknowledged")?;
        }
        Ok(())
    }
}

/// An outcome in words.
struct Told(Outcome);

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Outcome::Hit(Tier::L1) => "a hit in L1",
            Outcome::Hit(Tier::L2) => "a hit in L2",
            Outcome::Stale(StaleReason::Grace) => "what is stale, marked so",
            Outcome::Stale(StaleReason::Unverified) => "what is not verified, marked so",
            Outcome::Negative => "that there is no such value",
            Outcome::Miss(MissReason::Absent) => "a miss: nothing is there",
            Outcome::Miss(MissReason::Expired) => "a miss: what was there is too old",
            Outcome::Miss(MissReason::Invalidated) => "a miss: what was there was invalidated",
            Outcome::Miss(MissReason::Corrupt) => "a miss: what is there cannot be read",
            Outcome::Miss(MissReason::Bypass) => "a miss: the call looks nowhere",
            Outcome::Miss(MissReason::Degraded) => "a miss: a tier could not be asked",
            Outcome::Disabled => "nothing: the cache is switched off or closed",
            other => other.as_str(),
        })
    }
}

fn in_words(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Load => "the loader failed",
        ErrorKind::Timeout => "the load took too long",
        ErrorKind::Unavailable => "nothing usable is cached, and the call may only use the cache",
        other => other.as_str(),
    }
}

/// A duration as people say it: three digits or so.
struct Rounded(Duration);

impl fmt::Display for Rounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match seconds {
            0 => write!(f, "{:.0?}", self.0),
            1..=99 => write!(f, "{:.1} s", self.0.as_secs_f64()),
            100..=5_999 => write!(f, "{} min", seconds / 60),
            6_000..=172_799 => write!(f, "{} h", seconds / 3_600),
            _ => write!(f, "{} days", seconds / 86_400),
        }
    }
}
