//! [`Elements`]: the elements of a JSON array, one after the other.

use underpin_base::{Error, Result};

use super::super::{invalid_json, json};
use super::Pieces;

/// Reads the elements of an array. Only where they begin and end is looked at; what they say is their reader's matter.
#[derive(Debug)]
pub(super) struct Elements {
    pieces: Pieces,
    buffer: Vec<u8>,
    /// Where in the buffer the next element begins.
    position: usize,
    depth_max: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Before,
    Within,
    After,
}

/// Where an element ends.
enum End {
    /// At the byte of this index, which is a comma or the array's end.
    At(usize),
    /// Behind what is in the buffer.
    Behind,
}

impl Elements {
    pub(super) fn new(pieces: Pieces, depth_max: usize) -> Self {
        Self {
            pieces,
            buffer: Vec::new(),
            position: 0,
            depth_max,
            state: State::Before,
        }
    }

    /// Returns the next element's text; nothing after the last.
    ///
    /// # Errors
    /// PGRST102 for what is no array, or nested too deeply.
    pub(super) fn next(&mut self) -> Result<Option<&str>> {
        if self.state == State::Before {
            self.open()?;
        }
        if self.state == State::After {
            return Ok(None);
        }
        let end = loop {
            let rest = self.buffer.get(self.position..).unwrap_or_default();
            match end(rest, self.depth_max)? {
                End::At(end) => break self.position + end,
                End::Behind => self.more()?,
            }
        };
        let start = self.position;
        self.position = end + 1;
        let closes = self.buffer.get(end) == Some(&b']');
        if closes {
            self.close()?;
        }
        let bytes = self.buffer.get(start..end).unwrap_or_default();
        let text = std::str::from_utf8(bytes).map_err(|_| invalid_json())?;
        if closes && text.trim().is_empty() {
            // `[]`, but not `[1,]`.
            let is_empty = self.buffer.get(..start).is_some_and(ends_in_bracket);
            return if is_empty {
                Ok(None)
            } else {
                Err(invalid_json())
            };
        }
        Ok(Some(text))
    }

    /// Passes over what comes before the first element.
    fn open(&mut self) -> Result<()> {
        loop {
            let rest = self.buffer.get(self.position..).unwrap_or_default();
            let rest = rest.strip_prefix("\u{feff}".as_bytes()).unwrap_or(rest);
            let blank = rest
                .iter()
                .take_while(|it| it.is_ascii_whitespace())
                .count();
            match rest.get(blank) {
                Some(b'[') => {
                    self.position = self.buffer.len() - rest.len() + blank + 1;
                    self.state = State::Within;
                    return Ok(());
                }
                Some(_) => return Err(invalid_json()),
                None => self.more()?,
            }
        }
    }

    /// Passes over what comes after the array, which is nothing but blanks.
    fn close(&mut self) -> Result<()> {
        self.state = State::After;
        let mut rest = self
            .buffer
            .get(self.position..)
            .unwrap_or_default()
            .to_vec();
        loop {
            if !rest.iter().all(u8::is_ascii_whitespace) {
                return Err(invalid_json());
            }
            rest.clear();
            if !self.pieces.append(&mut rest, 0)? {
                return Ok(());
            }
        }
    }

    /// Reads more of the body. An element that is longer than the buffer doubles it, so that it is not looked at again too often.
    fn more(&mut self) -> Result<()> {
        // What comes before the element stays by one byte: it tells an empty array.
        self.buffer.drain(..self.position.saturating_sub(1));
        self.position = self.position.min(1);
        let held = self.buffer.len();
        if self.pieces.append(&mut self.buffer, held)? {
            return Ok(());
        }
        Err(invalid_json())
    }
}

fn ends_in_bracket(before: &[u8]) -> bool {
    before.last() == Some(&b'[')
}

/// Returns where the element that `bytes` begin with ends.
fn end(bytes: &[u8], depth_max: usize) -> Result<End> {
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    for (index, byte) in bytes.iter().enumerate() {
        if quoted {
            quoted = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b',' | b']' if depth == 0 => return Ok(End::At(index)),
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.checked_sub(1).ok_or_else(invalid_json)?,
            _ => {}
        }
        // The array itself is one level.
        if depth + 1 > depth_max {
            return Err(too_deep(depth_max));
        }
    }
    Ok(End::Behind)
}

fn too_deep(depth_max: usize) -> Error {
    json::too_deep(depth_max)
}

/// Returns the first element of an array that begins with `beginning`; nothing when it is no array or the element does not end there.
pub(super) fn first(beginning: &str, depth_max: usize) -> Option<String> {
    let rest = beginning.trim_start().strip_prefix('[')?;
    match end(rest.as_bytes(), depth_max) {
        Ok(End::At(end)) => rest.get(..end).map(str::to_owned),
        _ => None,
    }
}
