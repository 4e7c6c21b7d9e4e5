//! [`Operator`]: PostgreSQL's binary operators; the types of the operands say which of its functions is meant.

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`; on `jsonb`, deletion of a key or element
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `^`
    Power,
    /// `||`: text, arrays, `jsonb`, `bytea`
    Concatenate,
    /// `like`
    Like,
    /// `ilike`
    ILike,
    /// `similar to`
    Similar,
    /// `~`
    Match,
    /// `~*`
    IMatch,
    /// `@>`: arrays, `jsonb`, ranges
    Contains,
    /// `<@`
    ContainedBy,
    /// `&&`
    Overlaps,
    /// `?`
    HasKey,
    /// `?|`
    HasAnyKey,
    /// `?&`
    HasAllKeys,
    /// `->`
    JsonGet,
    /// `->>`
    JsonGetText,
    /// `#>`
    JsonPath,
    /// `#>>`
    JsonPathText,
    /// `#-`
    JsonDeletePath,
    /// `&`
    BitAnd,
    /// `|`
    BitOr,
    /// `#`
    BitXor,
    /// `<<`: bits of integers; a range strictly left of another
    ShiftLeft,
    /// `>>`: bits of integers; a range strictly right of another
    ShiftRight,
    /// `&<`: a range that does not extend to the right of another
    NotRightOf,
    /// `&>`: a range that does not extend to the left of another
    NotLeftOf,
    /// `-|-`: ranges between which there is nothing
    Adjacent,
    /// `@@`: `tsvector`, `tsquery`, text
    Finds,
    /// `<->` on `tsquery`
    Phrase,
}

impl Operator {
    /// Returns the operator that PostgreSQL writes as `symbol`.
    pub fn named(symbol: &str) -> Option<Self> {
        Some(match symbol {
            "=" => Self::Equal,
            "<>" | "!=" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            "+" => Self::Add,
            "-" => Self::Subtract,
            "*" => Self::Multiply,
            "/" => Self::Divide,
            "%" => Self::Modulo,
            "^" => Self::Power,
            "||" => Self::Concatenate,
            "~~" => Self::Like,
            "~~*" => Self::ILike,
            "~" => Self::Match,
            "~*" => Self::IMatch,
            "@>" => Self::Contains,
            "<@" => Self::ContainedBy,
            "&&" => Self::Overlaps,
            "?" => Self::HasKey,
            "?|" => Self::HasAnyKey,
            "?&" => Self::HasAllKeys,
            "->" => Self::JsonGet,
            "->>" => Self::JsonGetText,
            "#>" => Self::JsonPath,
            "#>>" => Self::JsonPathText,
            "#-" => Self::JsonDeletePath,
            "&" => Self::BitAnd,
            "|" => Self::BitOr,
            "#" => Self::BitXor,
            "<<" => Self::ShiftLeft,
            ">>" => Self::ShiftRight,
            "&<" => Self::NotRightOf,
            "&>" => Self::NotLeftOf,
            "-|-" => Self::Adjacent,
            "@@" => Self::Finds,
            "<->" => Self::Phrase,
            _ => return None,
        })
    }

    /// Returns the operator as PostgreSQL writes it.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Power => "^",
            Self::Concatenate => "||",
            Self::Like => "~~",
            Self::ILike => "~~*",
            Self::Similar => "similar to",
            Self::Match => "~",
            Self::IMatch => "~*",
            Self::Contains => "@>",
            Self::ContainedBy => "<@",
            Self::Overlaps => "&&",
            Self::HasKey => "?",
            Self::HasAnyKey => "?|",
            Self::HasAllKeys => "?&",
            Self::JsonGet => "->",
            Self::JsonGetText => "->>",
            Self::JsonPath => "#>",
            Self::JsonPathText => "#>>",
            Self::JsonDeletePath => "#-",
            Self::BitAnd => "&",
            Self::BitOr => "|",
            Self::BitXor => "#",
            Self::ShiftLeft => "<<",
            Self::ShiftRight => ">>",
            Self::NotRightOf => "&<",
            Self::NotLeftOf => "&>",
            Self::Adjacent => "-|-",
            Self::Finds => "@@",
            Self::Phrase => "<->",
        }
    }

    /// Tells whether this is one of the six comparisons, which every comparable type has.
    pub fn is_comparison(self) -> bool {
        matches!(
            self,
            Self::Equal
                | Self::NotEqual
                | Self::Less
                | Self::LessOrEqual
                | Self::Greater
                | Self::GreaterOrEqual
        )
    }
}
