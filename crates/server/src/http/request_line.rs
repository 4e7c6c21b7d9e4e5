//! [`RequestLine`]: signs that a URL may not hold are encoded on their way in.
//!
//! RFC 3986 knows no `"`, `<` or `>` in a URL, and the parser of URLs refuses them. People write them nevertheless, `data->>key` above
//! all, and `curl` sends what they write; PostgREST takes it. Encoded they mean the same.

/// The most bytes that one byte becomes.
pub(super) const GROWTH: usize = 3;

/// Where in a request the bytes are that come next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum RequestLine {
    /// In its first line.
    Within,
    /// After it.
    #[default]
    Behind,
}

impl RequestLine {
    /// Appends `bytes` to `out`, those of the first line encoded.
    pub(super) fn encode(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let end = match self {
            Self::Behind => 0,
            Self::Within => match bytes.iter().position(|byte| *byte == b'\n') {
                Some(end) => {
                    *self = Self::Behind;
                    end
                }
                None => bytes.len(),
            },
        };
        let (line, rest) = bytes.split_at(end);
        for byte in line {
            match byte {
                b'"' => out.extend_from_slice(b"%22"),
                b'<' => out.extend_from_slice(b"%3C"),
                b'>' => out.extend_from_slice(b"%3E"),
                other => out.push(*other),
            }
        }
        out.extend_from_slice(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_alone_is_encoded_wherever_it_is_cut() {
        let sent = "GET /t?a->>\"b\"=eq.<c> HTTP/1.1\r\nx: \"<>\"\r\n\r\n{\"a\":1}\n\"";
        let expected =
            "GET /t?a-%3E%3E%22b%22=eq.%3Cc%3E HTTP/1.1\r\nx: \"<>\"\r\n\r\n{\"a\":1}\n\"";
        for cut in 0..=sent.len() {
            let mut line = RequestLine::Within;
            let mut out = Vec::new();
            let (one, two) = sent.as_bytes().split_at(cut);
            line.encode(one, &mut out);
            line.encode(two, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
            assert_eq!(line, RequestLine::Behind);
        }
        let mut all = Vec::new();
        RequestLine::Within.encode(b"\"<>", &mut all);
        assert_eq!(all.len(), 3 * GROWTH);
    }
}
