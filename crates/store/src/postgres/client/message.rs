//! [`Decoder`]: the bytes of the server become [`Message`]s.
//!
//! A stranger's bytes: every length is checked before anything is allocated for it, and whatever makes no sense is an error.

use std::sync::Arc;

use bytes::{Buf as _, Bytes, BytesMut};

use super::error::ServerError;
use super::row::{Column, Row};

/// The longest message that is not a row, in bytes.
const MESSAGE_BYTES_MAX: usize = 16 << 20;

/// What the server says.
#[derive(Debug)]
pub(super) enum Message {
    /// Something about the authentication.
    Authentication(Authentication),
    /// What cancels this connection's statements: the process and its secret.
    CancelKey(i32, Bytes),
    /// A setting and its value.
    Parameter(String, String),
    /// The server waits for the next batch.
    Ready(Transaction),
    /// A statement was parsed.
    Parsed,
    /// Its parameters were bound.
    Bound,
    /// A prepared statement is gone.
    Closed,
    /// The types of the parameters, which nobody needs.
    Parameters,
    /// The columns of the rows to come, or of a statement.
    Columns(Arc<[Column]>),
    /// A statement that returns no rows.
    NoColumns,
    /// A row.
    Row(Row),
    /// A row that was larger than the limit, and thrown away.
    LargeRow,
    /// A statement is done; the number in its tag.
    Complete(u64),
    /// An empty statement is done.
    Empty,
    /// A statement failed.
    Error(ServerError),
    /// A remark.
    Notice,
    /// What somebody told a channel.
    Notification(Notification),
    /// The server waits for the data of a COPY.
    CopyIn,
    /// The data of a COPY will follow.
    CopyOut,
    /// Some data of a COPY.
    CopyData,
    /// The end of that data.
    CopyDone,
}

impl Message {
    /// Returns what kind of message it is, for the log: not what it holds.
    pub(super) fn kind(&self) -> String {
        let text = format!("{self:?}");
        text.split('(').next().unwrap_or_default().to_owned()
    }
}

/// What `NOTIFY` told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notification {
    /// The channel.
    pub(crate) channel: String,
    /// What it was told, often nothing.
    pub(crate) payload: String,
}

/// Where a connection stands when the server waits for the next batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transaction {
    /// In none.
    None,
    /// In one.
    Open,
    /// In one that has failed, and can only be rolled back.
    Failed,
}

/// How the server wants to know who we are.
#[derive(Debug)]
pub(super) enum Authentication {
    /// It is content.
    Done,
    /// By the password itself.
    Cleartext,
    /// By the password's MD5 with this salt.
    Md5([u8; 4]),
    /// By one of these SASL mechanisms.
    Sasl(Vec<String>),
    /// The next step of SASL.
    SaslContinue(Bytes),
    /// The last step of SASL.
    SaslFinal(Bytes),
    /// In a way that we do not know; its number.
    Other(u32),
}

/// Takes messages off a buffer.
#[derive(Debug)]
pub(super) struct Decoder {
    row_bytes_max: usize,
    /// How many bytes of a row that is too large are still to be thrown away.
    skipped: usize,
}

impl Decoder {
    /// Returns a decoder that throws away rows of more than `row_bytes_max` bytes.
    pub(super) fn new(row_bytes_max: usize) -> Self {
        Self {
            row_bytes_max,
            skipped: 0,
        }
    }

    /// Takes the next message, or nothing while it is not whole.
    ///
    /// # Errors
    /// What is wrong with the bytes; the connection is of no use afterwards.
    pub(super) fn next(&mut self, input: &mut BytesMut) -> Result<Option<Message>, String> {
        if self.skipped > 0 {
            let skipped = self.skipped.min(input.len());
            input.advance(skipped);
            self.skipped -= skipped;
            return Ok((self.skipped == 0).then_some(Message::LargeRow));
        }
        let Some((&[tag, a, b, c, d], _)) = input.split_first_chunk() else {
            return Ok(None);
        };
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        if length < 4 {
            return Err(format!("a message of type {tag} has the length {length}"));
        }
        if tag == b'D' && length > self.row_bytes_max {
            self.skipped = length + 1;
            return self.next(input);
        }
        let length_max = match tag {
            b'D' | b'd' => self.row_bytes_max,
            _ => MESSAGE_BYTES_MAX,
        };
        if length > length_max {
            return Err(format!("a message of type {tag} has {length} bytes"));
        }
        if input.len() <= length {
            return Ok(None);
        }
        let message = if matches!(tag, b'D' | b'd' | b'K' | b'R') {
            let mut whole = input.split_to(length + 1);
            whole.advance(5);
            decode_kept(tag, whole.freeze())
        } else {
            let message = input.get(5..=length).and_then(|body| decode(tag, body));
            input.advance(length + 1);
            message
        };
        message
            .map(Some)
            .ok_or_else(|| format!("a message of type {tag} is malformed"))
    }
}

/// Decodes a message whose bytes are kept.
fn decode_kept(tag: u8, mut body: Bytes) -> Option<Message> {
    Some(match tag {
        b'D' => Message::Row(Row::parse(body)?),
        b'K' => Message::CancelKey(body.try_get_i32().ok()?, body),
        b'R' => Message::Authentication(authentication(body)?),
        _ => Message::CopyData,
    })
}

/// Decodes a message whose bytes are not kept.
fn decode(tag: u8, mut body: &[u8]) -> Option<Message> {
    Some(match tag {
        b'1' => Message::Parsed,
        b'2' => Message::Bound,
        b'3' => Message::Closed,
        b'C' => Message::Complete(affected(body)?),
        b'Z' => Message::Ready(transaction(body.try_get_u8().ok()?)?),
        b't' => Message::Parameters,
        b'T' => Message::Columns(columns(body)?),
        b'n' => Message::NoColumns,
        b'I' => Message::Empty,
        b'E' => Message::Error(server_error(body)?),
        b'N' => {
            server_error(body)?;
            Message::Notice
        }
        b'S' => Message::Parameter(text(&mut body)?, text(&mut body)?),
        b'A' => {
            body.try_get_i32().ok()?;
            Message::Notification(Notification {
                channel: text(&mut body)?,
                payload: text(&mut body)?,
            })
        }
        b'G' => Message::CopyIn,
        b'H' => Message::CopyOut,
        b'c' => Message::CopyDone,
        _ => return None,
    })
}

fn transaction(state: u8) -> Option<Transaction> {
    match state {
        b'I' => Some(Transaction::None),
        b'T' => Some(Transaction::Open),
        b'E' => Some(Transaction::Failed),
        _ => None,
    }
}

fn authentication(mut body: Bytes) -> Option<Authentication> {
    Some(match body.try_get_u32().ok()? {
        0 => Authentication::Done,
        3 => Authentication::Cleartext,
        5 => Authentication::Md5(body.as_ref().try_into().ok()?),
        10 => {
            let mut mechanisms = Vec::new();
            let mut names = body.as_ref();
            loop {
                let mechanism = text(&mut names)?;
                if mechanism.is_empty() {
                    break;
                }
                mechanisms.push(mechanism);
            }
            Authentication::Sasl(mechanisms)
        }
        11 => Authentication::SaslContinue(body),
        12 => Authentication::SaslFinal(body),
        other => Authentication::Other(other),
    })
}

fn columns(mut body: &[u8]) -> Option<Arc<[Column]>> {
    let count = body.try_get_u16().ok()?;
    (0..count)
        .map(|_| {
            let name = text(&mut body)?;
            // The table and the column that it is of.
            body.try_get_u32().ok()?;
            body.try_get_u16().ok()?;
            let type_oid = body.try_get_u32().ok()?;
            // The size, the modifier and the format.
            body.try_get_u16().ok()?;
            body.try_get_u32().ok()?;
            body.try_get_u16().ok()?;
            Some(Column { name, type_oid })
        })
        .collect()
}

fn server_error(mut body: &[u8]) -> Option<ServerError> {
    let mut error = ServerError::default();
    loop {
        let field = body.try_get_u8().ok()?;
        if field == 0 {
            return Some(error);
        }
        let value = text(&mut body)?;
        match field {
            // Servers older than 9.6 say it in their own language only.
            b'S' if error.severity.is_empty() => error.severity = value,
            b'V' => error.severity = value,
            b'C' => error.code = value,
            b'M' => error.message = value,
            b'D' => error.detail = Some(value),
            b'H' => error.hint = Some(value),
            b'P' => error.position = value.parse().ok(),
            b'W' => error.context = Some(value),
            b'R' => error.routine = value,
            _ => {}
        }
    }
}

/// Takes a text that ends in a zero byte. What is no UTF-8 in it is replaced: messages may come in the database's own encoding when the
/// connection is not set up yet.
fn text(body: &mut &[u8]) -> Option<String> {
    let length = body.iter().position(|byte| *byte == 0)?;
    let (text, rest) = body.split_at_checked(length)?;
    *body = rest.get(1..)?;
    Some(String::from_utf8_lossy(text).into_owned())
}

/// Returns the number of rows in a command's tag, such as `INSERT 0 5`; 0 when there is none.
fn affected(body: &[u8]) -> Option<u64> {
    let tag = std::str::from_utf8(body.strip_suffix(b"\0")?).ok()?;
    let number = tag
        .rsplit(' ')
        .next()
        .and_then(|number| number.parse().ok());
    Some(number.unwrap_or(0))
}
