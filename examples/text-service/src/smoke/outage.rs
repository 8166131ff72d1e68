//! What a service does while its shared store is away.

use serde_json::{Value, json};

use super::remote::Remote;
use super::report::Report;
use super::{SmokeError, questions};
use crate::operation::Operation;

/// Asks what is known and what is new, waits until the service says how it is, and asks again.
pub(super) async fn go_through(service: &Remote, report: &mut Report) -> Result<(), SmokeError> {
    ask_everything(service, "before it was noticed").await?;
    service.wait_for("a degraded cache", |now| now["cache"]["degraded"] == true).await?;
    ask_everything(service, "after it was noticed").await?;
    let live = service.get("/livez").await?;
    let ready = service.get("/readyz").await?;
    let says = |answer: &Value, word: &str| answer["status"] == word;
    if says(&live, "live") && says(&ready, "degraded") {
        report.good(format!("{service} answers, is live and ready, and says degraded: {}", word(&ready["l2"])));
    } else {
        report.fault(format!("{service} says {} and {}", word(&live["status"]), word(&ready["status"])));
    }
    Ok(())
}

async fn ask_everything(service: &Remote, when: &str) -> Result<(), SmokeError> {
    for (operation, document) in questions(service).await? {
        service.ask(operation, &document).await?;
    }
    for operation in Operation::ALL {
        let mut body = json!({ "text": format!("The shared store went away. {service} was asked {when}.") });
        if operation.needs_question() {
            body["question"] = json!("What went away?");
        }
        service.post(operation, &body).await?;
    }
    Ok(())
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or("nothing")
}
