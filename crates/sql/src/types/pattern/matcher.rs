//! The division of a match among the parts of a pattern, and the search of patterns that are not regular.
//!
//! A part is asked whether it matches exactly from one place to another. A list tries where its first part may end, the furthest
//! end first or the nearest, as the part prefers, and asks the others of the rest; a repetition does the same with itself. What
//! failed once is remembered, so that a part without back-references is asked of two places only once; steps are counted
//! besides. The depth of the calls is that of the pattern's parentheses.

use std::collections::{HashMap, HashSet};

use underpin_base::Result;

use super::class::{is_word, same_letter};
use super::sequence::{Level, Sequence};
use super::text::{Captures, Text};
use super::{Kind, Node, Pattern, Place, too_complex};

/// How many steps a search may take, beside those for each character.
const STEPS_MAX: usize = 200_000;
/// How many steps more it may take for each character of the text.
const STEPS_PER_CHARACTER: usize = 16;
/// How many failures are remembered; without them a search takes longer and finds the same.
const REMEMBERED_MAX: usize = 100_000;
/// How many repetitions a match may divide into.
const LEVELS_MAX: usize = 100_000;
/// How many characters of a run are looked at in a step.
const CHARACTERS_PER_STEP: usize = 16;

impl Pattern {
    /// Divides a match, found from `start` to `end` bytes, among the groups.
    ///
    /// # Errors
    /// `2201B` when it takes too many steps.
    pub fn captures(&self, text: &Text, start: usize, end: usize) -> Result<Captures> {
        let (start, end) = (text.index(start), text.index(end));
        let mut matcher = Matcher::new(self, text);
        let _ = matcher.exact(&self.root, start, end)?;
        Ok(matcher.captures(start, end))
    }

    /// Returns where the match that begins at `start` bytes ends; nothing when none does.
    ///
    /// # Errors
    /// `2201B` when it takes too many steps.
    pub fn end(&self, text: &Text, start: usize) -> Result<Option<usize>> {
        let mut matcher = Matcher::new(self, text);
        let end = matcher.end(&self.root, text.index(start))?;
        Ok(end.map(|end| text.offset(end)))
    }

    /// Returns the first match that begins at `from` bytes or later.
    ///
    /// # Errors
    /// `2201B` when it takes too many steps.
    pub fn search(&self, text: &Text, from: usize) -> Result<Option<Captures>> {
        let mut matcher = Matcher::new(self, text);
        let anchored = self.root.begins_text();
        for start in text.index(from)..=text.len() {
            if anchored && start > 0 {
                break;
            }
            if let Some(end) = matcher.end(&self.root, start)? {
                return Ok(Some(matcher.captures(start, end)));
            }
        }
        Ok(None)
    }
}

impl Node {
    /// Tells whether it can match at the text's start alone.
    fn begins_text(&self) -> bool {
        match &self.kind {
            Kind::Place(Place::TextStart) => true,
            Kind::List(parts) => parts.first().is_some_and(Self::begins_text),
            Kind::Group(_, inner) => inner.begins_text(),
            _ => false,
        }
    }
}

struct Matcher<'p> {
    text: &'p Text,
    ignore_case: bool,
    steps: usize,
    steps_max: usize,
    /// What each group matched; the first place is of none.
    groups: Vec<Option<(usize, usize)>>,
    /// How many characters each group can match at most, where it was looked at last.
    widest: Vec<usize>,
    /// Parts, and from where to where they do not match.
    failed: HashSet<(usize, usize, usize)>,
    /// Look-around, and whether it holds at a place.
    looked: HashMap<(usize, usize), bool>,
    /// Repeated sets of characters, and the last run of theirs that was looked at.
    reached: HashMap<usize, (usize, usize)>,
}

impl<'p> Matcher<'p> {
    fn new(pattern: &Pattern, text: &'p Text) -> Self {
        Self {
            text,
            ignore_case: pattern.options.ignore_case,
            steps: 0,
            steps_max: STEPS_MAX + STEPS_PER_CHARACTER * text.len(),
            groups: vec![None; pattern.groups + 1],
            widest: vec![0; pattern.groups + 1],
            failed: HashSet::new(),
            looked: HashMap::new(),
            reached: HashMap::new(),
        }
    }

    fn captures(&self, start: usize, end: usize) -> Captures {
        let bytes = |(start, end)| (self.text.offset(start), self.text.offset(end));
        let groups = self.groups.iter().skip(1).map(|group| group.map(bytes));
        std::iter::once(Some(bytes((start, end))))
            .chain(groups)
            .collect()
    }

    fn step(&mut self) -> Result<()> {
        self.steps += 1;
        if self.steps > self.steps_max {
            return Err(too_complex());
        }
        Ok(())
    }

    /// Returns where a match of `node` that begins at `start` ends, the furthest place or, when it prefers that, the nearest.
    fn end(&mut self, node: &Node, start: usize) -> Result<Option<usize>> {
        let Some((nearest, furthest)) = self.ends(node, start, start)? else {
            return Ok(None);
        };
        if nearest > furthest {
            return Ok(None);
        }
        for distance in 0..=furthest - nearest {
            let end = if node.shortest == Some(true) {
                nearest + distance
            } else {
                furthest - distance
            };
            if self.exact(node, start, end)? {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    /// Returns between which places `node` may end that begins between `first` and `last`; nothing when it cannot begin there.
    ///
    /// It is a bound, made without search, which leaves most places out of it.
    fn ends(&mut self, node: &Node, first: usize, last: usize) -> Result<Option<(usize, usize)>> {
        self.step()?;
        let known = first == last;
        let length = self.text.len();
        let found = match &node.kind {
            Kind::Set(_) if known && !self.is_in(node, first) => None,
            Kind::Place(place) if known && !self.holds(*place, first) => None,
            Kind::Look { .. } if known && !self.look(node, first)? => None,
            Kind::Set(_) | Kind::Place(_) | Kind::Look { .. } => {
                Some((first + node.min, last + node.min))
            }
            Kind::Back(group) => {
                // What the group matched, or can match from where it was last looked at.
                let matched = self.groups.get(*group).copied().flatten();
                let matched = matched.map_or(0, |(from, to)| to - from);
                let widest = self.widest.get(*group).copied().unwrap_or(0);
                Some((first, last + matched.max(widest)))
            }
            Kind::Group(group, inner) => {
                let found = self.ends(inner, first, last)?;
                if let (Some((_, furthest)), Some(widest)) = (found, self.widest.get_mut(*group)) {
                    *widest = furthest - first;
                }
                found
            }
            Kind::List(parts) => {
                let mut range = Some((first, last));
                for part in parts {
                    let Some((first, last)) = range else { break };
                    range = self.ends(part, first, last)?;
                }
                range
            }
            Kind::Either(parts) => {
                let mut range: Option<(usize, usize)> = None;
                for part in parts {
                    if let Some((nearest, furthest)) = self.ends(part, first, last)? {
                        let (low, high) = range.unwrap_or((nearest, furthest));
                        range = Some((low.min(nearest), high.max(furthest)));
                    }
                }
                range
            }
            Kind::Repeat { inner, least, .. } => self.ends_repeated(inner, *least, first, last)?,
        };
        Ok(found.and_then(|(nearest, furthest)| {
            let nearest = nearest.max(first.saturating_add(node.min));
            let most = node.max.map_or(length, |max| last.saturating_add(max));
            let furthest = furthest.min(most).min(length);
            (nearest <= furthest).then_some((nearest, furthest))
        }))
    }

    fn ends_repeated(
        &mut self,
        inner: &Node,
        least: usize,
        first: usize,
        last: usize,
    ) -> Result<Option<(usize, usize)>> {
        if let Kind::Set(_) = inner.kind {
            let mut furthest = 0;
            let mut place = first;
            while place <= last {
                let end = self.reach(inner, place)?;
                furthest = furthest.max(end);
                place = end + 1;
            }
            return Ok(Some((first, furthest)));
        }
        if least > 0 && self.ends(inner, first, last)?.is_none() {
            return Ok(None);
        }
        // A later repetition may begin anywhere.
        let length = self.text.len();
        let (group, behind) = inner.groups;
        if let Some(widest) = self.widest.get_mut(group..behind) {
            widest.fill(inner.max.unwrap_or(length).min(length));
        }
        Ok(Some((first, length)))
    }

    /// Returns how far the characters from `start` on are all of a set.
    fn reach(&mut self, set: &Node, start: usize) -> Result<usize> {
        if let Some((from, to)) = self.reached.get(&set.id)
            && (*from..=*to).contains(&start)
        {
            return Ok(*to);
        }
        let mut end = start;
        while self.is_in(set, end) {
            end += 1;
        }
        self.steps += (end - start) / CHARACTERS_PER_STEP;
        self.step()?;
        self.reached.insert(set.id, (start, end));
        Ok(end)
    }

    fn is_in(&self, set: &Node, index: usize) -> bool {
        match (&set.kind, self.text.at(index)) {
            (Kind::Set(set), Some(character)) => set.contains(character, self.ignore_case),
            _ => false,
        }
    }

    /// Tells whether `node` matches exactly from `start` to `end`, and notes what its groups match.
    fn exact(&mut self, node: &Node, start: usize, end: usize) -> Result<bool> {
        self.step()?;
        let length = end.saturating_sub(start);
        if length < node.min || node.max.is_some_and(|max| length > max) {
            return Ok(false);
        }
        let key = (node.id, start, end);
        let remembered = !node.refers
            && matches!(
                node.kind,
                Kind::List(_) | Kind::Either(_) | Kind::Repeat { .. }
            );
        if remembered && self.failed.contains(&key) {
            return Ok(false);
        }
        let matches = match &node.kind {
            Kind::Set(_) => length == 1 && self.is_in(node, start),
            Kind::Place(place) => self.holds(*place, start),
            Kind::Look { .. } => self.look(node, start)?,
            Kind::Back(group) => self.repeats(*group, start, end),
            Kind::Group(group, inner) => {
                let matches = self.exact(inner, start, end)?;
                if matches && let Some(slot) = self.groups.get_mut(*group) {
                    *slot = Some((start, end));
                }
                matches
            }
            Kind::Either(parts) => self.either(parts, start, end)?,
            Kind::List(parts) if node.max == Some(node.min) => self.fixed(parts, start)?,
            Kind::List(parts) => self.sequence(Sequence::List(parts), start, end)?,
            Kind::Repeat { inner, least, most } => {
                self.repeat(inner, (*least, *most), start, end)?
            }
        };
        if remembered && !matches {
            if self.failed.len() >= REMEMBERED_MAX {
                self.failed.clear();
            }
            self.failed.insert(key);
        }
        Ok(matches)
    }

    fn either(&mut self, parts: &[Node], start: usize, end: usize) -> Result<bool> {
        for part in parts {
            let before = self.groups.clone();
            if self.exact(part, start, end)? {
                return Ok(true);
            }
            self.groups = before;
        }
        Ok(false)
    }

    /// Tells whether parts that each have one length match from `start` on.
    fn fixed(&mut self, parts: &[Node], start: usize) -> Result<bool> {
        let before = self.groups.clone();
        let mut place = start;
        for part in parts {
            if !self.exact(part, place, place + part.min)? {
                self.groups = before;
                return Ok(false);
            }
            place += part.min;
        }
        Ok(true)
    }

    fn repeat(
        &mut self,
        inner: &Node,
        (least, most): (usize, Option<usize>),
        start: usize,
        end: usize,
    ) -> Result<bool> {
        if let Kind::Back(group) = inner.kind
            && self.groups.get(group).copied().flatten().is_none()
        {
            // What refers to a group that took no part fails, even no times.
            return Ok(false);
        }
        if start == end && least == 0 {
            // Once rather than not at all, unless it takes as little as it can: groups match the empty text where they can.
            let once = inner.groups.1 > 0 && inner.shortest != Some(true);
            if !once || !self.exact(inner, start, end)? {
                self.forget(inner);
            }
            return Ok(true);
        }
        if let Kind::Set(_) = inner.kind {
            return Ok(self.reach(inner, start)? >= end);
        }
        let least = least.max(1);
        // Each but those that must be empty takes a character at least.
        let most = most.unwrap_or(usize::MAX).min(end - start).max(least);
        self.sequence(Sequence::Repeat(inner, least, most), start, end)
    }

    /// Tells whether the parts of `sequence` match one after the other from `start` to `end`.
    fn sequence(&mut self, sequence: Sequence<'_>, start: usize, end: usize) -> Result<bool> {
        let Some(first) = sequence.part(0) else {
            return Ok(start == end);
        };
        let refers = sequence.refers();
        let mut failed: HashSet<(usize, usize)> = HashSet::new();
        let mut levels = vec![self.level(sequence, first, 0, start, end)?];
        loop {
            let place = levels.len() - 1;
            let (Some(level), Some(part)) = (levels.last_mut(), sequence.part(place)) else {
                return Ok(false);
            };
            self.step()?;
            let from = level.start;
            let Some(middle) = level.next(part.shortest == Some(true)) else {
                self.groups.clone_from(&level.groups);
                if !refers && failed.len() < REMEMBERED_MAX {
                    failed.insert((sequence.remembered(place), from));
                }
                levels.pop();
                if levels.is_empty() {
                    return Ok(false);
                }
                continue;
            };
            self.groups.clone_from(&level.groups);
            if let Sequence::Repeat(inner, ..) = sequence {
                self.forget(inner);
            }
            if !self.exact(part, from, middle)? {
                continue;
            }
            if middle == end && sequence.may_end(place + 1) {
                return Ok(true);
            }
            let Some(next) = sequence.part(place + 1) else {
                continue;
            };
            if !failed.contains(&(sequence.remembered(place + 1), middle)) {
                if levels.len() >= LEVELS_MAX {
                    return Err(too_complex());
                }
                let level = self.level(sequence, next, place + 1, middle, end)?;
                levels.push(level);
            }
        }
    }

    /// Returns where part `place` of a sequence, which begins at `start`, may end so that the others fit behind it.
    fn level(
        &mut self,
        sequence: Sequence<'_>,
        part: &Node,
        place: usize,
        start: usize,
        end: usize,
    ) -> Result<Level> {
        let (rest_min, rest_max) = sequence.rest(place + 1);
        let mut nearest = start.saturating_add(part.min);
        if let Some(rest_max) = rest_max {
            nearest = nearest.max(end.saturating_sub(rest_max));
        }
        if let Sequence::Repeat(_, least, _) = sequence {
            let wanted = least.saturating_sub(place + 1);
            // A repetition is empty only where there is nothing left for those that must be.
            if place >= least || wanted < end.saturating_sub(start) {
                nearest = nearest.max(start + 1);
            }
        }
        let ends = match part.kind {
            Kind::Back(group) => {
                let matched = self.groups.get(group).copied().flatten();
                matched.map(|(from, to)| (start + (to - from), start + (to - from)))
            }
            _ => self.ends(part, start, start)?,
        };
        let (first, last) = ends.unwrap_or((1, 0));
        let nearest = nearest.max(first);
        let furthest = last.min(end.saturating_sub(rest_min));
        Ok(Level {
            start,
            done: ends.is_none() || end < rest_min || nearest > furthest,
            furthest,
            nearest,
            groups: self.groups.clone(),
        })
    }

    /// Forgets what the groups of a part matched.
    fn forget(&mut self, node: &Node) {
        let (first, last) = node.groups;
        for group in self.groups.get_mut(first..last).unwrap_or_default() {
            *group = None;
        }
    }

    fn holds(&self, place: Place, index: usize) -> bool {
        let word = |character: Option<char>| character.is_some_and(is_word);
        let (before, after) = (self.text.before(index), self.text.at(index));
        match place {
            Place::TextStart => index == 0,
            Place::TextEnd => index == self.text.len(),
            Place::LineStart => before.is_none_or(|it| it == '\n'),
            Place::LineEnd => after.is_none_or(|it| it == '\n'),
            Place::WordStart => !word(before) && word(after),
            Place::WordEnd => word(before) && !word(after),
            Place::WordEdge => word(before) != word(after),
            Place::NoWordEdge => word(before) == word(after),
        }
    }

    fn look(&mut self, node: &Node, index: usize) -> Result<bool> {
        let Kind::Look {
            behind,
            negated,
            inner,
        } = &node.kind
        else {
            return Ok(false);
        };
        if let Some(known) = self.looked.get(&(node.id, index)) {
            return Ok(*known);
        }
        let found = if *behind {
            let nearest = index.saturating_sub(inner.max.unwrap_or(index));
            let mut found = false;
            for start in nearest..=index.saturating_sub(inner.min) {
                if self.exact(inner, start, index)? {
                    found = true;
                    break;
                }
            }
            found
        } else {
            self.end(inner, index)?.is_some()
        };
        if self.looked.len() >= REMEMBERED_MAX {
            self.looked.clear();
        }
        self.looked.insert((node.id, index), found != *negated);
        Ok(found != *negated)
    }

    /// Tells whether what `group` matched stands again from `start` to `end`.
    fn repeats(&self, group: usize, start: usize, end: usize) -> bool {
        let Some((from, to)) = self.groups.get(group).copied().flatten() else {
            return false;
        };
        to - from == end - start
            && (from..to).zip(start..end).all(|(left, right)| {
                match (self.text.at(left), self.text.at(right)) {
                    (Some(left), Some(right)) if self.ignore_case => same_letter(left, right),
                    (left, right) => left == right,
                }
            })
    }
}
