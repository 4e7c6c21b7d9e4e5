//! [`Query`]: a `tsquery`, words joined by operators.

use std::fmt;

use underpin_base::{Code, Error, Result};

use super::vector::{weight_letter, write_word};

/// The greatest distance of `<N>`.
pub(super) const DISTANCE_MAX: u16 = 16_384;

/// How deeply operators may be nested in each other. Operators of one kind side by side are one level.
pub(super) const DEPTH_MAX: usize = 256;

/// A word that is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Operand {
    pub(super) word: String,
    /// Words that begin so are meant.
    pub(super) prefix: bool,
    /// A bit for each weight that it may have (bit 3 is `A`); none for any.
    pub(super) weights: u8,
}

/// A part of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Operand(Operand),
    Not(Box<Self>),
    /// The first and those that are joined to it from left to right.
    Joined(Box<Self>, Vec<(Operator, Self)>),
}

/// An operator between two parts. In one [`Node::Joined`] all are of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    /// The right part stands so many words behind the left.
    Phrase(u16),
}

impl Operator {
    pub(super) fn priority(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Phrase(_) => 3,
        }
    }

    fn is_kind_of(self, other: Self) -> bool {
        self.priority() == other.priority()
    }
}

const PRIORITY_NOT: u8 = 4;

/// A `tsquery`. Its print is the canonical form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Nothing when there is no word in it; then it finds nothing.
    pub(super) root: Option<Node>,
}

impl Query {
    /// Returns both joined by `operator`; one of them when the other is empty.
    fn join(self, operator: Operator, other: Self) -> Result<Self> {
        let (Some(left), Some(right)) = (&self.root, &other.root) else {
            return Ok(if self.root.is_some() { self } else { other });
        };
        let root = left.clone().join(operator, right.clone());
        check_depth(root.depth())?;
        Ok(Self { root: Some(root) })
    }

    /// Returns `self && other`.
    ///
    /// # Errors
    /// `54001` when it is nested too deeply.
    pub fn and(self, other: Self) -> Result<Self> {
        self.join(Operator::And, other)
    }

    /// Returns `self || other`.
    ///
    /// # Errors
    /// Those of [`Query::and`].
    pub fn or(self, other: Self) -> Result<Self> {
        self.join(Operator::Or, other)
    }

    /// Returns `self <distance> other`.
    ///
    /// # Errors
    /// Those of [`Query::and`], and `22023` for a distance that is out of range.
    pub fn phrase(self, other: Self, distance: i64) -> Result<Self> {
        let distance = u16::try_from(distance)
            .ok()
            .filter(|distance| *distance <= DISTANCE_MAX)
            .ok_or_else(distance_out_of_range)?;
        self.join(Operator::Phrase(distance), other)
    }

    /// Returns `!! self`.
    ///
    /// # Errors
    /// Those of [`Query::and`].
    pub fn negate(self) -> Result<Self> {
        let Some(root) = self.root else {
            return Ok(self);
        };
        let root = Node::Not(Box::new(root));
        check_depth(root.depth())?;
        Ok(Self { root: Some(root) })
    }

    /// Returns the number of words and operators.
    pub fn node_count(&self) -> usize {
        self.root.as_ref().map_or(0, Node::count)
    }

    /// Returns what of the query an index can answer, as `querytree` prints it.
    pub fn indexable(&self) -> String {
        match &self.root {
            None => String::new(),
            Some(root) => match root.positive() {
                None => "T".to_owned(),
                Some(root) => Self { root: Some(root) }.to_string(),
            },
        }
    }

    /// Tells whether every word of `other` is one of this query's.
    pub fn contains(&self, other: &Self) -> bool {
        let words = |query: &Self| {
            let mut words = Vec::new();
            if let Some(root) = &query.root {
                root.each_operand(&mut |operand| words.push(operand.word.clone()));
            }
            words
        };
        let ours = words(self);
        words(other).iter().all(|word| ours.contains(word))
    }
}

impl Node {
    /// Returns `self operator right`.
    pub(super) fn join(self, operator: Operator, right: Self) -> Self {
        match self {
            Self::Joined(first, mut rest)
                if rest
                    .first()
                    .is_some_and(|(known, _)| known.is_kind_of(operator)) =>
            {
                rest.push((operator, right));
                Self::Joined(first, rest)
            }
            left => Self::Joined(Box::new(left), vec![(operator, right)]),
        }
    }

    pub(super) fn depth(&self) -> usize {
        match self {
            Self::Operand(_) => 1,
            Self::Not(operand) => 1 + operand.depth(),
            Self::Joined(first, rest) => {
                let rest = rest.iter().map(|(_, node)| node.depth()).max();
                1 + first.depth().max(rest.unwrap_or(0))
            }
        }
    }

    fn count(&self) -> usize {
        match self {
            Self::Operand(_) => 1,
            Self::Not(operand) => 1 + operand.count(),
            Self::Joined(first, rest) => {
                first.count() + rest.iter().map(|(_, node)| 1 + node.count()).sum::<usize>()
            }
        }
    }

    /// Calls `visit` with each word.
    pub(super) fn each_operand<'a>(&'a self, visit: &mut impl FnMut(&'a Operand)) {
        match self {
            Self::Operand(operand) => visit(operand),
            Self::Not(operand) => operand.each_operand(visit),
            Self::Joined(first, rest) => {
                first.each_operand(visit);
                for (_, node) in rest {
                    node.each_operand(visit);
                }
            }
        }
    }

    /// Returns the node without negations; nothing when that finds everything.
    fn positive(&self) -> Option<Self> {
        match self {
            Self::Operand(_) => Some(self.clone()),
            Self::Not(_) => None,
            Self::Joined(first, rest) => {
                let mut joined = first.positive();
                for (operator, node) in rest {
                    joined = match (joined, node.positive()) {
                        (Some(left), Some(right)) => Some(left.join(*operator, right)),
                        (one, None) | (None, one) if *operator != Operator::Or => one,
                        _ => None,
                    };
                }
                joined
            }
        }
    }

    /// Writes the node as an operand of an operator of priority `parent`.
    fn write(
        &self,
        formatter: &mut fmt::Formatter<'_>,
        parent: u8,
        right_of_phrase: bool,
    ) -> fmt::Result {
        match self {
            Self::Operand(operand) => operand.write(formatter),
            Self::Not(operand) => {
                formatter.write_str("!")?;
                operand.write(formatter, PRIORITY_NOT, false)
            }
            Self::Joined(first, rest) => {
                let operator = rest
                    .first()
                    .map_or(Operator::And, |(operator, _)| *operator);
                let priority = operator.priority();
                let is_phrase = matches!(operator, Operator::Phrase(_));
                let parentheses = priority < parent || (is_phrase && right_of_phrase);
                if parentheses {
                    formatter.write_str("( ")?;
                }
                first.write(formatter, priority, false)?;
                for (operator, node) in rest {
                    match operator {
                        Operator::Or => formatter.write_str(" | ")?,
                        Operator::And => formatter.write_str(" & ")?,
                        Operator::Phrase(1) => formatter.write_str(" <-> ")?,
                        Operator::Phrase(distance) => write!(formatter, " <{distance}> ")?,
                    }
                    node.write(formatter, priority, is_phrase)?;
                }
                if parentheses {
                    formatter.write_str(" )")?;
                }
                Ok(())
            }
        }
    }
}

impl Operand {
    fn write(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_word(formatter, &self.word)?;
        if self.prefix || self.weights != 0 {
            formatter.write_str(":")?;
        }
        if self.prefix {
            formatter.write_str("*")?;
        }
        for weight in (0..4).rev() {
            if self.weights & (1 << weight) != 0 {
                write!(formatter, "{}", weight_letter(weight))?;
            }
        }
        Ok(())
    }
}

/// Prints as PostgreSQL does: `'cat' & !( 'dog' | 'rat':*A )`.
impl fmt::Display for Query {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.root {
            Some(root) => root.write(formatter, 0, false),
            None => Ok(()),
        }
    }
}

/// Refuses what is nested so deeply that the stack would be in danger.
pub(super) fn check_depth(depth: usize) -> Result<()> {
    if depth <= DEPTH_MAX {
        return Ok(());
    }
    Err(
        Error::new(Code::TOO_COMPLEX, "stack depth limit exceeded").details(format!(
            "the tsquery is nested more than {DEPTH_MAX} levels deep"
        )),
    )
}

/// Returns `22023`.
pub(super) fn distance_out_of_range() -> Error {
    Error::new(
        Code::INVALID_PARAMETER,
        format!(
            "distance in phrase operator must be an integer value between zero and {DISTANCE_MAX} inclusive"
        ),
    )
}
