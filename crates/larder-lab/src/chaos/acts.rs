//! What is done to a run: faults of server and network, and small scenes that go wrong easily.

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
    /// A replica that lags takes the place of the server, which is killed; what is changed meanwhile gets lost.
    Promote { lag: Duration, scene: Option<Scene> },
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
    /// A load finds nothing, and callers that want a value have joined it.
    EmptyLoad { node: usize, key: usize },
    /// A node reads a new value of which it does not hear yet, while a load that began before it ends.
    ReadAhead { node: usize, scene: Scene },
    /// An insert that another one of the same node has overtaken comes last after all, and its answer gets lost.
    LastAfterAll { node: usize, key: usize },
    /// A node's insert times out, and what was there before has become old meanwhile.
    LeftBefore { node: usize, scene: Scene },
    /// A removal is on its way to the shared tier when its own node reads there what it removes.
    SlowRemoval { node: usize, key: usize },
    /// Nodes that have just begun load what is quiet, and the server loses everything at once.
    FlushedStart,
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
        let other = Scene { changer: another(draw, node, nodes), ..scene };
        match draw.below(37) {
            0 => Self::Kill(draw.millis(20, 120)),
            1 => Self::Stop(draw.millis(50, 250)),
            2 | 3 => Self::Flush,
            4 => Self::Kick,
            5 if may_promote => Self::Promote { lag: draw.millis(50, 150), scene: None },
            5..=7 => Self::Everywhere(Network::draw(draw), draw.millis(50, 250)),
            8..=13 => {
                let own_clear = Scene { changer: node, how: How::Clear, ..scene };
                let scene = draw.pick(&[scene, other, own_clear]);
                Self::GatedLoad { node, scene, refresh: draw.chance(50), abandoned: draw.chance(30) }
            }
            14..=17 => Self::HeldReply { node, scene: other, loads: draw.chance(50) },
            18..=21 => Self::LostNotices { node, scene: other, lasts: draw.millis(60, 300) },
            22..=25 => {
                let how = draw.pick(&[Network::Cut, Network::Blackhole, Network::Blackhole]);
                Self::WriteAway { scene, how, lasts: draw.millis(60, 250) }
            }
            26 | 27 => Self::Burst { node, scene: other },
            28 | 29 => Self::LateOwn { node, scene: other },
            30 | 31 => Self::late_answer(draw, node, other),
            32 | 33 => Self::FailingLoads { node, scene, wrong: draw.chance(60) },
            34 => Self::EmptyLoad { node, key: scene.key },
            _ => Self::Newcomer { deaf: draw.chance(60), lasts: draw.millis(100, 300) },
        }
    }

    /// A scene of nodes to which nothing has happened yet.
    pub(super) fn draw_opening(draw: &Draw, nodes: usize) -> Option<Self> {
        let (node, scene) = Scene::draw_quiet(draw, nodes);
        match draw.below(20) {
            0..=2 => Some(Self::FlushedStart),
            3..=6 => Some(Self::EmptyLoad { node, key: scene.key }),
            7..=10 => Some(Self::ReadAhead { node, scene }),
            11..=14 => Some(Self::LeftBefore { node, scene }),
            15..=16 => Some(Self::Newcomer { deaf: true, lasts: draw.millis(150, 300) }),
            17 | 18 => Some(Self::SlowRemoval { node, key: scene.key }),
            _ => None,
        }
    }

    /// A scene whose harm stays when nothing follows that a node recovers from, and so takes it away.
    pub(super) fn draw_ending(draw: &Draw, nodes: usize, may_promote: bool) -> Option<Self> {
        let (node, scene) = Scene::draw_quiet(draw, nodes);
        match draw.below(12) {
            0..=3 => Some(Self::Burst { node, scene }),
            4 | 5 => Some(Self::late_answer(draw, node, scene)),
            6..=8 => Some(Self::LastAfterAll { node, key: scene.key }),
            9..=11 if may_promote => Some(Self::Promote { lag: draw.millis(20, 60), scene: Some(scene.wrong()) }),
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

/// Another node than this one, if there is one.
fn another(draw: &Draw, node: usize, nodes: usize) -> usize {
    (node + 1 + draw.below(nodes.max(2) - 1)) % nodes
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

    /// The same, with nothing left to be served as stale.
    fn wrong(self) -> Self {
        let how = if self.how == How::Expire { How::Remove } else { self.how };
        Self { how, ..self }
    }

    /// A quiet key, changed by another node than the one that is drawn with it.
    fn draw_quiet(draw: &Draw, nodes: usize) -> (usize, Self) {
        let node = draw.below(nodes);
        (node, Self { changer: another(draw, node, nodes), key: draw.pick(&QUIET), how: draw.pick(&How::ALL) })
    }
}
