//! What is known of a part's matches before any text is seen: their lengths, its greediness, its groups.

use super::{Kind, Node};

impl Node {
    /// Returns a part with what follows from its kind.
    pub(super) fn new(kind: Kind, id: usize) -> Self {
        let (min, max) = lengths(&kind);
        Self {
            shortest: shortest(&kind),
            groups: groups(&kind),
            refers: refers(&kind),
            id,
            min,
            max,
            kind,
        }
    }

    /// Returns how many parts it has, itself included.
    pub(super) fn size(&self) -> usize {
        1 + match &self.kind {
            Kind::Set(_) | Kind::Place(_) | Kind::Back(_) => 0,
            Kind::Look { inner, .. } | Kind::Group(_, inner) | Kind::Repeat { inner, .. } => {
                inner.size()
            }
            Kind::List(parts) | Kind::Either(parts) => parts.iter().map(Self::size).sum(),
        }
    }
}

fn lengths(kind: &Kind) -> (usize, Option<usize>) {
    match kind {
        Kind::Set(_) => (1, Some(1)),
        Kind::Place(_) | Kind::Look { .. } => (0, Some(0)),
        // What the group matched is not known yet.
        Kind::Back(_) => (0, None),
        Kind::Group(_, inner) => (inner.min, inner.max),
        Kind::List(parts) => (
            parts
                .iter()
                .fold(0, |sum: usize, part| sum.saturating_add(part.min)),
            parts
                .iter()
                .try_fold(0_usize, |sum, part| sum.checked_add(part.max?)),
        ),
        Kind::Either(parts) => (
            parts.iter().map(|part| part.min).min().unwrap_or(0),
            parts
                .iter()
                .try_fold(0_usize, |most, part| Some(most.max(part.max?))),
        ),
        Kind::Repeat { inner, least, most } => (
            inner.min.saturating_mul(*least),
            match (inner.max, most) {
                (Some(0), _) => Some(0),
                (Some(max), Some(most)) => max.checked_mul(*most),
                _ => None,
            },
        ),
    }
}

/// The greediness of a part: of a list that of the first part that has one; a choice is greedy.
fn shortest(kind: &Kind) -> Option<bool> {
    match kind {
        Kind::Set(_) | Kind::Place(_) | Kind::Look { .. } | Kind::Back(_) => None,
        Kind::Group(_, inner) | Kind::Repeat { inner, .. } => inner.shortest,
        Kind::List(parts) => parts.iter().find_map(|part| part.shortest),
        Kind::Either(_) => Some(false),
    }
}

fn groups(kind: &Kind) -> (usize, usize) {
    match kind {
        Kind::Set(_) | Kind::Place(_) | Kind::Look { .. } | Kind::Back(_) => (0, 0),
        Kind::Group(group, inner) => (*group, inner.groups.1.max(*group + 1)),
        Kind::Repeat { inner, .. } => inner.groups,
        Kind::List(parts) | Kind::Either(parts) => {
            let within = || {
                parts
                    .iter()
                    .map(|part| part.groups)
                    .filter(|it| it.0 < it.1)
            };
            match (within().map(|it| it.0).min(), within().map(|it| it.1).max()) {
                (Some(first), Some(last)) => (first, last),
                _ => (0, 0),
            }
        }
    }
}

fn refers(kind: &Kind) -> bool {
    match kind {
        Kind::Back(_) => true,
        Kind::Set(_) | Kind::Place(_) | Kind::Look { .. } => false,
        Kind::Group(_, inner) | Kind::Repeat { inner, .. } => inner.refers,
        Kind::List(parts) | Kind::Either(parts) => parts.iter().any(|part| part.refers),
    }
}
