//! [`Kind`] and [`Value`]: what a setting may be, and how text and TOML become it.

use toml::de::DeValue;

/// What a setting's value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Boolean,
    /// A whole number within bounds, both included.
    Integer {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// Text.
    Text,
    /// Text that no message repeats.
    Secret,
    /// A list of texts; as text, separated by commas.
    List,
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Of [`Kind::Boolean`].
    Boolean(bool),
    /// Of [`Kind::Integer`].
    Integer(i64),
    /// Of [`Kind::Text`], [`Kind::Secret`] and [`Kind::Choice`].
    Text(String),
    /// Of [`Kind::List`].
    List(Vec<String>),
}

impl Kind {
    /// Returns what is expected, for messages and for the documentation.
    pub(crate) fn expected(self) -> String {
        match self {
            Self::Boolean => "true or false".to_owned(),
            Self::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Self::Text | Self::Secret => "a text".to_owned(),
            Self::List => "a list of texts".to_owned(),
            Self::Choice(words) => {
                let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
                format!("one of {}", quoted.join(", "))
            }
        }
    }

    /// Reads a value from text: an environment variable, a flag or a default. The error is what was found instead.
    pub(crate) fn read_text(self, text: &str) -> Result<Value, String> {
        let found = || match self {
            Self::Secret => "something else".to_owned(),
            _ => format!("\"{text}\""),
        };
        match self {
            Self::Boolean => match text {
                "true" => Ok(Value::Boolean(true)),
                "false" => Ok(Value::Boolean(false)),
                _ => Err(found()),
            },
            Self::Integer { min, max } => match text.replace('_', "").parse() {
                Ok(number) if (min..=max).contains(&number) => Ok(Value::Integer(number)),
                _ => Err(found()),
            },
            Self::Text | Self::Secret => Ok(Value::Text(text.to_owned())),
            Self::List => Ok(Value::List(
                text.split(',')
                    .map(|item| item.trim().to_owned())
                    .filter(|item| !item.is_empty())
                    .collect(),
            )),
            Self::Choice(words) if words.contains(&text) => Ok(Value::Text(text.to_owned())),
            Self::Choice(_) => Err(found()),
        }
    }

    /// Reads a value from TOML, texts through `expand`, which replaces references to the environment. The error is what was found instead.
    pub(crate) fn read_toml(
        self,
        value: &DeValue<'_>,
        expand: &dyn Fn(&str) -> Result<String, String>,
    ) -> Result<Value, String> {
        match (self, value) {
            (Self::Boolean, DeValue::Boolean(value)) => Ok(Value::Boolean(*value)),
            (Self::Integer { .. }, DeValue::Integer(number)) => {
                i64::from_str_radix(&number.as_str().replace('_', ""), number.radix())
                    .map_err(|_| number.as_str().to_owned())
                    .and_then(|number| self.read_text(&number.to_string()))
            }
            (Self::List, DeValue::Array(items)) => items
                .iter()
                .map(|item| match item.get_ref() {
                    DeValue::String(text) => expand(text),
                    other => Err(format!("a list with {}", article(other.type_str()))),
                })
                .collect::<Result<_, _>>()
                .map(Value::List),
            (_, DeValue::String(text)) => {
                let expanded = expand(text)?;
                // A number may come from the environment, where everything is text; a plain text is no number.
                if *text == expanded && matches!(self, Self::Boolean | Self::Integer { .. }) {
                    return Err(format!("the text \"{text}\""));
                }
                if *text == expanded && self == Self::List {
                    return Ok(Value::List(vec![expanded]));
                }
                self.read_text(&expanded)
            }
            (_, other) => Err(article(other.type_str())),
        }
    }
}

fn article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {noun}")
}
