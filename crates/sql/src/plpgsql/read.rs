//! Bodies in PL/pgSQL: blocks, declarations and statements.

use squawk_lexer::TokenKind;
use underpin_base::{Code, Error, Name, Result};

use super::syntax::{
    Block, Declaration, DeclaredType, Fragment, Handler, Into, Kind, Statement, Target,
    WrittenCondition,
};
use super::tokens::Tokens;
use crate::tree::Diagnostic;

/// Deepest nesting of blocks, loops and decisions in each other.
const DEPTH_MAX: usize = 50;

/// What a `#variable_conflict` before the body says of names that mean a variable and a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum OnConflict {
    /// They are refused.
    #[default]
    Error,
    /// They mean the variable.
    Variable,
    /// They mean the column.
    Column,
}

/// One reading of a body.
pub(super) struct Reading<'t> {
    pub(super) tokens: Tokens<'t>,
    pub(super) at: usize,
    depth: usize,
}

/// Reads a body.
pub(super) fn body(text: &str) -> Result<(Block, OnConflict)> {
    let mut reading = Reading {
        tokens: Tokens::of(text)?,
        at: 0,
        depth: 0,
    };
    let mut on_conflict = OnConflict::default();
    while reading.take(TokenKind::Pound) {
        reading.expect_word("variable_conflict")?;
        on_conflict = match reading.name()?.as_ref() {
            "use_variable" => OnConflict::Variable,
            "use_column" => OnConflict::Column,
            _ => OnConflict::Error,
        };
    }
    let label = reading.label()?;
    let block = reading.block(label)?;
    reading.take(TokenKind::Semi);
    if reading.at < reading.tokens.all.len() {
        return Err(reading.unexpected());
    }
    Ok((block, on_conflict))
}

impl Reading<'_> {
    pub(super) fn line(&self) -> usize {
        let token = self.tokens.all.get(self.at).or(self.tokens.all.last());
        token.map_or(1, |token| token.line)
    }

    pub(super) fn unexpected(&self) -> Error {
        let message = match self.tokens.all.get(self.at) {
            Some(token) => {
                let written: String = self.tokens.written(token).chars().take(64).collect();
                format!("syntax error at or near \"{written}\"")
            }
            None => "syntax error at end of input".to_owned(),
        };
        Error::new(Code::SYNTAX, message).at("", self.line())
    }

    pub(super) fn refused(&self, what: &str, way_out: &str) -> Error {
        Error::new(
            Code::FEATURE_NOT_SUPPORTED,
            format!("{what} is not supported in PL/pgSQL here"),
        )
        .hint(way_out)
        .at("", self.line())
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.tokens.is_word(self.at, word)
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Result<()> {
        if self.take_word(word) {
            return Ok(());
        }
        Err(self.unexpected())
    }

    pub(super) fn take(&mut self, kind: TokenKind) -> bool {
        let found = self.tokens.is(self.at, kind);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, kind: TokenKind) -> Result<()> {
        if self.take(kind) {
            return Ok(());
        }
        Err(self.unexpected())
    }

    pub(super) fn name(&mut self) -> Result<Name> {
        let name = self.tokens.name(self.at).ok_or_else(|| self.unexpected())?;
        self.at += 1;
        Ok(name)
    }

    /// Reads names with points between them.
    pub(super) fn path(&mut self) -> Result<Vec<Name>> {
        let mut path = vec![self.name()?];
        while self.take(TokenKind::Dot) {
            path.push(self.name()?);
        }
        Ok(path)
    }

    pub(super) fn fragment(&self, from: usize, to: usize) -> Result<Fragment> {
        let (Some(first), Some(last)) = (
            self.tokens.all.get(from),
            to.checked_sub(1).and_then(|last| self.tokens.all.get(last)),
        ) else {
            return Err(self.unexpected());
        };
        if to <= from {
            return Err(self.unexpected());
        }
        let text = self.tokens.text.get(first.start..last.end);
        Ok(Fragment {
            text: text.unwrap_or_default().to_owned(),
            line: first.line,
        })
    }

    /// Reads up to one of `words` or a semicolon outside brackets and `case … end`, which stay to be read.
    pub(super) fn until(&mut self, words: &[&str], comma: bool) -> Result<Fragment> {
        let from = self.at;
        let (mut brackets, mut cases) = (0_usize, 0_usize);
        while let Some(token) = self.tokens.all.get(self.at) {
            match token.kind {
                TokenKind::OpenParen | TokenKind::OpenBracket => brackets += 1,
                TokenKind::CloseParen | TokenKind::CloseBracket => {
                    brackets = brackets.saturating_sub(1);
                }
                TokenKind::Semi if brackets == 0 => break,
                TokenKind::Comma if comma && brackets == 0 && cases == 0 => break,
                TokenKind::DotDot if brackets == 0 && words.contains(&"..") => break,
                TokenKind::Ident if brackets == 0 => {
                    if cases == 0 && words.iter().any(|word| self.is_word(word)) {
                        break;
                    }
                    if self.is_word("case") {
                        cases += 1;
                    } else if self.is_word("end") {
                        cases = cases.saturating_sub(1);
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        self.fragment(from, self.at)
    }

    /// `<<name>>`.
    fn label(&mut self) -> Result<Option<Name>> {
        if !(self.tokens.is(self.at, TokenKind::Lt) && self.tokens.is(self.at + 1, TokenKind::Lt)) {
            return Ok(None);
        }
        self.at += 2;
        let name = self.name()?;
        self.expect(TokenKind::Gt)?;
        self.expect(TokenKind::Gt)?;
        Ok(Some(name))
    }

    fn block(&mut self, label: Option<Name>) -> Result<Block> {
        let mut block = Block {
            label,
            ..Block::default()
        };
        while self.take_word("declare") {
            while !self.is_word("begin") && !self.is_word("declare") {
                block.declarations.push(self.declaration()?);
            }
        }
        self.expect_word("begin")?;
        block.body = self.statements(&["end", "exception"])?;
        if self.take_word("exception") {
            while self.is_word("when") {
                block.handlers.push(self.handler()?);
            }
        }
        self.expect_word("end")?;
        if self.tokens.name(self.at).is_some() {
            self.at += 1;
        }
        Ok(block)
    }

    fn handler(&mut self) -> Result<Handler> {
        let line = self.line();
        self.expect_word("when")?;
        let mut conditions = vec![self.condition()?];
        while self.take_word("or") {
            conditions.push(self.condition()?);
        }
        self.expect_word("then")?;
        Ok(Handler {
            line,
            conditions,
            body: self.statements(&["when", "end"])?,
        })
    }

    /// The name of a condition, or `sqlstate '…'`.
    pub(super) fn condition(&mut self) -> Result<WrittenCondition> {
        if self.take_word("sqlstate") {
            let state = self
                .tokens
                .string(self.at)
                .ok_or_else(|| self.unexpected())?;
            self.at += 1;
            return Ok(WrittenCondition::State(state));
        }
        Ok(WrittenCondition::Named(self.name()?))
    }

    fn declaration(&mut self) -> Result<Declaration> {
        let line = self.line();
        let name = self.name()?;
        let constant = self.take_word("constant");
        if self.take_word("alias") {
            self.expect_word("for")?;
            let ty = DeclaredType::Alias(self.path()?);
            self.expect(TokenKind::Semi)?;
            return Ok(Declaration {
                line,
                name,
                constant,
                ty,
                not_null: false,
                default: None,
            });
        }
        if self.is_word("cursor") || self.is_word("refcursor") || self.is_word("scroll") {
            return Err(self.refused("a cursor", "Use `for … in select … loop`."));
        }
        let ty = self.declared_type()?;
        let not_null = self.take_word("not");
        if not_null {
            self.expect_word("null")?;
        }
        let has_default = self.take_word("default") || self.take_assign();
        let default = match has_default {
            true => Some(self.until(&[], false)?),
            false => None,
        };
        self.expect(TokenKind::Semi)?;
        Ok(Declaration {
            line,
            name,
            constant,
            ty,
            not_null,
            default,
        })
    }

    fn declared_type(&mut self) -> Result<DeclaredType> {
        if self.take_word("record") {
            return Ok(DeclaredType::Record);
        }
        let from = self.at;
        if self.tokens.name(self.at).is_some() {
            let path = self.path()?;
            if self.take(TokenKind::Percent) {
                if self.take_word("type") {
                    return Ok(DeclaredType::Of(path));
                }
                self.expect_word("rowtype")?;
                return Ok(DeclaredType::Row(path));
            }
        }
        while self.at < self.tokens.all.len() {
            let ends = ["not", "default", "collate"]
                .iter()
                .any(|word| self.is_word(word))
                || self.tokens.is(self.at, TokenKind::Semi)
                || self.tokens.is(self.at, TokenKind::Eq)
                || self.tokens.is(self.at, TokenKind::Colon);
            if ends {
                break;
            }
            self.at += 1;
        }
        let written = self.fragment(from, self.at)?;
        if self.take_word("collate") {
            self.path()?;
        }
        Ok(DeclaredType::Named(written.text))
    }

    /// `:=` or `=`.
    pub(super) fn take_assign(&mut self) -> bool {
        if self.tokens.is(self.at, TokenKind::Colon) && self.tokens.is(self.at + 1, TokenKind::Eq) {
            self.at += 2;
            return true;
        }
        self.take(TokenKind::Eq)
    }

    /// Reads statements up to one of `ends`, which stays to be read.
    pub(super) fn statements(&mut self, ends: &[&str]) -> Result<Vec<Statement>> {
        if self.depth == DEPTH_MAX {
            return Err(Error::new(
                Code::TOO_COMPLEX,
                format!("the function is nested more than {DEPTH_MAX} levels deep"),
            )
            .at("", self.line()));
        }
        self.depth += 1;
        let mut statements = Vec::new();
        while !ends.iter().any(|end| self.is_word(end)) {
            if self.at >= self.tokens.all.len() {
                return Err(self.unexpected());
            }
            if self.take(TokenKind::Semi) {
                continue;
            }
            statements.push(self.statement()?);
        }
        self.depth -= 1;
        Ok(statements)
    }

    fn statement(&mut self) -> Result<Statement> {
        let line = self.line();
        let label = self.label()?;
        let kind = self.kind(label)?;
        Ok(Statement { line, kind })
    }

    fn kind(&mut self, label: Option<Name>) -> Result<Kind> {
        if self.is_word("declare") || (self.is_word("begin")) {
            let block = self.block(label)?;
            self.take(TokenKind::Semi);
            return Ok(Kind::Block(block));
        }
        if self.is_assignment() {
            return self.assignment();
        }
        let word = self.name()?;
        match word.as_ref() {
            "if" => self.decision(),
            "case" => self.case(),
            "loop" | "while" | "for" | "foreach" => self.repetition(&word, label),
            "exit" | "continue" => self.leave(&word),
            "return" => self.returned(),
            "raise" => self.raise(),
            "assert" => self.assertion(),
            "perform" => {
                let text = self.until(&[], false)?;
                self.expect(TokenKind::Semi)?;
                Ok(Kind::Perform(Fragment {
                    text: format!("select {}", text.text),
                    line: text.line,
                }))
            }
            "null" => {
                self.expect(TokenKind::Semi)?;
                Ok(Kind::Null)
            }
            "get" => self.diagnostics(),
            "select" | "insert" | "update" | "delete" | "with" | "values" => {
                self.at -= 1;
                self.sql()
            }
            other => {
                self.at -= 1;
                Err(self.other(other))
            }
        }
    }

    /// Returns the refusal of a statement of another kind.
    fn other(&self, word: &str) -> Error {
        match word {
            "execute" => self.refused(
                "`execute` of a text",
                "Write the statement itself; values are put into it by name.",
            ),
            "open" | "fetch" | "close" | "move" => {
                self.refused("a cursor", "Use `for … in select … loop`.")
            }
            "commit" | "rollback" => self.refused(
                &format!("`{word}`"),
                "A request is one transaction: raise an error to take everything back.",
            ),
            "call" | "do" => self.refused(&format!("`{word}`"), "Call a function with `perform`."),
            "create" | "alter" | "drop" | "truncate" | "grant" | "revoke" | "lock" | "copy" | "merge" | "set"
            | "notify" | "listen" | "analyze" | "refresh" => self.refused(
                &format!("`{word}`"),
                "A function may hold select, insert, update and delete; change the schema in a migration.",
            ),
            _ => self.unexpected(),
        }
    }

    fn is_assignment(&self) -> bool {
        let mut at = self.at;
        if self.tokens.name(at).is_none() {
            return false;
        }
        at += 1;
        while self.tokens.is(at, TokenKind::Dot) && self.tokens.name(at + 1).is_some() {
            at += 2;
        }
        self.tokens.is(at, TokenKind::Eq)
            || (self.tokens.is(at, TokenKind::Colon) && self.tokens.is(at + 1, TokenKind::Eq))
            || (self.tokens.is(at, TokenKind::OpenBracket) && !self.is_word("values"))
    }

    fn assignment(&mut self) -> Result<Kind> {
        let target = self.path()?;
        if self.tokens.is(self.at, TokenKind::OpenBracket) {
            return Err(self.refused(
                "an assignment to an element",
                "Assign the whole: `a := array_append(a, …)`, `j := jsonb_set(j, …)`.",
            ));
        }
        if !self.take_assign() {
            return Err(self.unexpected());
        }
        let value = self.until(&[], false)?;
        self.expect(TokenKind::Semi)?;
        Ok(Kind::Assign { target, value })
    }

    fn sql(&mut self) -> Result<Kind> {
        let from = self.at;
        self.until(&[], false)?;
        let (text, into) = self.without_into(from, self.at)?;
        self.expect(TokenKind::Semi)?;
        Ok(Kind::Sql { text, into })
    }

    /// Returns the statement between two tokens without its `into`, which is blanked out.
    fn without_into(&mut self, from: usize, to: usize) -> Result<(Fragment, Option<Into>)> {
        let mut text = self.fragment(from, to)?;
        let mut brackets = 0_usize;
        let mut found = None;
        for index in from..to {
            match self.tokens.all.get(index).map(|token| token.kind) {
                Some(TokenKind::OpenParen) => brackets += 1,
                Some(TokenKind::CloseParen) => brackets = brackets.saturating_sub(1),
                _ => {}
            }
            let after_insert = index > from && self.tokens.is_word(index - 1, "insert");
            if brackets == 0 && self.tokens.is_word(index, "into") && !after_insert {
                found = Some(index);
                break;
            }
        }
        let Some(index) = found else {
            return Ok((text, None));
        };
        let end = self.at;
        self.at = index + 1;
        let strict = self.take_word("strict");
        let mut targets = vec![self.path()?];
        while self.take(TokenKind::Comma) {
            targets.push(self.path()?);
        }
        let (Some(first), Some(last), Some(start)) = (
            self.tokens.all.get(index),
            self.tokens.all.get(self.at - 1),
            self.tokens.all.get(from),
        ) else {
            return Err(self.unexpected());
        };
        let range = first.start - start.start..last.end - start.start;
        let blank: String = text
            .text
            .get(range.clone())
            .unwrap_or_default()
            .chars()
            .map(|character| if character == '\n' { '\n' } else { ' ' })
            .collect();
        text.text.replace_range(range, &blank);
        self.at = end;
        Ok((text, Some(Into { targets, strict })))
    }

    fn diagnostics(&mut self) -> Result<Kind> {
        if !self.take_word("stacked") {
            self.take_word("current");
        }
        self.expect_word("diagnostics")?;
        let mut items = Vec::new();
        loop {
            let target = self.path()?;
            if !self.take_assign() {
                return Err(self.unexpected());
            }
            let item = match self.name()?.as_ref() {
                "row_count" => Diagnostic::RowCount,
                "returned_sqlstate" => Diagnostic::ReturnedSqlstate,
                "message_text" => Diagnostic::MessageText,
                "pg_exception_detail" => Diagnostic::ExceptionDetail,
                "pg_exception_hint" => Diagnostic::ExceptionHint,
                "pg_exception_context" | "pg_context" => Diagnostic::Context,
                other => {
                    let what = format!("`get diagnostics … = {other}`");
                    return Err(self.refused(&what, "Leave it out."));
                }
            };
            items.push((target, item));
            if !self.take(TokenKind::Comma) {
                break;
            }
        }
        self.expect(TokenKind::Semi)?;
        Ok(Kind::Diagnostics(items))
    }

    pub(super) fn targets(&mut self) -> Result<Vec<Target>> {
        let mut targets = vec![self.path()?];
        while self.take(TokenKind::Comma) {
            targets.push(self.path()?);
        }
        Ok(targets)
    }
}
