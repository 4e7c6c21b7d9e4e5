//! The choice of words for a headline: the stretches that satisfy the query, cut or stretched to a good length.

use underpin_base::{Code, Error, Result};

use super::headline::{Word, Words};
use super::headline_options::Options;
use super::matching::{Answer, Places, Words as Found, evaluate};
use super::query::{Node, Operand, Query};
use super::scan::Token;

/// The most words that are looked at while stretches are looked for.
const STEPS_MAX: usize = 5_000_000;

/// Marks the words of the excerpt.
///
/// # Errors
/// `54001` when it takes too many steps.
pub(super) fn choose(words: &mut Words<'_, '_>, query: &Query, options: &Options) -> Result<()> {
    let fragments = options.fragments_max.max(1);
    let length = options.words_max.saturating_mul(10).max(100);
    let mut covers = Covers {
        root: query.root.as_ref(),
        length: usize::try_from(if options.fragments_max > 0 {
            length.saturating_mul(fragments)
        } else {
            length
        })
        .unwrap_or(usize::MAX),
        steps: STEPS_MAX,
    };
    if options.fragments_max > 0 {
        return fragments_of(words, &mut covers, options);
    }
    let range = if options.all {
        Some((0, words.words.len()))
    } else {
        stretch_of(words, &mut covers, options)?
    };
    if let Some((start, end)) = range {
        show(words, options.all, start, end);
    }
    Ok(())
}

/// Looks for stretches that satisfy the query.
struct Covers<'q> {
    root: Option<&'q Node>,
    /// The most words of a stretch.
    length: usize,
    steps: usize,
}

/// The words of a stretch, where the words of a query are looked for.
struct Stretch<'s, 'a, 'q> {
    words: &'s [Word<'a>],
    operands: &'s [&'q Operand],
}

impl Stretch<'_, '_, '_> {
    fn positions<'s>(&'s self, operand: &'s Operand) -> impl Iterator<Item = u32> + 's {
        let item = self
            .operands
            .iter()
            .position(|known| std::ptr::eq(*known, operand));
        self.words
            .iter()
            .filter(move |word| word.item.is_some() && word.item == item)
            .map(|word| word.position)
    }
}

impl Found for Stretch<'_, '_, '_> {
    fn has(&self, operand: &Operand) -> Answer {
        match self.positions(operand).next() {
            Some(_) => Answer::Yes,
            None => Answer::No,
        }
    }

    fn places(&self, operand: &Operand) -> (Answer, Places) {
        let mut at: Vec<u32> = self.positions(operand).collect();
        at.dedup();
        match at.is_empty() {
            true => (Answer::No, Places::default()),
            false => (Answer::Yes, Places::of_word(at)),
        }
    }
}

impl Covers<'_> {
    /// Returns the first and shortest stretch from word `from` on, by its first and last word.
    fn next(&mut self, words: &Words<'_, '_>, from: usize) -> Result<Option<(usize, usize)>> {
        let Some(root) = self.root else {
            return Ok(None);
        };
        let mut start = next_item(words, from);
        while let Some(first) = start {
            let mut end = Some(first);
            while let Some(last) = end.filter(|last| last - first < self.length) {
                let stretch = Stretch {
                    words: words.words.get(first..=last).unwrap_or_default(),
                    operands: &words.operands,
                };
                self.count(stretch.words.len())?;
                if evaluate(root, &stretch) != Answer::No {
                    return Ok(Some((first, last)));
                }
                end = next_item(words, last + 1);
            }
            start = next_item(words, first + 1);
        }
        Ok(None)
    }

    fn count(&mut self, steps: usize) -> Result<()> {
        self.steps = self.steps.checked_sub(steps).ok_or_else(|| {
            Error::new(
                Code::TOO_COMPLEX,
                "the document has too many of the words that are looked for",
            )
        })?;
        Ok(())
    }
}

fn next_item(words: &Words<'_, '_>, from: usize) -> Option<usize> {
    let rest = words.words.get(from..)?;
    let index = rest.iter().position(|word| word.item.is_some())?;
    Some(from + index)
}

/// Tells whether a token counts as a word.
fn is_word(token: Token) -> bool {
    !matches!(token, Token::Blank | Token::Tag) && !is_compound(token)
}

/// Tells whether the parts of a token follow it.
fn is_compound(token: Token) -> bool {
    matches!(
        token,
        Token::Url | Token::NumberCompound | Token::AsciiCompound | Token::Compound
    )
}

/// Tells whether a word is one of the query's, counted once.
fn is_interesting(word: &Word<'_>) -> bool {
    word.item.is_some() && !word.repeated
}

/// Tells whether an excerpt had better not end with the word.
fn is_bad_end(word: &Word<'_>, options: &Options) -> bool {
    let weak = !is_word(word.token)
        || matches!(
            word.token,
            Token::Scientific
                | Token::Version
                | Token::Decimal
                | Token::SignedInteger
                | Token::UnsignedInteger
                | Token::Protocol
                | Token::Entity
        );
    let short = i64::try_from(word.text.len()).unwrap_or(i64::MAX) <= options.short;
    (weak || short) && !is_interesting(word)
}

/// Marks the words from `start` to before `end`.
fn show(words: &mut Words<'_, '_>, all: bool, start: usize, end: usize) {
    let words = words.words.get_mut(start..end).unwrap_or_default();
    for word in words {
        word.marked |= word.item.is_some();
        if word.token == Token::Tag {
            word.blank |= !all;
        } else {
            word.skipped |= is_compound(word.token);
        }
        word.shown = !word.repeated;
    }
}

/// How many words and how many of the query's a stretch has.
#[derive(Clone, Copy, Default)]
struct Count {
    words: i64,
    interesting: i64,
}

impl Count {
    fn add(&mut self, word: &Word<'_>) {
        self.words += i64::from(is_word(word.token));
        self.interesting += i64::from(is_interesting(word));
    }

    fn remove(&mut self, word: &Word<'_>) {
        self.words -= i64::from(is_word(word.token));
        self.interesting -= i64::from(is_interesting(word));
    }
}

/// The first words of the document: what is shown when nothing was found.
fn beginning(words: &[Word<'_>], options: &Options) -> (usize, usize) {
    let mut count = Count::default();
    let mut end = 0;
    for (index, word) in words.iter().enumerate() {
        if count.words >= options.words_min {
            break;
        }
        count.add(word);
        end = index + 1;
    }
    (0, end)
}

/// Returns the best stretch, from its first word to before its end; nothing of an empty document.
fn stretch_of(
    words: &Words<'_, '_>,
    covers: &mut Covers<'_>,
    options: &Options,
) -> Result<Option<(usize, usize)>> {
    let mut best: Option<Candidate> = None;
    let mut from = 0;
    while let Some((first, last)) = covers.next(words, from)? {
        let candidate = Candidate::of(&words.words, first, last, options);
        covers.count(candidate.end - candidate.start + 1)?;
        if best.as_ref().is_none_or(|best| candidate.beats(best)) {
            best = Some(candidate);
        }
        from = first + 1;
    }
    Ok(match best {
        Some(best) => Some((best.start, best.end + 1)),
        None if words.words.is_empty() => None,
        None => Some(beginning(&words.words, options)),
    })
}

/// A stretch that may be shown.
struct Candidate {
    start: usize,
    /// The last word.
    end: usize,
    interesting: i64,
    /// The cover that it was made from is in it.
    whole: bool,
    ends_badly: bool,
}

impl Candidate {
    fn beats(&self, best: &Self) -> bool {
        if self.whole != best.whole {
            return self.whole;
        }
        self.interesting > best.interesting
            || (self.interesting == best.interesting && !self.ends_badly && best.ends_badly)
    }

    /// Makes a cover as long as wanted, or cuts it.
    fn of(words: &[Word<'_>], first: usize, last: usize, options: &Options) -> Self {
        let mut count = Count::default();
        let (mut start, mut end) = (first, first);
        let mut index = first;
        while let Some(word) = words.get(index).filter(|_| index <= last) {
            if count.words >= options.words_max {
                break;
            }
            count.add(word);
            end = index;
            index += 1;
        }
        if count.words < options.words_max {
            end = stretched(
                words,
                index.saturating_sub(1),
                last,
                end,
                &mut count,
                options,
            );
            if count.words < options.words_min {
                start = stretched_back(words, first, &mut count, options);
            }
        } else {
            let mut index = index.min(last);
            while count.words > options.words_min {
                let Some(word) = words.get(index).filter(|word| is_bad_end(word, options)) else {
                    break;
                };
                count.remove(word);
                index = index.saturating_sub(1);
                end = index;
            }
        }
        Self {
            start,
            end,
            interesting: count.interesting,
            whole: start <= first && end >= last,
            ends_badly: words.get(end).is_none_or(|word| is_bad_end(word, options)),
        }
    }
}

/// Goes forward to a good end; returns it.
fn stretched(
    words: &[Word<'_>],
    from: usize,
    last: usize,
    mut end: usize,
    count: &mut Count,
    options: &Options,
) -> usize {
    for (index, word) in words.iter().enumerate().skip(from) {
        if count.words >= options.words_max {
            break;
        }
        if index > last {
            count.add(word);
        }
        end = index;
        if !is_bad_end(word, options) && count.words >= options.words_min {
            break;
        }
    }
    end
}

/// Goes back to a good start; returns it.
fn stretched_back(words: &[Word<'_>], first: usize, count: &mut Count, options: &Options) -> usize {
    for (index, word) in words.iter().enumerate().take(first).rev() {
        count.add(word);
        let full = count.words >= options.words_max;
        if full || (!is_bad_end(word, options) && count.words >= options.words_min) {
            return index;
        }
    }
    0
}

/// A part of a cover that is short enough.
#[derive(Clone, Copy)]
struct Fragment {
    start: usize,
    /// The last word.
    end: usize,
    count: Count,
    out: bool,
}

/// Marks several fragments, the best first.
fn fragments_of(
    words: &mut Words<'_, '_>,
    covers: &mut Covers<'_>,
    options: &Options,
) -> Result<()> {
    let mut fragments: Vec<Fragment> = Vec::new();
    let mut from = 0;
    while let Some((first, last)) = covers.next(words, from)? {
        let mut start = first;
        while start <= last {
            let fragment = next_fragment(&words.words, start, last, options);
            start = fragment.end + 1;
            fragments.push(fragment);
        }
        from = first + 1;
    }
    let mut found = false;
    for _ in 0..options.fragments_max {
        covers.count(fragments.len() + 1)?;
        let Some(best) = best_fragment(&fragments) else {
            break;
        };
        found = true;
        let Some(chosen) = fragments.get(best).copied() else {
            break;
        };
        let (start, end) = widened(&words.words, chosen, options);
        show(words, options.all, start, end + 1);
        for (index, other) in fragments.iter_mut().enumerate() {
            let inside = |at: usize| (start..=end).contains(&at);
            other.out |= index == best
                || inside(other.start)
                || inside(other.end)
                || (other.start < start && other.end > end);
        }
    }
    if !found && !words.words.is_empty() {
        let (start, end) = beginning(&words.words, options);
        show(words, options.all, start, end);
    }
    Ok(())
}

/// Returns the next part of a cover that both begins and ends with a word of the query.
fn next_fragment(words: &[Word<'_>], from: usize, last: usize, options: &Options) -> Fragment {
    let within = |index: &usize| *index <= last;
    let start = (from..words.len())
        .take_while(within)
        .find(|index| words.get(*index).is_some_and(is_interesting))
        .unwrap_or(last);
    let mut count = Count::default();
    let mut index = start;
    while let Some(word) = words.get(index).filter(|_| index <= last) {
        if count.words >= options.words_max {
            break;
        }
        count.add(word);
        index += 1;
    }
    let mut end = last;
    if last > index {
        for (index, word) in words.iter().enumerate().take(index + 1).skip(start).rev() {
            end = index;
            if is_interesting(word) {
                break;
            }
            count.words -= i64::from(is_word(word.token));
        }
    }
    Fragment {
        start,
        end,
        count,
        out: false,
    }
}

/// Returns the fragment with the most words of the query; of several the shortest.
fn best_fragment(fragments: &[Fragment]) -> Option<usize> {
    let (mut interesting, mut length, mut best) = (0, i64::MAX, None);
    for (index, fragment) in fragments.iter().enumerate().filter(|(_, it)| !it.out) {
        let count = fragment.count;
        if interesting < count.interesting
            || (interesting == count.interesting && length > count.words)
        {
            (interesting, length, best) = (count.interesting, count.words, Some(index));
        }
    }
    best
}

/// Makes a fragment longer on both sides, up to what is shown already; returns its first and last word.
fn widened(words: &[Word<'_>], fragment: Fragment, options: &Options) -> (usize, usize) {
    let (start, end) = (fragment.start, fragment.end);
    let mut length = fragment.count.words;
    if length >= options.words_max {
        return (start, end);
    }
    let most = (options.words_max - length) / 2;
    let mut added = 0;
    let mut first = start;
    for (index, word) in words.iter().enumerate().take(start).rev() {
        if added >= most || word.shown {
            break;
        }
        added += i64::from(is_word(word.token));
        first = index;
    }
    length += added;
    while let Some(word) = words.get(first).filter(|_| first < start) {
        if !is_bad_end(word, options) {
            break;
        }
        length -= i64::from(is_word(word.token));
        first += 1;
    }
    let mut last = end;
    for (index, word) in words.iter().enumerate().skip(end + 1) {
        if length >= options.words_max || word.shown {
            break;
        }
        length += i64::from(is_word(word.token));
        last = index;
    }
    while let Some(word) = words.get(last).filter(|_| last > end) {
        if !is_bad_end(word, options) {
            break;
        }
        last -= 1;
    }
    (first, last)
}
