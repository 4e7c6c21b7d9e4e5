//! [`Shape`]: a type as text, on one line where it fits and on several where it does not, as the formatter of the TypeScript
//! world lays it out.

/// The longest line.
const WIDTH: usize = 80;

/// The spaces of a level.
const STEP: usize = 2;

/// A type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// A type that is never broken.
    Word(String),
    /// One of several.
    Union(Vec<Self>),
    /// An array of a type.
    Array(Box<Self>),
    /// A list of known types.
    Tuple(Vec<Self>),
    /// Members by their keys.
    Object {
        /// Keys, as they are written, and types.
        members: Vec<(String, Self)>,
        /// Each member has a line of its own even where one line would do.
        open: bool,
    },
    /// What the client's types show in the place of a result: why there is none.
    Refusal(String),
}

impl Shape {
    pub(super) fn word(text: impl Into<String>) -> Self {
        Self::Word(text.into())
    }

    /// An object whose members stand on lines of their own.
    pub(super) fn open(members: Vec<(String, Self)>) -> Self {
        Self::Object {
            members,
            open: true,
        }
    }

    /// An object on one line if it fits.
    pub(super) fn closed(members: Vec<(String, Self)>) -> Self {
        Self::Object {
            members,
            open: false,
        }
    }

    /// The type or null. The unknown is null already.
    pub(super) fn or_null(self) -> Self {
        match self {
            Self::Word(word) if word == "unknown" => Self::Word(word),
            Self::Union(mut types) => {
                types.push(Self::word("null"));
                Self::Union(types)
            }
            other => Self::Union(vec![other, Self::word("null")]),
        }
    }

    pub(super) fn array(self) -> Self {
        Self::Array(Box::new(self))
    }

    /// Appends the type to `text`, whose last line is indented by `indent` and has `used` characters.
    pub(super) fn write(&self, text: &mut String, indent: usize, used: usize) {
        if let Some(line) = self.line()
            && used + line.chars().count() <= WIDTH
        {
            text.push_str(&line);
            return;
        }
        match self {
            Self::Word(word) => text.push_str(word),
            Self::Union(types) => match self.nullable_object() {
                Some(object) => {
                    object.write(text, indent, used);
                    text.push_str(" | null");
                }
                None => write_union(types, text, indent),
            },
            Self::Array(element) => write_array(element, text, indent, used),
            Self::Tuple(items) => {
                text.push('[');
                for item in items {
                    start_line(text, indent + STEP);
                    item.write(text, indent + STEP, indent + STEP);
                    text.push(',');
                }
                start_line(text, indent);
                text.push(']');
            }
            Self::Object { members, .. } => {
                text.push('{');
                for (key, member) in members {
                    start_line(text, indent + STEP);
                    text.push_str(key);
                    text.push(':');
                    write_member(member, text, indent + STEP, key.chars().count());
                }
                start_line(text, indent);
                text.push('}');
            }
            Self::Refusal(why) => {
                text.push('{');
                start_line(text, indent + STEP);
                text.push_str("error: true");
                start_line(text, indent);
                text.push_str("} & ");
                text.push_str(&super::name::literal(why));
            }
        }
    }

    /// Appends a value rather than a type: members and items end in commas, and every object is open.
    pub(super) fn write_value(&self, text: &mut String, indent: usize, used: usize) {
        match self {
            Self::Object { members, .. } if !members.is_empty() => {
                text.push('{');
                for (key, member) in members {
                    start_line(text, indent + STEP);
                    text.push_str(key);
                    text.push_str(": ");
                    let used = indent + STEP + key.chars().count() + ": ,".len();
                    member.write_value(text, indent + STEP, used);
                    text.push(',');
                }
                start_line(text, indent);
                text.push('}');
            }
            other => other.write(text, indent, used),
        }
    }

    /// Returns the object of `object | null`, which is broken as the object is.
    fn nullable_object(&self) -> Option<&Self> {
        match self {
            Self::Union(types) => match types.as_slice() {
                [object @ Self::Object { .. }, Self::Word(word)] if word == "null" => Some(object),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns the type on one line, if it may stand on one.
    fn line(&self) -> Option<String> {
        let all =
            |shapes: &[Self]| -> Option<Vec<String>> { shapes.iter().map(Self::line).collect() };
        match self {
            Self::Word(word) => Some(word.clone()),
            Self::Union(types) => Some(all(types)?.join(" | ")),
            Self::Array(element) => {
                let line = element.line()?;
                match **element {
                    Self::Union(_) => Some(format!("({line})[]")),
                    _ => Some(format!("{line}[]")),
                }
            }
            Self::Tuple(items) => Some(format!("[{}]", all(items)?.join(", "))),
            Self::Object { members, .. } if members.is_empty() => Some("{}".to_owned()),
            Self::Object { open: true, .. } | Self::Refusal(_) => None,
            Self::Object { members, .. } => {
                let members: Option<Vec<String>> = members
                    .iter()
                    .map(|(key, member)| Some(format!("{key}: {}", member.line()?)))
                    .collect();
                Some(format!("{{ {} }}", members?.join("; ")))
            }
        }
    }
}

/// Writes a member behind its key and colon; a union that does not fit begins on the next line.
fn write_member(member: &Shape, text: &mut String, indent: usize, key: usize) {
    let used = indent + key + ": ".len();
    let fits = |line: String| used + line.chars().count() <= WIDTH;
    match member {
        Shape::Union(types)
            if member.nullable_object().is_none() && !member.line().is_some_and(fits) =>
        {
            write_union(types, text, indent + STEP);
        }
        _ => {
            text.push(' ');
            member.write(text, indent, used);
        }
    }
}

fn write_array(element: &Shape, text: &mut String, indent: usize, used: usize) {
    match element {
        Shape::Union(types) => {
            text.push('(');
            write_union(types, text, indent + STEP);
            start_line(text, indent);
            text.push_str(")[]");
        }
        _ => {
            element.write(text, indent, used);
            text.push_str("[]");
        }
    }
}

fn write_union(types: &[Shape], text: &mut String, indent: usize) {
    for one in types {
        start_line(text, indent);
        text.push_str("| ");
        one.write(text, indent + STEP, indent + STEP);
    }
}

fn start_line(text: &mut String, indent: usize) {
    text.push('\n');
    text.extend(std::iter::repeat_n(' ', indent));
}
