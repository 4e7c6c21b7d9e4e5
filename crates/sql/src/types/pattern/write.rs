//! Regular patterns in the syntax of the `regex` crate.

use super::class::{Item, Set};
use super::{Kind, Node, Options, Place};

/// Writes a part without its groups.
pub(super) fn regex(root: &Node, options: Options) -> String {
    let mut out = String::from(if options.ignore_case { "(?si)" } else { "(?s)" });
    write(root, &mut out);
    out
}

fn write(node: &Node, out: &mut String) {
    match &node.kind {
        Kind::Set(set) => write_set(set, out),
        Kind::Place(place) => out.push_str(match place {
            Place::TextStart => r"\A",
            Place::TextEnd => r"\z",
            Place::LineStart => "(?m:^)",
            Place::LineEnd => "(?m:$)",
            Place::WordStart => r"\b{start}",
            Place::WordEnd => r"\b{end}",
            Place::WordEdge => r"\b",
            Place::NoWordEdge => r"\B",
        }),
        Kind::Group(_, inner) => enclosed(inner, out),
        Kind::List(parts) => parts.iter().for_each(|part| match part.kind {
            Kind::Either(_) => enclosed(part, out),
            _ => write(part, out),
        }),
        Kind::Either(parts) => {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    out.push('|');
                }
                write(part, out);
            }
        }
        Kind::Repeat { inner, least, most } => {
            enclosed(inner, out);
            match most {
                Some(most) => out.push_str(&format!("{{{least},{most}}}")),
                None => out.push_str(&format!("{{{least},}}")),
            }
        }
        // Such a pattern is not regular.
        Kind::Look { .. } | Kind::Back(_) => {}
    }
}

fn enclosed(node: &Node, out: &mut String) {
    out.push_str("(?:");
    write(node, out);
    out.push(')');
}

fn write_set(set: &Set, out: &mut String) {
    if let ([Item::Range(first, last)], false) = (set.items.as_slice(), set.negated)
        && first == last
    {
        return write_character(*first, out);
    }
    if set.items.is_empty() {
        return out.push('.');
    }
    out.push_str(if set.negated { "[^" } else { "[" });
    for item in &set.items {
        match item {
            Item::Range(first, last) => {
                write_character(*first, out);
                if first != last {
                    out.push('-');
                    write_character(*last, out);
                }
            }
            Item::Class(class, false) => out.push_str(class.to_regex()),
            Item::Class(class, true) => {
                out.push_str("[^");
                out.push_str(class.to_regex());
                out.push(']');
            }
        }
    }
    out.push(']');
}

fn write_character(character: char, out: &mut String) {
    if character.is_ascii_alphanumeric() {
        out.push(character);
    } else {
        out.push_str(&format!(r"\x{{{:X}}}", u32::from(character)));
    }
}
