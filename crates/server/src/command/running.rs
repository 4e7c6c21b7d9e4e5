//! What `serve` and `dev` share: the runtime, the listener, and the signals that end them.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use underpin_base::{Code, Error, Result};

use crate::settings::Server;

/// Threads for what blocks, such as reading files of the site; they end when idle.
const BLOCKING_THREADS_MAX: usize = 16;

/// Returns the runtime that connections are served on.
pub(crate) fn runtime(server: &Server) -> Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(server.workers)
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .thread_name("http")
        .enable_all()
        .build()
        .map_err(|error| Error::new(Code::IO, format!("cannot start threads: {error}")))
}

/// Listens on `address`.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let error = Error::new(Code::IO, format!("cannot listen on {address}: {error}"));
        error.hint("Another address can be given with --listen ADDRESS:PORT.")
    })
}

/// Waits for SIGTERM or SIGINT. A second one ends the process at once.
pub(crate) async fn stop_signal() {
    wait_for_signal().await;
    tokio::spawn(async {
        wait_for_signal().await;
        std::process::exit(1);
    });
}

async fn wait_for_signal() {
    let signals = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    );
    let (Ok(mut terminate), Ok(mut interrupt)) = signals else {
        // Without handlers, a signal ends the process as the operating system sees fit.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
