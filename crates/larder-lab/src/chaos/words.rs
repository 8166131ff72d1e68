//! What is done to a run, in words.

use std::fmt;

use super::acts::{Act, Network, Scene};

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(down) => write!(f, "kill the server for {down:.0?}"),
            Self::Stop(down) => write!(f, "stop the server for {down:.0?}"),
            Self::Flush => write!(f, "flush the server"),
            Self::Kick => write!(f, "end the connections of notices"),
            Self::Promote { lag, scene } => {
                let meanwhile = scene.map_or_else(String::new, |scene| format!(", and {scene} meanwhile"));
                write!(f, "promote a replica that lags {lag:.0?}{meanwhile}")
            }
            Self::Network { node, how, lasts } => write!(f, "node {node}: {how} for {lasts:.0?}"),
            Self::Everywhere(how, lasts) => write!(f, "all nodes: {how} for {lasts:.0?}"),
            Self::GatedLoad { node, scene, refresh, abandoned } => {
                let gone = if *abandoned { ", its caller goes away" } else { "" };
                write!(f, "node {node} {}{gone}, and {scene} meanwhile", if *refresh { "refreshes" } else { "loads" })
            }
            Self::HeldReply { node, scene, loads } => {
                let what = if *loads { "load" } else { "read" };
                write!(f, "the reply to a {what} of node {node} is held, and {scene} meanwhile")
            }
            Self::LostNotices { node, scene, lasts } => {
                write!(f, "notices to node {node} are lost for {lasts:.0?} and {scene} meanwhile")
            }
            Self::WriteAway { scene, how, lasts } => {
                write!(f, "node {}: {how} for {lasts:.0?}, and {scene} meanwhile", scene.changer)
            }
            Self::Burst { node, scene } => write!(f, "a burst of notices to node {node}, and {scene} amid it"),
            Self::LateOwn { node, scene } => {
                write!(f, "node {node} inserts, {scene}, and node {node} hears of both late")
            }
            Self::LateAnswer { node, scene } => {
                write!(f, "node {node} inserts, {scene} that has read it, and the answer to node {node} comes late")
            }
            Self::FailingLoads { node, scene, wrong } => {
                let what = if *wrong { "wrong" } else { "old" };
                write!(f, "key {} is {what} and its loads on node {node} fail", scene.key)
            }
            Self::Newcomer { deaf, lasts } => {
                let deaf = if *deaf { format!(", deaf for {lasts:.0?}") } else { String::new() };
                write!(f, "another node begins{deaf}")
            }
            landing => landing.words_of_landing(f),
        }
    }
}

impl Act {
    /// A scene of what lands late.
    fn words_of_landing(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyLoad { node, key } => {
                write!(f, "a load of key {key} on node {node} finds nothing, and is joined")
            }
            Self::ReadAhead { node, scene } => {
                write!(f, "{scene}, and node {node} reads it before it hears of it and a load that began before ends")
            }
            Self::LastAfterAll { node, key } => {
                write!(f, "node {node} inserts key {key} twice, and the first comes last after all")
            }
            Self::LeftBefore { node, scene } => write!(f, "node {node} inserts, {scene}, and the insert times out"),
            Self::SlowRemoval { node, key } => write!(f, "node {node} removes key {key}, and reads it meanwhile"),
            Self::FlushedStart => write!(f, "what is quiet is loaded, and the server is flushed at once"),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut => write!(f, "connections are cut and refused"),
            Self::Blackhole => write!(f, "everything is swallowed"),
            Self::Delay(latency) => write!(f, "everything is late by {latency:.0?}"),
            Self::HoldReplies => write!(f, "replies are held"),
            Self::DropPushes => write!(f, "notices are dropped"),
        }
    }
}

impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { changer, key, how } = self;
        write!(f, "node {changer} changes key {key} ({})", format!("{how:?}").to_lowercase())
    }
}
