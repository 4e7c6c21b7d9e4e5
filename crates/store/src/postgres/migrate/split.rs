//! [`split`]: the statements of a text, told apart as PostgreSQL's own shell does: at the semicolons outside strings, comments,
//! brackets and the bodies of routines. Whether a statement means anything is PostgreSQL's to say.

/// How many words of a statement are kept.
const WORDS_MAX: usize = 16;

/// A statement of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::postgres) struct Statement {
    /// The line of its first word, counted from 1.
    pub(super) line: usize,
    /// Its text, from the first word to the semicolon, which is left out.
    pub(in crate::postgres) text: String,
    /// Its first words, in lower case; names in quotes are as they were written, without the quotes.
    pub(super) words: Vec<String>,
    /// The lines behind a `copy … from stdin`, as `pg_dump` writes them, without the `\\.` that ends them.
    pub(in crate::postgres) data: Option<String>,
}

impl Statement {
    /// Tells whether lines of data follow the statement.
    fn takes_data(&self) -> bool {
        let text = self.text.to_lowercase();
        let mut words = text.split_whitespace();
        self.begins(&["copy"]) && words.any(|it| it == "from") && words.next() == Some("stdin")
    }

    /// Tells whether the statement begins with `words`.
    pub(super) fn begins(&self, words: &[&str]) -> bool {
        self.words.len() >= words.len() && self.words.iter().zip(words).all(|(word, it)| word == it)
    }
}

/// Returns the statements of `text`; empty ones are left out.
pub(in crate::postgres) fn split(text: &str) -> Vec<Statement> {
    let mut splitter = Splitter {
        text,
        at: 0,
        start: None,
        words: Vec::new(),
        brackets: 0,
        blocks: 0,
        is_routine: false,
        counted: 0,
        line: 1,
        statements: Vec::new(),
    };
    while splitter.at < text.len() {
        splitter.next();
    }
    splitter.end(text.len());
    splitter.statements
}

struct Splitter<'a> {
    text: &'a str,
    /// How far the text is read.
    at: usize,
    /// Where the statement began.
    start: Option<usize>,
    words: Vec<String>,
    /// How many brackets are open.
    brackets: usize,
    /// How many `begin` and `case` of a routine's body are open.
    blocks: usize,
    /// The statement makes a routine, whose body may be statements.
    is_routine: bool,
    /// How far lines are counted, and how many there are until there.
    counted: usize,
    line: usize,
    statements: Vec<Statement>,
}

impl<'a> Splitter<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Reads on until after the first `end` in what is left, or to the end of the text.
    fn skip_past(&mut self, from: usize, end: &str) {
        let rest = self.text.get(from..).unwrap_or_default();
        self.at = match rest.find(end) {
            Some(found) => from + found + end.len(),
            None => self.text.len(),
        };
    }

    fn next(&mut self) {
        let rest = self.rest();
        let Some(character) = rest.chars().next() else {
            self.at = self.text.len();
            return;
        };
        if rest.starts_with("--") {
            self.skip_past(self.at, "\n");
        } else if rest.starts_with("/*") {
            self.comment();
        } else if character.is_whitespace() {
            self.at += character.len_utf8();
        } else if character == ';' && self.brackets == 0 && self.blocks == 0 {
            self.end(self.at);
            self.at += 1;
            self.data();
        } else if character == '\\' && self.start.is_none() {
            self.command();
        } else {
            self.start.get_or_insert(self.at);
            self.token(character);
        }
    }

    /// Reads a command of PostgreSQL's shell, which goes to the end of its line.
    fn command(&mut self) {
        self.start = Some(self.at);
        let line = self.rest().lines().next().unwrap_or_default();
        self.word(
            line.split_whitespace()
                .next()
                .unwrap_or_default()
                .to_owned(),
        );
        self.at += line.len();
        self.end(self.at);
    }

    /// Reads the data of a statement that asks for it.
    fn data(&mut self) {
        let from = self.rest().find('\n').map(|end| self.at + end + 1);
        let Some(statement) = self.statements.last_mut() else {
            return;
        };
        if !statement.takes_data() {
            return;
        }
        let from = from.unwrap_or(self.text.len());
        let rest = self.text.get(from..).unwrap_or_default();
        let mut length = 0;
        let mut end = rest.len();
        for line in rest.split_inclusive('\n') {
            if line.trim_end() == "\\." {
                end = length + line.len();
                break;
            }
            length += line.len();
        }
        statement.data = Some(rest.get(..length).unwrap_or_default().to_owned());
        self.at = from + end;
    }

    fn token(&mut self, character: char) {
        match character {
            '\'' => self.string(self.is_after_escape_mark()),
            '"' => {
                let from = self.at + 1;
                self.quoted();
                let name = self.text.get(from..self.at.saturating_sub(1));
                self.word(name.unwrap_or_default().replace("\"\"", "\""));
            }
            '$' => self.dollar(),
            _ if is_word_start(character) => {
                let rest = self.rest();
                let length = rest.find(|it| !is_word_part(it)).unwrap_or(rest.len());
                let word = rest.get(..length).unwrap_or_default().to_lowercase();
                self.at += length;
                self.keyword(&word);
                self.word(word);
            }
            _ => {
                match character {
                    '(' => self.brackets += 1,
                    ')' => self.brackets = self.brackets.saturating_sub(1),
                    _ => {}
                }
                self.at += character.len_utf8();
            }
        }
    }

    fn word(&mut self, word: String) {
        if self.words.len() < WORDS_MAX {
            self.words.push(word);
        }
    }

    /// Follows the blocks of a routine's body: `begin atomic … case … end; … end`.
    fn keyword(&mut self, word: &str) {
        let is_kind = matches!(word, "function" | "procedure");
        let makes = match self.words.as_slice() {
            [create] => create == "create",
            [create, or, replace] => create == "create" && or == "or" && replace == "replace",
            _ => false,
        };
        if is_kind && makes {
            self.is_routine = true;
        }
        if !self.is_routine || self.brackets > 0 {
            return;
        }
        match word {
            "begin" => self.blocks += 1,
            "case" if self.blocks > 0 => self.blocks += 1,
            "end" => self.blocks = self.blocks.saturating_sub(1),
            _ => {}
        }
    }

    /// Reads a comment, in which there may be others.
    fn comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.text.len() {
            let rest = self.rest();
            if rest.starts_with("/*") {
                depth += 1;
                self.at += 2;
            } else if rest.starts_with("*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return;
                }
            } else {
                self.at += rest.chars().next().map_or(1, char::len_utf8);
            }
        }
    }

    /// Tells whether the string that begins here is `E'…'`, in which a backslash takes the next character.
    fn is_after_escape_mark(&self) -> bool {
        let before = self.text.get(..self.at).unwrap_or_default();
        let mut before = before.chars().rev();
        let is_mark = matches!(before.next(), Some('e' | 'E'));
        is_mark && !before.next().is_some_and(is_word_part)
    }

    fn string(&mut self, has_escapes: bool) {
        let rest = self.text.get(self.at + 1..).unwrap_or_default();
        let mut characters = rest.char_indices().peekable();
        while let Some((place, character)) = characters.next() {
            match character {
                '\\' if has_escapes => {
                    characters.next();
                }
                '\'' if characters.next_if(|(_, next)| *next == '\'').is_none() => {
                    self.at += place + 2;
                    return;
                }
                _ => {}
            }
        }
        self.at = self.text.len();
    }

    fn quoted(&mut self) {
        loop {
            self.skip_past(self.at + 1, "\"");
            if !self.rest().starts_with('"') {
                return;
            }
        }
    }

    /// Reads a string between two `$tag$`, or a lone sign.
    fn dollar(&mut self) {
        let rest = self.rest();
        let tag = rest.get(1..).unwrap_or_default();
        let length = tag.find(|it| it == '$' || !is_word_part(it));
        let tag = length.filter(|length| {
            let digit = tag.starts_with(|it: char| it.is_ascii_digit());
            !digit && tag.get(*length..).unwrap_or_default().starts_with('$')
        });
        match tag.and_then(|length| rest.get(..length + 2)) {
            Some(tag) => self.skip_past(self.at + tag.len(), tag),
            None => self.at += 1,
        }
    }

    fn end(&mut self, end: usize) {
        let words = std::mem::take(&mut self.words);
        (self.brackets, self.blocks, self.is_routine) = (0, 0, false);
        let Some(start) = self.start.take() else {
            return;
        };
        let between = self.text.get(self.counted..start).unwrap_or_default();
        self.line += between.matches('\n').count();
        self.counted = start;
        let text = self.text.get(start..end).unwrap_or_default().trim_end();
        self.statements.push(Statement {
            line: self.line,
            text: text.to_owned(),
            words,
            data: None,
        });
    }
}

fn is_word_start(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}

fn is_word_part(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}
