//! Writing JSON: strings in quotes, escaped as PostgreSQL escapes them.

/// Appends `text` as a JSON string in quotes.
pub fn write_json_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    write_escaped(text, out);
    out.push(b'"');
}

/// Appends `text` with what JSON requires escaped, runs of plain bytes at once.
fn write_escaped(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut rest = bytes;
    while let Some(at) = first_escape(rest) {
        let (plain, tail) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((byte, tail)) = tail.split_first() else {
            return;
        };
        escape(*byte, out);
        rest = tail;
    }
    out.extend_from_slice(rest);
}

/// Bytes looked at together; the compiler makes vector instructions of the loop over them.
const BLOCK: usize = 32;

/// Returns the place of the first byte that must be escaped.
fn first_escape(bytes: &[u8]) -> Option<usize> {
    let mut passed = 0;
    for block in bytes.chunks(BLOCK) {
        let found = block
            .iter()
            .fold(false, |found, byte| found | needs_escape(*byte));
        if found {
            let within = block.iter().position(|byte| needs_escape(*byte))?;
            return Some(passed + within);
        }
        passed += block.len();
    }
    None
}

fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn escape(byte: u8, out: &mut Vec<u8>) {
    let letter = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            let digit = |value: u8| {
                if value < 10 {
                    b'0' + value
                } else {
                    b'a' + value - 10
                }
            };
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', letter]);
}

/// Appends `text` as a JSON string to a string.
pub(crate) fn push_json_string(text: &str, out: &mut String) {
    if first_escape(text.as_bytes()).is_some() {
        let mut bytes = Vec::with_capacity(text.len() + 8);
        write_json_string(text, &mut bytes);
        // Escaping adds ASCII to what was UTF-8.
        out.push_str(&String::from_utf8_lossy(&bytes));
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}
