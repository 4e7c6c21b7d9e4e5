//! [`Sequence`]: parts that follow each other, and [`Level`]: the place of one of them while they are tried.

use super::Node;

/// Where the next part of a sequence may end.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) start: usize,
    /// The ends that are left, both included; none when the first is behind the second.
    pub(super) nearest: usize,
    pub(super) furthest: usize,
    pub(super) done: bool,
    /// What the groups had matched before.
    pub(super) groups: Vec<Option<(usize, usize)>>,
}

/// Parts that follow each other.
#[derive(Clone, Copy)]
pub(super) enum Sequence<'n> {
    List(&'n [Node]),
    /// A part again and again: at least and at most so often.
    Repeat(&'n Node, usize, usize),
}

impl Level {
    /// Returns the next end to try.
    pub(super) fn next(&mut self, shortest: bool) -> Option<usize> {
        if self.done {
            return None;
        }
        let end = if shortest {
            self.nearest
        } else {
            self.furthest
        };
        self.done = self.nearest >= self.furthest;
        if shortest {
            self.nearest += 1;
        } else {
            self.furthest = self.furthest.saturating_sub(1);
        }
        Some(end)
    }
}

impl<'n> Sequence<'n> {
    pub(super) fn part(self, place: usize) -> Option<&'n Node> {
        match self {
            Self::List(parts) => parts.get(place),
            Self::Repeat(inner, _, most) => (place < most).then_some(inner),
        }
    }

    /// Tells whether a part refers back to what another matched.
    pub(super) fn refers(self) -> bool {
        match self {
            Self::List(parts) => parts.iter().any(|part| part.refers),
            Self::Repeat(inner, ..) => inner.refers,
        }
    }

    /// Tells whether so many parts may be all.
    pub(super) fn may_end(self, count: usize) -> bool {
        match self {
            Self::List(parts) => count == parts.len(),
            Self::Repeat(_, least, _) => count >= least,
        }
    }

    /// Returns what tells the rest from part `place` on from other rests: in an endless repetition they are all alike.
    pub(super) fn remembered(self, place: usize) -> usize {
        match self {
            Self::Repeat(_, least, usize::MAX) => place.min(least),
            _ => place,
        }
    }

    /// Returns the fewest and the most characters of the parts from `place` on.
    pub(super) fn rest(self, place: usize) -> (usize, Option<usize>) {
        match self {
            Self::List(parts) => {
                let parts = parts.get(place..).unwrap_or_default();
                (
                    parts.iter().map(|part| part.min).sum(),
                    parts
                        .iter()
                        .try_fold(0_usize, |sum, part| sum.checked_add(part.max?)),
                )
            }
            Self::Repeat(inner, least, most) => (
                inner.min.saturating_mul(least.saturating_sub(place)),
                inner
                    .max
                    .and_then(|max| max.checked_mul(most.saturating_sub(place))),
            ),
        }
    }
}
