//! What is done to a run: faults of server and network, and small scenes that go wrong easily.

use std::fmt;
use std::time::Duration;

use super::draw::Draw;
use super::keys::{self, KEYS, QUIET};

/// One thing that is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Act {
    /// The server is killed, and started again.
    Kill(Duration),
    /// The server is stopped as it stands, and goes on.
    Stop(Duration),
    /// The server loses everything.
    Flush,
    /// The server ends the connections on which notices are heard.
    Kick,
    /// A replica that lags takes the place of the server, which is killed.
    Promote(Duration),
    /// The network does something to one node.
    Network { node: usize, how: Network, lasts: Duration },
    /// The same to all nodes.
    Everywhere(Network, Duration),
    /// A load has read the origin when the key is changed, and ends after that.
    GatedLoad { node: usize, scene: Scene, refresh: bool, abandoned: bool },
    /// The answer to a read is under way when the key is changed.
    HeldReply { node: usize, scene: Scene, loads: bool },
    /// Notices to a node get lost while the key is changed; its connection of notices ends after that.
    LostNotices { node: usize, scene: Scene, lasts: Duration },
    /// A node changes the key while it cannot reach the server.
    WriteAway { scene: Scene, how: Network, lasts: Duration },
    /// More notices than a listener can take come at once, one of them about the key.
    Burst { node: usize, scene: Scene },
    /// A node hears of its own write after another node has overwritten it.
    LateOwn { node: usize, scene: Scene },
    /// The answer to a node's insert is under way when another node, which has read the value, changes the key.
    LateAnswer { node: usize, scene: Scene },
    /// The key is old, or wrong, and its loads fail.
    FailingLoads { node: usize, scene: Scene, wrong: bool },
    /// Another node begins, and notices may not reach it at first.
    Newcomer { deaf: bool, lasts: Duration },
}

/// What a network does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Network {
    Cut,
    Blackhole,
    Delay(Duration),
    HoldReplies,
    DropPushes,
}

/// Who changes which key, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scene {
    pub(super) changer: usize,
    pub(super) key: usize,
    pub(super) how: How,
}

/// A way to change a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Insert,
    Remove,
    Expire,
    Tag,
    Matching,
    Clear,
}

impl How {
    const ALL: [Self; 8] =
        [Self::Insert, Self::Remove, Self::Remove, Self::Expire, Self::Tag, Self::Tag, Self::Matching, Self::Clear];

    /// The keys that are changed when `key` is changed in this way, in order.
    pub(super) fn keys(self, key: usize) -> Vec<usize> {
        match self {
            Self::Insert | Self::Remove | Self::Expire => vec![key],
            Self::Tag => keys::with_tag(keys::tag_of(key).unwrap_or(0)),
            Self::Matching => keys::in_group(keys::group_of(key)),
            Self::Clear => keys::all(),
        }
    }
}

impl Act {
    /// Something of the server or of one of these scenes.
    pub(super) fn draw(draw: &Draw, nodes: usize, may_promote: bool) -> Self {
        let node = draw.below(nodes);
        let scene = Scene::draw(draw, nodes);
        let other = Scene { changer: (node + 1 + draw.below(nodes.max(2) - 1)) % nodes, ..scene };
        match draw.below(35) {
            0 => Self::Kill(draw.millis(20, 120)),
            1 => Self::Stop(draw.millis(50, 250)),
            2 | 3 => Self::Flush,
            4 => Self::Kick,
            5 if may_promote => Self::Promote(draw.millis(50, 150)),
            5 | 6 => Self::Everywhere(Network::draw(draw), draw.millis(50, 250)),
            7..=12 => {
                let own_clear = Scene { changer: node, how: How::Clear, ..scene };
                let scene = draw.pick(&[scene, other, own_clear]);
                Self::GatedLoad { node, scene, refresh: draw.chance(50), abandoned: draw.chance(30) }
            }
            13..=16 => Self::HeldReply { node, scene: other, loads: draw.chance(50) },
            17..=20 => Self::LostNotices { node, scene: other, lasts: draw.millis(60, 300) },
            21..=24 => {
                let how = draw.pick(&[Network::Cut, Network::Blackhole, Network::Blackhole]);
                Self::WriteAway { scene, how, lasts: draw.millis(60, 250) }
            }
            25 | 26 => Self::Burst { node, scene: other },
            27 | 28 => Self::LateOwn { node, scene: other },
            29 | 30 => Self::late_answer(draw, node, other),
            31 | 32 => Self::FailingLoads { node, scene, wrong: draw.chance(60) },
            _ => Self::Newcomer { deaf: draw.chance(60), lasts: draw.millis(100, 300) },
        }
    }

    /// A scene whose harm stays when nothing follows that a node recovers from, and so takes it away.
    pub(super) fn draw_ending(draw: &Draw, nodes: usize) -> Option<Self> {
        let node = draw.below(nodes);
        let other = Scene { changer: (node + 1 + draw.below(nodes.max(2) - 1)) % nodes, ..Scene::draw(draw, nodes) };
        match draw.below(6) {
            0..=2 => Some(Self::Burst { node, scene: other }),
            3 | 4 => Some(Self::late_answer(draw, node, other)),
            _ => None,
        }
    }

    fn late_answer(draw: &Draw, node: usize, scene: Scene) -> Self {
        let how = draw.pick(&[How::Insert, How::Remove, How::Expire, How::Matching]);
        Self::LateAnswer { node, scene: Scene { how, ..scene } }
    }

    /// Something of the network of one node, beside everything else.
    pub(super) fn draw_network(draw: &Draw, nodes: usize) -> Self {
        Self::Network { node: draw.below(nodes), how: Network::draw(draw), lasts: draw.millis(30, 250) }
    }
}

impl Network {
    fn draw(draw: &Draw) -> Self {
        match draw.below(6) {
            0 => Self::Cut,
            1 => Self::Blackhole,
            2 | 3 => Self::Delay(draw.millis(2, 40)),
            4 => Self::HoldReplies,
            _ => Self::DropPushes,
        }
    }
}

impl Scene {
    fn draw(draw: &Draw, nodes: usize) -> Self {
        // What goes wrong with a quiet key is not soon made good by another change.
        let key = if draw.chance(75) { draw.pick(&QUIET) } else { draw.below(KEYS) };
        Self { changer: draw.below(nodes), key, how: draw.pick(&How::ALL) }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(down) => write!(f, "kill the server for {down:.0?}"),
            Self::Stop(down) => write!(f, "stop the server for {down:.0?}"),
            Self::Flush => write!(f, "flush the server"),
            Self::Kick => write!(f, "end the connections of notices"),
            Self::Promote(lag) => write!(f, "promote a replica that lags {lag:.0?}"),
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
