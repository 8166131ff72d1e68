//! One connection, from its first command to its loss.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use fred::clients::Client;
use fred::error::Error as ClientError;
use fred::interfaces::{ClientLike, EventInterface, PubsubInterface};
use fred::types::{ClusterHash, CustomCommand, Message, Value};
use futures_util::future::{Either, select};
use tokio::sync::broadcast;
use tokio::task::{AbortHandle, JoinError, JoinHandle};

use crate::failure::Failure;
use crate::node::Node;
use crate::race::within;
use crate::reply;

/// A connection that was made; it is cut when the last one lets go of it.
pub(crate) struct Connection {
    client: Client,
    task: AbortHandle,
}

/// The task of a connection, which ends when the connection is lost.
pub(crate) type Ended = JoinHandle<Result<(), ClientError>>;

/// How often a connection is asked whether it is still there.
const CHECK: Duration = Duration::from_secs(1);

impl Connection {
    /// Connects, says hello, and hears the server's time before anything else is asked.
    ///
    /// `messages` is how many messages may wait to be looked at.
    pub(crate) async fn open(node: &Node, messages: usize) -> Result<(Arc<Self>, Ended), Failure> {
        let client = node.plan.client(messages);
        let mut made = client.reconnect_rx();
        let mut ended = client.connect();
        let connection = Arc::new(Self { client, task: ended.abort_handle() });
        let attempt = node.settings.attempt();
        let clock = &*node.settings.clock;
        // One attempt for the network, one for the hello.
        match within(clock, attempt * 2, select(&mut ended, pin!(made.recv()))).await {
            None => return Err(Failure::Timeout),
            Some(Either::Left((end, _))) => return Err(why(end)),
            Some(Either::Right((made, _))) => made.map_err(|_| Failure::CONNECTING)?,
        };
        within(clock, attempt, connection.hear_time(node)).await.unwrap_or(Err(Failure::Timeout))?;
        Ok((connection, ended))
    }

    /// Asks the server one thing. Dropping the future takes back nothing and harms nobody.
    pub(crate) async fn ask(&self, command: &'static str, arguments: Vec<Value>) -> Result<Value, Failure> {
        if self.task.is_finished() {
            return Err(Failure::CONNECTING);
        }
        let command = CustomCommand::new_static(command, ClusterHash::Random, false);
        self.client.custom(command, arguments).await.map_err(|error| Failure::from(&error))
    }

    /// Asks for the server's time, and notes it.
    pub(crate) async fn hear_time(&self, node: &Node) -> Result<(), Failure> {
        let sent = node.settings.now();
        let micros = reply::micros(self.ask("TIME", Vec::new()).await?)?;
        node.time.heard(sent, node.settings.now(), micros);
        Ok(())
    }

    /// The messages that arrive from here on.
    pub(crate) fn messages(&self) -> broadcast::Receiver<Message> {
        self.client.message_rx()
    }

    /// Asks for messages. The client answers before the server does: only the answer to a later command is a proof.
    pub(crate) async fn subscribe(&self, channels: Vec<String>) -> Result<(), Failure> {
        self.client.subscribe(channels).await.map_err(|error| Failure::from(&error))
    }

    /// Says goodbye once everything that was asked is answered.
    pub(crate) async fn quit(&self, node: &Node) {
        let _ = within(&*node.settings.clock, node.settings.write_timeout, self.client.quit()).await;
    }

    /// Completes when the connection is lost, and says why.
    ///
    /// The client notices neither a server that stops while calls keep coming nor one that is gone while none come: it is
    /// asked for its time every second, which keeps that known too.
    pub(crate) async fn lost(&self, node: &Node, ended: &mut Ended) -> Failure {
        let clock = &*node.settings.clock;
        loop {
            let pause = clock.sleep_until(clock.now() + CHECK);
            if let Either::Left((end, _)) = select(&mut *ended, pause).await {
                return why(end);
            }
            match select(&mut *ended, pin!(self.answers(node))).await {
                Either::Left((end, _)) => return why(end),
                // An error is an answer too.
                Either::Right((Ok(()) | Err(Failure::Reply(_)), _)) => {}
                Either::Right((Err(failure), _)) => return failure,
            }
        }
    }

    /// Whether the server answers. What is measured is time in which this process ran: it may have been stopped itself.
    async fn answers(&self, node: &Node) -> Result<(), Failure> {
        let mut answer = pin!(self.hear_time(node));
        for _ in 0..4 {
            if let Some(answer) = within(&*node.settings.clock, node.settings.patience() / 4, &mut answer).await {
                return answer;
            }
        }
        Err(Failure::Timeout)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Why the task of a connection ended.
fn why(end: Result<Result<(), ClientError>, JoinError>) -> Failure {
    match end {
        Ok(Err(error)) => Failure::from(&error),
        Ok(Ok(())) | Err(_) => Failure::Broken("the connection to the server was closed; it is made anew"),
    }
}
