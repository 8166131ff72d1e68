//! Running the service until it is asked to stop.

use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::http::{Service, router};
use crate::time::within;

/// How long requests that have begun may still take once the service is asked to stop.
pub const DRAIN: Duration = Duration::from_secs(5);

/// Serves until `stop` completes, then accepts nothing more, and lets what has begun finish for up to [`DRAIN`].
///
/// # Errors
///
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    service: Service,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let stopped = std::sync::Arc::new(Notify::new());
    let stopping = {
        let (service, stopped) = (service.clone(), std::sync::Arc::clone(&stopped));
        async move {
            stop.await;
            tracing::info!("stopping");
            service.stop();
            stopped.notify_one();
        }
    };
    let serving = axum::serve(listener, router(service.clone())).with_graceful_shutdown(stopping);
    let overdue = async {
        stopped.notified().await;
        within(DRAIN, std::future::pending::<()>()).await;
    };
    let ended = tokio::select! {
        ended = serving => ended,
        () = overdue => {
            tracing::warn!(limit_s = DRAIN.as_secs(), "requests were still running; they are cut off");
            Ok(())
        }
    };
    service.replies().close().await;
    ended
}

/// Completes at the first SIGINT or SIGTERM.
///
/// # Errors
///
/// When the signals cannot be listened to. The returned future itself does not fail.
pub fn asked_to_stop() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
