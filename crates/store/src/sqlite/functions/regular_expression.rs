//! [`Expression`]: a pattern, compiled.
//!
//! Where a match begins is the same to PostgreSQL and to the `regex` crate, which finds it in linear time; whether there is one
//! too. Where it ends is not: PostgreSQL takes the longest match or the shortest, which an automaton of all matches tells. Groups,
//! look-around and back-references are the business of [`underpin_sql::types::pattern`], which bounds its steps. Compiled
//! expressions are kept per thread, a bounded number of a bounded size.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use regex::{Regex, RegexBuilder};
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};
use underpin_base::Result;
use underpin_sql::types::pattern::{Captures, Options, Pattern, Text};

/// The largest compiled expression, in bytes.
const COMPILED_BYTES_MAX: usize = 1 << 20;
/// How much of an automaton is kept, in bytes.
const AUTOMATON_BYTES: usize = 256 << 10;
/// How many compiled expressions a thread keeps.
const CACHED_MAX: usize = 32;
/// Parentheses within each other, those included that the translation adds.
const NESTING_MAX: u32 = 400;

/// After how much time in searches a function asks whether the statement's is over: SQLite asks between functions, and not often.
const LONG: Duration = Duration::from_millis(20);

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Expression {
    pattern: Pattern,
    /// Finds where a match begins; nothing for a pattern that is not regular, or too large.
    start: Option<Regex>,
    /// Finds where it ends; nothing when no automaton can.
    end: OnceCell<Option<(DFA, RefCell<Cache>)>>,
}

/// A text that is searched.
pub(super) struct Subject<'t> {
    pub(super) text: &'t str,
    characters: OnceCell<Text>,
}

impl<'t> Subject<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            characters: OnceCell::new(),
        }
    }

    fn characters(&self) -> &Text {
        self.characters.get_or_init(|| Text::new(self.text))
    }

    /// Returns where the search goes on behind a match; nothing when the text is at its end.
    pub(super) fn behind(&self, (start, end): (usize, usize)) -> Option<usize> {
        if start < end {
            return Some(end);
        }
        let next = self.text.get(end..)?.chars().next()?;
        Some(end + next.len_utf8())
    }
}

thread_local! {
    /// The expressions that this thread has compiled, the last used at the end.
    static CACHE: RefCell<Vec<(String, Options, Rc<Expression>)>> = const { RefCell::new(Vec::new()) };
    /// The time that this thread spent on searches step by step since it last asked.
    static SPENT: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Tells whether searches took so long that the time should be looked at, and counts anew.
pub(super) fn took_long() -> bool {
    let long = SPENT.get() >= LONG;
    if long {
        SPENT.set(Duration::ZERO);
    }
    long
}

/// Counts the time that `search` takes.
fn timed<T>(search: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let found = search();
    SPENT.set(SPENT.get().saturating_add(start.elapsed()));
    found
}

/// Returns the compiled pattern.
///
/// # Errors
/// `2201B` when it cannot be compiled.
pub(super) fn compiled(pattern: &str, options: Options) -> Result<Rc<Expression>> {
    let known = CACHE.with_borrow_mut(|cache| {
        let index = cache
            .iter()
            .position(|(known, known_options, _)| known == pattern && *known_options == options)?;
        let entry = cache.remove(index);
        let expression = Rc::clone(&entry.2);
        cache.push(entry);
        Some(expression)
    });
    if let Some(expression) = known {
        return Ok(expression);
    }
    let expression = Rc::new(Expression::compile(pattern, options)?);
    CACHE.with_borrow_mut(|cache| {
        if cache.len() >= CACHED_MAX {
            cache.remove(0);
        }
        cache.push((pattern.to_owned(), options, Rc::clone(&expression)));
    });
    Ok(expression)
}

/// Tells whether `text` has a match.
///
/// # Errors
/// `2201B` when the pattern cannot be compiled or takes too many steps.
pub(super) fn is_match(pattern: &str, options: Options, text: &str) -> Result<bool> {
    compiled(pattern, options)?.is_match(text)
}

impl Expression {
    fn compile(pattern: &str, options: Options) -> Result<Self> {
        let pattern = Pattern::read(pattern, options)?;
        let start = if pattern.is_regular() {
            // What grows too large is searched step by step instead.
            RegexBuilder::new(&pattern.to_regex())
                .size_limit(COMPILED_BYTES_MAX)
                .nest_limit(NESTING_MAX)
                .build()
                .ok()
        } else {
            None
        };
        Ok(Self {
            pattern,
            start,
            end: OnceCell::new(),
        })
    }

    /// Tells whether it has groups.
    pub(super) fn has_groups(&self) -> bool {
        self.pattern.groups() > 0
    }

    fn is_match(&self, text: &str) -> Result<bool> {
        match &self.start {
            Some(regex) => Ok(regex.is_match(text)),
            None => timed(|| Ok(self.pattern.search(&Text::new(text), 0)?.is_some())),
        }
    }

    /// Returns the first match that begins at `from` or later, with its groups when `divided`.
    ///
    /// # Errors
    /// `2201B` when it takes too many steps.
    pub(super) fn find(
        &self,
        subject: &Subject<'_>,
        from: usize,
        divided: bool,
    ) -> Result<Option<Captures>> {
        let Some(regex) = &self.start else {
            return timed(|| self.pattern.search(subject.characters(), from));
        };
        let Some(found) = regex.find_at(subject.text, from) else {
            return Ok(None);
        };
        let start = found.start();
        let end = match self.end(subject.text, start) {
            Some(end) => end,
            None => timed(|| self.pattern.end(subject.characters(), start))?.unwrap_or(found.end()),
        };
        if !divided || !self.has_groups() {
            return Ok(Some(vec![Some((start, end))]));
        }
        let captures = timed(|| self.pattern.captures(subject.characters(), start, end))?;
        Ok(Some(captures))
    }

    /// Asks the automaton where the match that begins at `start` ends; nothing when it cannot tell.
    fn end(&self, text: &str, start: usize) -> Option<usize> {
        let (automaton, cache) = self.end.get_or_init(|| self.automaton()).as_ref()?;
        let input = Input::new(text)
            .range(start..)
            .anchored(Anchored::Yes)
            .earliest(self.pattern.is_shortest());
        let found = automaton.try_search_fwd(&mut cache.borrow_mut(), &input);
        Some(found.ok()??.offset())
    }

    /// Builds the automaton of all matches; there is none for the edges of words in every script.
    fn automaton(&self) -> Option<(DFA, RefCell<Cache>)> {
        let automaton = DFA::builder()
            .configure(
                DFA::config()
                    .match_kind(MatchKind::All)
                    .cache_capacity(AUTOMATON_BYTES)
                    .skip_cache_capacity_check(true),
            )
            .syntax(syntax::Config::new().nest_limit(NESTING_MAX))
            .thompson(thompson::Config::new().nfa_size_limit(Some(COMPILED_BYTES_MAX)))
            .build(&self.pattern.to_regex())
            .ok()?;
        let cache = RefCell::new(automaton.create_cache());
        Some((automaton, cache))
    }
}
