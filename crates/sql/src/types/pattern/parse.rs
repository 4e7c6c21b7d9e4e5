//! Reading a pattern.

use underpin_base::Result;

use super::class::{Item, Set};
use super::escape::Escape;
use super::{Kind, Node, Options, Pattern, Place, invalid};

/// Groups within each other may be this deep.
const DEPTH_MAX: usize = 100;
/// A pattern may have so many parts, those that are written once and stand for two included.
const NODES_MAX: usize = 10_000;
/// The largest count of a repetition: PostgreSQL's.
const COUNT_MAX: usize = 255;

/// Reads `pattern`.
pub(super) fn pattern(text: &str, options: Options) -> Result<Pattern> {
    let mut parser = Parser {
        characters: text.chars().collect(),
        position: 0,
        options,
        groups: 0,
        closed: Vec::new(),
        looking: false,
        ids: 0,
        depth: 0,
    };
    parser.prefix()?;
    if parser.options.basic {
        return Err(invalid("basic regular expressions are not supported"));
    }
    let root = if parser.options.literal {
        parser.literal()
    } else {
        let root = parser.either()?;
        if parser.peek().is_some() {
            return Err(invalid("parentheses () not balanced"));
        }
        root
    };
    Ok(Pattern {
        root,
        groups: parser.groups,
        options: parser.options,
    })
}

/// A pattern that is being read.
pub(super) struct Parser {
    characters: Vec<char>,
    position: usize,
    options: Options,
    /// How many groups were opened.
    groups: usize,
    /// Those that were closed, which may be referred to.
    closed: Vec<usize>,
    /// Within look-around, where parentheses are no groups.
    looking: bool,
    ids: usize,
    depth: usize,
}

impl Parser {
    pub(super) fn options(&self) -> Options {
        self.options
    }

    pub(super) fn groups_opened(&self) -> usize {
        self.groups
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn go_to(&mut self, position: usize) {
        self.position = position;
    }

    pub(super) fn back(&mut self) {
        self.position = self.position.saturating_sub(1);
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, offset: usize) -> Option<char> {
        self.characters.get(self.position + offset).copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.position += 1;
        Some(character)
    }

    /// Passes over `text`, if it is what follows.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let rest = self.characters.get(self.position..).unwrap_or_default();
        let follows = text
            .chars()
            .enumerate()
            .all(|(index, it)| rest.get(index) == Some(&it));
        if follows {
            self.position += text.chars().count();
        }
        follows
    }

    /// Returns what stands before `end`, and passes over both; nothing when there is no end.
    pub(super) fn until(&mut self, end: &str) -> Option<String> {
        let mut found = String::new();
        while !self.take(end) {
            found.push(self.next()?);
        }
        Some(found)
    }

    fn node(&mut self, kind: Kind) -> Node {
        self.ids += 1;
        Node::new(kind, self.ids)
    }

    /// Reads what may stand before a pattern: `***=`, `***:`, `(?i)`.
    fn prefix(&mut self) -> Result<()> {
        if self.take("***=") {
            self.options.literal = true;
            return Ok(());
        }
        self.take("***:");
        let is_letter = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphabetic());
        if self.peek() == Some('(') && self.peek_at(1) == Some('?') && is_letter(self.peek_at(2)) {
            self.position += 2;
            loop {
                match self.next() {
                    Some(')') => return Ok(()),
                    Some(letter) if self.options.set(letter) => {}
                    _ => return Err(invalid("invalid embedded option")),
                }
            }
        }
        Ok(())
    }

    /// Reads the rest as plain text.
    fn literal(&mut self) -> Node {
        let mut parts = Vec::new();
        while let Some(character) = self.next() {
            parts.push(self.node(Kind::Set(Set::one(character))));
        }
        self.node(Kind::List(parts))
    }

    fn either(&mut self) -> Result<Node> {
        if self.depth >= DEPTH_MAX {
            return Err(invalid("regular expression is too complex"));
        }
        self.depth += 1;
        let mut branches = vec![self.branch()?];
        while self.take("|") {
            branches.push(self.branch()?);
        }
        self.depth -= 1;
        Ok(match (branches.len(), branches.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                branches.extend(last);
                self.node(Kind::Either(branches))
            }
        })
    }

    fn branch(&mut self) -> Result<Node> {
        let mut parts = Vec::new();
        loop {
            self.skip()?;
            match self.peek() {
                None | Some('|' | ')') => break,
                _ => {}
            }
            if self.at_quantifier() {
                return Err(invalid("quantifier operand invalid"));
            }
            let atom = self.atom()?;
            self.skip()?;
            let is_constraint = matches!(atom, Kind::Place(_) | Kind::Look { .. });
            let atom = self.node(atom);
            if is_constraint || !self.at_quantifier() {
                parts.push(atom);
                continue;
            }
            let quantified = self.quantified(atom)?;
            parts.push(quantified);
            self.skip()?;
        }
        Ok(match (parts.len(), parts.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                parts.extend(last);
                self.node(Kind::List(parts))
            }
        })
    }

    /// Passes over comments and, in expanded syntax, white space.
    fn skip(&mut self) -> Result<()> {
        loop {
            if self.take("(?#") {
                self.until(")")
                    .ok_or_else(|| invalid("parentheses () not balanced"))?;
                continue;
            }
            match self.peek() {
                Some(space) if self.options.expanded && space.is_ascii_whitespace() => {
                    self.next();
                }
                Some('#') if self.options.expanded => {
                    while self.peek().is_some_and(|it| it != '\n') {
                        self.next();
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    fn at_quantifier(&self) -> bool {
        match self.peek() {
            Some('*' | '+' | '?') => true,
            Some('{') => self.peek_at(1).is_some_and(|it| it.is_ascii_digit()),
            _ => false,
        }
    }

    fn atom(&mut self) -> Result<Kind> {
        Ok(match self.next() {
            Some('(') => self.parenthesis()?,
            Some('[') => self.bracket()?,
            Some('.') => Kind::Set(Set {
                negated: true,
                items: if self.options.newline_stops {
                    vec![Item::Range('\n', '\n')]
                } else {
                    Vec::new()
                },
            }),
            Some('^') if self.options.newline_anchors => Kind::Place(Place::LineStart),
            Some('^') => Kind::Place(Place::TextStart),
            Some('$') if self.options.newline_anchors => Kind::Place(Place::LineEnd),
            Some('$') => Kind::Place(Place::TextEnd),
            Some('\\') => match self.escape()? {
                Escape::Character(character) => Kind::Set(Set::one(character)),
                Escape::Class(class, negated) => Kind::Set(Set::class(class, negated)),
                Escape::Place(place) => Kind::Place(place),
                Escape::Back(group) if !self.looking && self.closed.contains(&group) => {
                    Kind::Back(group)
                }
                Escape::Back(_) => return Err(invalid("invalid backreference number")),
            },
            Some(character) => Kind::Set(Set::one(character)),
            None => Kind::List(Vec::new()),
        })
    }

    /// Reads what an opening parenthesis begins.
    fn parenthesis(&mut self) -> Result<Kind> {
        if !self.take("?") {
            if self.looking {
                return self.enclosed().map(|inner| Kind::List(vec![inner]));
            }
            self.groups += 1;
            let group = self.groups;
            let inner = self.enclosed()?;
            self.closed.push(group);
            return Ok(Kind::Group(group, Box::new(inner)));
        }
        if self.take(":") {
            return self.enclosed().map(|inner| Kind::List(vec![inner]));
        }
        for (sign, behind, negated) in [
            ("=", false, false),
            ("!", false, true),
            ("<=", true, false),
            ("<!", true, true),
        ] {
            if self.take(sign) {
                let outside = std::mem::replace(&mut self.looking, true);
                let inner = Box::new(self.enclosed()?);
                self.looking = outside;
                return Ok(Kind::Look {
                    behind,
                    negated,
                    inner,
                });
            }
        }
        Err(invalid("quantifier operand invalid"))
    }

    fn enclosed(&mut self) -> Result<Node> {
        let inner = self.either()?;
        if !self.take(")") {
            return Err(invalid("parentheses () not balanced"));
        }
        Ok(inner)
    }

    /// Reads the quantifier behind an atom.
    fn quantified(&mut self, atom: Node) -> Result<Node> {
        let (least, most, is_fixed) = match self.next() {
            Some('*') => (0, None, false),
            Some('+') => (1, None, false),
            Some('?') => (0, Some(1), false),
            _ => self.counts()?,
        };
        let lazy = self.take("?");
        let inner = atom.clone();
        let mut node = self.repeat(atom, least, most);
        // What is repeated a fixed number of times is as greedy as it is alone.
        if !is_fixed {
            node.shortest = Some(lazy);
        }
        let has_groups = inner.groups.0 < inner.groups.1;
        if !has_groups || inner.refers || least == 0 || most == Some(1) {
            return Ok(node);
        }
        if self.ids.saturating_add(inner.size()) > NODES_MAX {
            return Err(invalid("regular expression is too complex"));
        }
        // As PostgreSQL does: only the last repetition tells what its groups match, so that the others come first.
        let shortest = node.shortest;
        let before = self.without_groups(inner.clone());
        let mut before = self.repeat(before, least - 1, most.map(|it| it - 1));
        before.shortest = shortest;
        let mut node = self.node(Kind::List(vec![before, inner]));
        node.shortest = shortest.or(node.shortest);
        Ok(node)
    }

    fn repeat(&mut self, inner: Node, least: usize, most: Option<usize>) -> Node {
        self.node(Kind::Repeat {
            inner: Box::new(inner),
            least,
            most,
        })
    }

    /// Returns the same part with parentheses that are no groups.
    fn without_groups(&mut self, node: Node) -> Node {
        let kind = match node.kind {
            Kind::Group(_, inner) => Kind::List(vec![self.without_groups(*inner)]),
            Kind::List(parts) => Kind::List(self.each_without_groups(parts)),
            Kind::Either(parts) => Kind::Either(self.each_without_groups(parts)),
            Kind::Repeat { inner, least, most } => Kind::Repeat {
                inner: Box::new(self.without_groups(*inner)),
                least,
                most,
            },
            other => other,
        };
        let shortest = node.shortest;
        let mut node = self.node(kind);
        node.shortest = shortest;
        node
    }

    fn each_without_groups(&mut self, parts: Vec<Node>) -> Vec<Node> {
        parts
            .into_iter()
            .map(|part| self.without_groups(part))
            .collect()
    }

    /// Reads `{m}`, `{m,}` or `{m,n}`, whose `{` was read; tells whether it is the first.
    fn counts(&mut self) -> Result<(usize, Option<usize>, bool)> {
        let wrong = || invalid("invalid repetition count(s)");
        let least = self.count().ok_or_else(wrong)?;
        let is_fixed = !self.take(",");
        let most = if is_fixed { Some(least) } else { self.count() };
        if self.peek().is_none() {
            return Err(invalid("braces {} not balanced"));
        }
        let ordered = most.is_none_or(|most| (least..=COUNT_MAX).contains(&most));
        if !self.take("}") || least > COUNT_MAX || !ordered {
            return Err(wrong());
        }
        Ok((least, most, is_fixed))
    }

    fn count(&mut self) -> Option<usize> {
        let mut value = None;
        while let Some(digit) = self.peek().and_then(|it| it.to_digit(10)) {
            self.next();
            let so_far: usize = value.unwrap_or(0);
            value = Some(so_far.saturating_mul(10).saturating_add(digit as usize));
        }
        value
    }
}
