//! [`Listener`]: what is told to channels with `NOTIFY`, over a connection of its own.
//!
//! What is told while the connection is down is lost for us; whoever listens is told that something may have been missed, once the
//! connection stands again.

use std::sync::Arc;
use std::time::Duration;

use postgres_protocol::message::frontend;
use tokio::sync::mpsc::{self, error::TrySendError};
use underpin_sql::writer::quote_identifier;

use super::message::{Message, Notification};
use super::opening;
use super::shared::Context;
use super::wire::Wire;

/// The most notifications that wait to be heard; past it they are thrown away, and said to be missed.
const WAITING_MAX: usize = 1_024;

/// How long the server may be silent before it is asked whether it is there. A network that swallows everything would else be taken for
/// one where nothing is told.
const SILENCE: Duration = Duration::from_secs(30);

/// How long it may take to answer then.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// The pause before a connection that was lost is made again.
const PAUSE: Duration = Duration::from_millis(100);

/// What a listener hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It listens from now on, for the first time or again: whatever was told before may have been missed.
    Begun,
    /// What somebody told a channel.
    Told(Notification),
}

/// Hears what is told to channels; its connection is closed when it is dropped.
#[derive(Debug)]
pub(crate) struct Listener {
    heard: mpsc::Receiver<Heard>,
}

impl Listener {
    /// Returns a listener to `channels`, which connects by itself and again whenever it has to.
    pub(super) fn new(context: Arc<Context>, channels: &[&str]) -> Self {
        let (teller, heard) = mpsc::channel(WAITING_MAX);
        tokio::spawn(serve(context, listen_sql(channels), teller));
        Self { heard }
    }

    /// Waits for what is told next. Whoever stops waiting loses nothing.
    pub(crate) async fn next(&mut self) -> Heard {
        match self.heard.recv().await {
            Some(heard) => heard,
            // The task lives as long as the receiver, but when the whole runtime ends.
            None => std::future::pending().await,
        }
    }
}

fn listen_sql(channels: &[&str]) -> String {
    let mut sql = String::new();
    for channel in channels {
        sql.push_str("listen ");
        quote_identifier(&mut sql, channel);
        sql.push_str("; ");
    }
    sql
}

/// Listens until nobody hears any more.
async fn serve(context: Arc<Context>, sql: String, teller: mpsc::Sender<Heard>) {
    while !teller.is_closed() {
        let address = &context.address;
        let opening = opening::open(address, address.connect_timeout, usize::MAX);
        match opening.await {
            Ok(mut opened) => {
                let hearing = hear(&mut opened.wire, &sql, &teller);
                tokio::select! {
                    cause = hearing => tracing::warn!(cause, "a listening connection was lost"),
                    () = teller.closed() => return opened.wire.terminate(),
                }
            }
            Err(failure) => {
                context.circuit.fail(&failure);
                tokio::select! {
                    () = context.circuit.reachable() => {}
                    () = teller.closed() => return,
                }
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Hears until the connection is lost, and returns why.
async fn hear(wire: &mut Wire, sql: &str, teller: &mpsc::Sender<Heard>) -> String {
    if let Err(cause) = frontend::query(sql, &mut wire.output) {
        return cause.to_string();
    }
    let mut has_begun = false;
    let mut has_missed = false;
    // Whether an answer is awaited: to the statement at first, and to being asked later.
    let mut is_asked = true;
    loop {
        let patience = if is_asked { ANSWER_TIMEOUT } else { SILENCE };
        let message = tokio::select! {
            message = tokio::time::timeout(patience, wire.next()) => message,
            room = teller.reserve(), if has_missed => {
                if let Ok(room) = room {
                    room.send(Heard::Begun);
                    has_missed = false;
                }
                continue;
            }
        };
        match message {
            Ok(Ok(Message::Notification(notification))) => {
                has_missed |= is_full(&teller.try_send(Heard::Told(notification)));
            }
            Ok(Ok(Message::Ready(_))) => {
                is_asked = false;
                if !has_begun {
                    has_begun = true;
                    has_missed |= is_full(&teller.try_send(Heard::Begun));
                }
            }
            Ok(Ok(Message::Error(error))) => return error.to_string(),
            Ok(Ok(_)) => {}
            Ok(Err(cause)) => return cause.to_string(),
            Err(_) if is_asked => return "the server does not answer".to_owned(),
            Err(_) => {
                is_asked = true;
                frontend::sync(&mut wire.output);
            }
        }
    }
}

fn is_full(sent: &Result<(), TrySendError<Heard>>) -> bool {
    matches!(sent, Err(TrySendError::Full(_)))
}
