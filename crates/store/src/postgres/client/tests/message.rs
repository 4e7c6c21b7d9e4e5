//! The server's bytes become messages, however they come, and nothing else than errors when they make no sense.

use bytes::{BufMut as _, BytesMut};
use proptest::prelude::*;

use crate::postgres::client::message::{Decoder, Message};

/// Returns a message of the server.
pub(super) fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut message = vec![tag];
    message.put_u32(u32::try_from(body.len()).unwrap() + 4);
    message.extend_from_slice(body);
    message
}

/// Returns a row of `fields`.
pub(super) fn row(fields: &[Option<&str>]) -> Vec<u8> {
    let mut body = Vec::new();
    body.put_u16(u16::try_from(fields.len()).unwrap());
    for field in fields {
        match field {
            Some(field) => {
                body.put_u32(u32::try_from(field.len()).unwrap());
                body.extend_from_slice(field.as_bytes());
            }
            None => body.put_i32(-1),
        }
    }
    message(b'D', &body)
}

/// Returns the columns `names`, each of the type `text`.
pub(super) fn columns(names: &[&str]) -> Vec<u8> {
    let mut body = Vec::new();
    body.put_u16(u16::try_from(names.len()).unwrap());
    for name in names {
        body.extend_from_slice(name.as_bytes());
        body.extend_from_slice(&[0; 7]);
        body.put_u32(25);
        body.extend_from_slice(&[0; 8]);
    }
    message(b'T', &body)
}

/// Returns an error with `code`.
pub(super) fn error(severity: &str, code: &str) -> Vec<u8> {
    let fields =
        format!("S{severity}\0V{severity}\0C{code}\0Mit failed\0Dbecause\0Htry\0Wthere\0Rhere\0\0");
    message(b'E', fields.as_bytes())
}

const ROW_BYTES_MAX: usize = 100;

/// Returns what `chunks` become when they come one after another.
fn decode(chunks: &[&[u8]]) -> Result<Vec<String>, String> {
    let mut decoder = Decoder::new(ROW_BYTES_MAX);
    let mut input = BytesMut::new();
    let mut messages = Vec::new();
    for chunk in chunks {
        input.extend_from_slice(chunk);
        while let Some(message) = decoder.next(&mut input)? {
            messages.push(format!("{message:?}"));
        }
    }
    Ok(messages)
}

/// One message of each kind.
fn everything() -> Vec<u8> {
    [
        message(b'R', &[0, 0, 0, 0]),
        message(b'R', &[0, 0, 0, 3]),
        message(b'R', &[0, 0, 0, 5, 1, 2, 3, 4]),
        message(b'R', b"\0\0\0\x0aSCRAM-SHA-256\0\0"),
        message(b'R', b"\0\0\0\x0br=x"),
        message(b'R', b"\0\0\0\x0cv=x"),
        message(b'R', &[0, 0, 0, 7]),
        message(b'K', &[0, 0, 0, 7, 1, 2, 3, 4]),
        message(b'S', b"TimeZone\0UTC\0"),
        message(b'1', b""),
        message(b't', &[0, 0]),
        columns(&["a", "b"]),
        message(b'n', b""),
        message(b'2', b""),
        row(&[Some("one"), None, Some("")]),
        row(&[Some(&"x".repeat(200))]),
        message(b'C', b"INSERT 0 5\0"),
        message(b'C', b"CREATE TABLE\0"),
        message(b'I', b""),
        message(b'3', b""),
        error("ERROR", "23505"),
        message(b'N', b"SNOTICE\0C00000\0Mhello\0\0"),
        message(b'A', b"\0\0\0\x07pgrst\0reload\0"),
        message(b'G', &[0, 0, 0]),
        message(b'H', &[0, 0, 0]),
        message(b'd', b"1\t2\n"),
        message(b'c', b""),
        message(b'Z', b"I"),
        message(b'Z', b"T"),
        message(b'Z', b"E"),
    ]
    .concat()
}

#[test]
fn every_message_is_read() {
    insta::assert_snapshot!(decode(&[&everything()]).unwrap().join("\n"), @r#"
    Authentication(Done)
    Authentication(Cleartext)
    Authentication(Md5([1, 2, 3, 4]))
    Authentication(Sasl(["SCRAM-SHA-256"]))
    Authentication(SaslContinue(b"r=x"))
    Authentication(SaslFinal(b"v=x"))
    Authentication(Other(7))
    CancelKey(7, b"\x01\x02\x03\x04")
    Parameter("TimeZone", "UTC")
    Parsed
    Parameters
    Columns([Column { name: "a", type_oid: 25 }, Column { name: "b", type_oid: 25 }])
    NoColumns
    Bound
    Row([Some("one"), None, Some("")])
    LargeRow
    Complete(5)
    Complete(0)
    Empty
    Closed
    Error(ServerError { severity: "ERROR", code: "23505", message: "it failed", detail: Some("because"), hint: Some("try"), position: None, context: Some("there"), routine: "here" })
    Notice
    Notification(Notification { channel: "pgrst", payload: "reload" })
    CopyIn
    CopyOut
    CopyData
    CopyDone
    Ready(None)
    Ready(Open)
    Ready(Failed)
    "#);
}

#[test]
fn messages_may_be_cut_anywhere() {
    let bytes = everything();
    let whole = decode(&[&bytes]).unwrap();
    for cut in 0..bytes.len() {
        let (first, second) = bytes.split_at(cut);
        assert_eq!(decode(&[first, second]).unwrap(), whole, "cut at {cut}");
    }
    let single: Vec<_> = bytes.chunks(1).collect();
    assert_eq!(decode(&single).unwrap(), whole);
}

#[test]
fn nonsense_is_refused() {
    let check = |bytes: &[u8]| {
        assert!(decode(&[bytes]).is_err(), "{bytes:?}");
    };
    check(b"Z\0\0\0\x03");
    check(b"Z\0\0\0\0");
    check(b"Z\xff\xff\xff\xff");
    check(&message(b'Z', b""));
    check(&message(b'Z', b"x"));
    check(&message(b'?', b""));
    check(&message(b'C', b"no end"));
    check(&message(b'E', b"Sno end"));
    check(&message(b'E', b"SERROR\0"));
    check(&message(b'T', &[0, 1]));
    check(&message(b'T', b"\0\x01name\0\0"));
    check(&message(b'T', &[0xff, 0xff]));
    check(&message(b'D', b""));
    check(&message(b'D', &[0, 1]));
    check(&message(b'D', &[0, 1, 0, 0, 0, 5, 1]));
    check(&message(b'D', &[0, 1, 0xff, 0xff, 0xff, 0xfe]));
    check(&message(b'D', &[0, 0, 1]));
    check(&message(b'D', &[0xff, 0xff, 0, 0, 0, 0]));
    check(&message(b'R', &[0]));
    check(&message(b'R', &[0, 0, 0, 5, 1]));
    check(&message(b'R', b"\0\0\0\x0aSCRAM"));
    check(&message(b'S', b"TimeZone\0"));
    check(&message(b'A', b"\0\0"));
    check(&message(b'K', &[0]));
    // 16 MiB and a little, of which nothing has come yet.
    check(b"T\x01\0\0\x01");
}

#[test]
fn large_rows_are_thrown_away_without_being_kept() {
    let mut decoder = Decoder::new(ROW_BYTES_MAX);
    let mut input = BytesMut::from(&b"D\xff\xff\xff\xf0"[..]);
    for _ in 0..1_000 {
        assert!(decoder.next(&mut input).unwrap().is_none());
        assert!(input.capacity() < 10_000);
        input.extend_from_slice(&[b'x'; 4_096]);
    }
    let limit = |length: usize| decode(&[&row(&[Some(&"x".repeat(length))])]).unwrap();
    // The length counts itself, the number of fields and the length of the field: 10 bytes.
    assert_ne!(limit(ROW_BYTES_MAX - 10), ["LargeRow"]);
    assert_eq!(limit(ROW_BYTES_MAX - 9), ["LargeRow"]);
}

#[test]
fn fields_are_found() {
    let mut input = BytesMut::from(row(&[Some("one"), None, Some("")]).as_slice());
    let Some(Message::Row(row)) = Decoder::new(ROW_BYTES_MAX).next(&mut input).unwrap() else {
        panic!("no row");
    };
    let get = |index| row.get(index).unwrap();
    assert_eq!(
        (get(0), get(1), get(2), get(3)),
        (Some("one"), None, Some(""), None)
    );
    assert_eq!(row.iter().count(), 3);
    let mut input = BytesMut::from(message(b'D', &[0, 1, 0, 0, 0, 1, 0xff]).as_slice());
    let Some(Message::Row(row)) = Decoder::new(ROW_BYTES_MAX).next(&mut input).unwrap() else {
        panic!("no row");
    };
    assert_eq!(row.get(0).unwrap_err().code().as_str(), "22021");
}

proptest! {
    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(decode(&[&bytes]));
    }

    /// As above, but with lengths that are right, so that bodies are read.
    #[test]
    fn no_body_panics(tag in prop::sample::select(&b"RKS123tTnDCIENAGHdcZ"[..]), body in prop::collection::vec(any::<u8>(), 0..90)) {
        drop(decode(&[&message(tag, &body)]));
    }
}
