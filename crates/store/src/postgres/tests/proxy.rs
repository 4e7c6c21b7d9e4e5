//! A proxy between the client and a server that notes which messages pass, and in which direction.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};

/// What passed, in order: a line for each turn, `> ` and the types of the client's messages, or `< ` and those of the server's.
#[derive(Clone, Default)]
pub(super) struct Passed(Arc<Mutex<Vec<String>>>);

impl Passed {
    /// Returns what has passed since the last call.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn note(&self, direction: char, tag: u8) {
        let mut lines = self.0.lock().unwrap();
        match lines.last_mut() {
            Some(line) if line.starts_with(direction) => line.push(char::from(tag)),
            _ => lines.push(format!("{direction} {}", char::from(tag))),
        }
    }
}

/// A proxy, which ends with its runtime.
pub(super) struct Proxy {
    folder: tempfile::TempDir,
    pub(super) passed: Passed,
}

impl Proxy {
    /// Starts a proxy of the server whose socket is in `folder`.
    pub(super) fn start(folder: &Path) -> Self {
        let server = folder.join(".s.PGSQL.5432");
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let passed = Passed::default();
        tokio::spawn(serve(listener, server, passed.clone()));
        Self { folder, passed }
    }

    /// Returns the folder of its socket.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

async fn serve(listener: UnixListener, server: PathBuf, passed: Passed) {
    while let Ok((client, _)) = listener.accept().await {
        let server = UnixStream::connect(&server).await.unwrap();
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        // The greeting is the one message without a type.
        tokio::spawn(pass(from_client, to_server, '>', 0, passed.clone()));
        tokio::spawn(pass(from_server, to_client, '<', 1, passed.clone()));
    }
}

/// Passes messages on, of which the first begins with a type of `tag_bytes` and the others with one of a byte.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    direction: char,
    mut tag_bytes: usize,
    passed: Passed,
) {
    let mut bytes = Vec::new();
    while from.read_buf(&mut bytes).await.is_ok_and(|read| read > 0) {
        while let Some(length) = bytes.get(tag_bytes..tag_bytes + 4) {
            let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
            if bytes.len() < tag_bytes + length {
                break;
            }
            let rest = bytes.split_off(tag_bytes + length);
            if tag_bytes > 0 {
                passed.note(direction, bytes[0]);
            }
            if to.write_all(&bytes).await.is_err() {
                return;
            }
            bytes = rest;
            tag_bytes = 1;
        }
    }
}
