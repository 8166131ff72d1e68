//! What is said with a heartbeat, and what its answer means.

use std::time::Duration;

use bytes::Bytes;
use fred::types::Value;
use larder_core::Moment;

use crate::argument::{bytes, keep, number};
use crate::failure::Failure;
use crate::node::Node;
use crate::{notice_bytes, reply};

/// For how long a node counts as alive after its last heartbeat.
const ALIVE: Duration = Duration::from_secs(60);

/// The arguments of the script: what the server has to remember, and what is told when it does and when it does not.
pub(crate) fn arguments(node: &Node, sent: Moment, told: Bytes) -> Vec<Value> {
    let lost = notice_bytes::heartbeat(node.id, sent, true);
    vec![keep(ALIVE), number(node.pulse.expected(sent, ALIVE)), bytes(told), bytes(lost)]
}

/// Notes the server's time, and what it remembers from now on.
pub(crate) fn answered(node: &Node, sent: Moment, answer: Value) -> Result<(), Failure> {
    let [seconds, micros, lost] = reply::exactly(answer)?;
    let written = reply::micros(Value::Array(vec![seconds, micros]))?;
    node.time.heard(sent, node.settings.now(), written);
    node.pulse.acknowledged(sent, written, reply::number(&lost)? == 1);
    Ok(())
}
