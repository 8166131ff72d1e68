//! What other nodes say, on a connection of its own.

use std::pin::pin;

use bytes::Bytes;
use fred::types::{Message, Value};
use futures_util::future::{BoxFuture, Either, join, select};
use futures_util::{FutureExt, StreamExt, stream};
use larder_core::{Notice, NoticeKind, NoticeStream, Result, ablation};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::watch;

use crate::connection::Connection;
use crate::failure::Failure;
use crate::node::Node;
use crate::race::within;
use crate::{Redis, argument, beat, names, notice_bytes, reply, script};

/// How many notices a slow listener may be behind before it hears of a gap.
const WAITING: usize = 2048;

enum Path<'a> {
    Before(&'a Redis),
    Open(Box<Listener<'a>>),
    Over,
}

/// A path on which notices are heard.
struct Listener<'a> {
    redis: &'a Redis,
    messages: Receiver<Message>,
    setbacks: watch::Receiver<u64>,
    /// The channel of this node's own heartbeats.
    heartbeats: String,
    /// Completes when the connection is lost or the node is closed.
    lost: BoxFuture<'a, ()>,
    is_lost: bool,
    /// The server took the place of another lately, which has to be told.
    is_another: bool,
}

enum Heard {
    Message(Message),
    Gap,
    Lost,
    Nothing,
}

impl Redis {
    /// A stream that connects when it is first polled, and ends with its connection.
    pub(crate) fn listen(&self) -> NoticeStream<'_> {
        let notices = stream::unfold(Path::Before(self), async |path| match path {
            Path::Before(redis) => Some(match Listener::open(redis).await {
                Ok(listener) => (Ok(of_the_path(redis, NoticeKind::Subscribed)), Path::Open(Box::new(listener))),
                Err(failure) => (Err(failure.into_error("notices")), Path::Over),
            }),
            Path::Open(mut listener) => Some((Ok(listener.next().await?), Path::Open(listener))),
            Path::Over => None,
        });
        Box::pin(notices.fuse())
    }
}

fn of_the_path(redis: &Redis, kind: NoticeKind) -> Notice {
    Notice { node: redis.this_node().id, write: None, kind }
}

impl<'a> Listener<'a> {
    /// Connects and subscribes; it is heard only once a message of one's own came back.
    async fn open(redis: &'a Redis) -> Result<Self, Failure> {
        let node = redis.this_node();
        if *node.closed.borrow() {
            return Err(Failure::CLOSED);
        }
        let setbacks = node.time.setbacks();
        let opened = match select(pin!(Connection::open(node, WAITING)), pin!(node.closing())).await {
            Either::Left((opened, _)) => opened,
            Either::Right(_) => Err(Failure::CLOSED),
        };
        let (connection, mut ended) = opened?;
        let messages = connection.messages();
        let heartbeats = names::heartbeat(&node.settings.prefix, node.id);
        let proof = within(&*node.settings.clock, node.settings.attempt(), prove(node, &connection, &heartbeats));
        proof.await.unwrap_or(Err(Failure::Timeout))?;
        let first = within(&*node.settings.clock, node.settings.attempt(), first_beat(node, &connection, &heartbeats));
        first.await.unwrap_or(Err(Failure::Timeout))?;
        let is_another = is_another(node, &connection).await;
        // It may have been closed while it proved itself.
        if *node.closed.borrow() {
            return Err(Failure::CLOSED);
        }
        let lost = async move {
            select(pin!(connection.lost(node, &mut ended)), pin!(node.closing())).await;
        };
        Ok(Self { redis, messages, setbacks, heartbeats, lost: lost.boxed(), is_lost: false, is_another })
    }

    /// The next notice; none when the path is over and what arrived on it was told.
    async fn next(&mut self) -> Option<Notice> {
        if std::mem::take(&mut self.is_another) {
            return Some(of_the_path(self.redis, NoticeKind::Lost));
        }
        loop {
            match self.hear().await {
                Heard::Message(message) => {
                    if let Some(notice) = self.read(message) {
                        return Some(notice);
                    }
                }
                Heard::Gap if ablation::off("lag") => {}
                Heard::Gap => return Some(of_the_path(self.redis, NoticeKind::Gap)),
                Heard::Lost => self.is_lost = true,
                Heard::Nothing => return None,
            }
        }
    }

    async fn hear(&mut self) -> Heard {
        if self.is_lost {
            return match self.messages.try_recv() {
                Ok(message) => Heard::Message(message),
                Err(TryRecvError::Lagged(_)) => Heard::Gap,
                Err(TryRecvError::Empty | TryRecvError::Closed) => Heard::Nothing,
            };
        }
        let (messages, setbacks) = (pin!(self.messages.recv()), pin!(self.setbacks.changed()));
        // What takes trust away is looked at first: messages may come without end.
        match select(setbacks, select(messages, &mut self.lost)).await {
            Either::Left((Ok(()), _)) => Heard::Gap,
            Either::Right((Either::Left((Ok(message), _)), _)) => Heard::Message(message),
            Either::Right((Either::Left((Err(RecvError::Lagged(_)), _)), _)) => Heard::Gap,
            Either::Left((Err(_), _)) | Either::Right(_) => Heard::Lost,
        }
    }

    /// The notice in a message; what is none is counted and passed over.
    fn read(&self, message: Message) -> Option<Notice> {
        let bytes = reply::bytes(message.value).unwrap_or_default();
        let is_own_channel = *message.channel == *self.heartbeats;
        let notice = notice_bytes::read(&bytes).filter(|notice| match notice.kind {
            NoticeKind::Heartbeat { sent } => {
                let settings = self.redis.settings();
                is_own_channel && notice.node == self.redis.this_node().id && sent <= settings.now()
            }
            NoticeKind::Lost => is_own_channel && notice.node == self.redis.this_node().id,
            _ => !is_own_channel,
        });
        if notice.is_none() && !notice_bytes::is_hello(&bytes) {
            self.redis.figures().ignore();
        }
        notice
    }
}

/// Subscribes, sends a message to oneself and waits for it. Nothing less proves that the server listens to the request: the
/// client answers a subscription by itself.
async fn prove(node: &Node, connection: &Connection, heartbeats: &str) -> Result<(), Failure> {
    let mut messages = connection.messages();
    let channels = vec![names::notices(&node.settings.prefix), heartbeats.to_owned()];
    let hello = notice_bytes::hello(node.id, node.settings.random.next_u64());
    let publish = vec![argument::text(heartbeats), argument::bytes(hello.clone())];
    // Sent together: a refusal of the first is heard as the answer to the second.
    let (subscribed, told) = join(connection.subscribe(channels), connection.ask("PUBLISH", publish)).await;
    subscribed.and(told.map(|_| ()))?;
    loop {
        if ablation::off("subscription_proof") {
            return Ok(());
        }
        match messages.recv().await {
            Ok(message) if is(&message.value, &hello) => return Ok(()),
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return Err(Failure::CONNECTING),
        }
    }
}

/// Lets the server remember this node before anything is believed on the path: what it loses from then on is found by the
/// next heartbeat.
async fn first_beat(node: &Node, connection: &Connection, heartbeats: &str) -> Result<(), Failure> {
    if ablation::off("first_beat") {
        return Ok(());
    }
    let sent = node.settings.now();
    let hello = notice_bytes::hello(node.id, node.settings.random.next_u64());
    let answer = script::BEAT.run(connection, heartbeats, beat::arguments(node, sent, hello)).await?;
    beat::answered(node, sent, answer)
}

/// Whether the server took the place of another lately. A server that does not say who it is counts as the same one: a loss
/// is found by heartbeats too.
async fn is_another(node: &Node, connection: &Connection) -> bool {
    let asked = connection.ask("INFO", vec![argument::fixed("server")]);
    let answer = within(&*node.settings.clock, node.settings.attempt(), asked).await;
    let id = answer.and_then(Result::ok).and_then(|answer| reply::bytes(answer).ok()).and_then(|info| run_id(&info));
    node.server.met(id, node.settings.now())
}

/// What a server calls itself as long as its process lives.
fn run_id(info: &[u8]) -> Option<String> {
    let info = std::str::from_utf8(info).ok()?;
    info.lines().find_map(|line| line.strip_prefix("run_id:")).map(|id| id.trim().to_owned())
}

fn is(value: &Value, expected: &Bytes) -> bool {
    value.as_bytes() == Some(&**expected)
}
