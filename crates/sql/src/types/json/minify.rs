//! JSON without white space.

/// Appends `text`, which is JSON, without the white space between its tokens.
pub(crate) fn minified(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    out.reserve(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        let plain = rest
            .iter()
            .position(|byte| matches!(byte, b'"' | b' ' | b'\n' | b'\t' | b'\r'))
            .unwrap_or(rest.len());
        let (before, after) = rest.split_at(plain);
        out.extend_from_slice(before);
        let length = match after.first() {
            Some(b'"') => string_length(after),
            Some(_) => {
                rest = after.split_at(1).1;
                continue;
            }
            None => 0,
        };
        let (string, after) = after.split_at(length);
        out.extend_from_slice(string);
        rest = after;
    }
}

/// The length of the string that `bytes` begin with, its quotes included.
fn string_length(bytes: &[u8]) -> usize {
    let mut end = 1;
    loop {
        let rest = bytes.get(end..).unwrap_or_default();
        match rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) {
            None => return bytes.len(),
            Some(at) if rest.get(at) == Some(&b'"') => return end + at + 1,
            Some(at) => end = (end + at + 2).min(bytes.len()),
        }
    }
}
