//! The body of a function never panics, in whichever language it is said to be.

use super::migration::check;

/// What stands before a body: a function for each kind of result, and one that a trigger calls.
const HEADS: [&str; 6] = [
    "create function g(a int, b text) returns int language sql",
    "create function g(a int, b text) returns setof t language sql",
    "create function g(a int, b text) returns table (x int, y text) language sql",
    "create function g(a int, b text) returns void language plpgsql",
    "create function g(a int, b text) returns setof t language plpgsql",
    "create function g() returns trigger language plpgsql",
];

/// Reads the bytes as a body; the first byte chooses what stands before it.
pub(super) fn function(bytes: &[u8]) {
    let Some((first, body)) = bytes.split_first() else {
        return;
    };
    let Ok(body) = std::str::from_utf8(body) else {
        return;
    };
    if !body.contains("$fuzz$") {
        let head = HEADS[usize::from(*first) % HEADS.len()];
        check(&format!("{head} as $fuzz${body}$fuzz$;"));
    }
}
