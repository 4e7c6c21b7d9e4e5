//! Decisions, loops, results and errors.

use squawk_lexer::TokenKind;
use underpin_base::{Name, Result};

use super::read::Reading;
use super::syntax::{Fragment, Kind, Raise, WrittenCondition};

impl Reading<'_> {
    /// `if … then … elsif … else … end if`, behind its first word.
    pub(super) fn decision(&mut self) -> Result<Kind> {
        let ends = ["elsif", "elseif", "else", "end"];
        let mut branches = Vec::new();
        loop {
            let condition = self.until(&["then"], false)?;
            self.expect_word("then")?;
            branches.push((condition, self.statements(&ends)?));
            if !self.take_word("elsif") && !self.take_word("elseif") {
                break;
            }
        }
        let otherwise = match self.take_word("else") {
            true => self.statements(&["end"])?,
            false => Vec::new(),
        };
        self.expect_word("end")?;
        self.expect_word("if")?;
        self.expect(TokenKind::Semi)?;
        Ok(Kind::If {
            branches,
            otherwise,
        })
    }

    /// `case [subject] when … then … else … end case`, behind its first word.
    pub(super) fn case(&mut self) -> Result<Kind> {
        let subject = match self.is_word("when") {
            true => None,
            false => Some(self.until(&["when"], false)?),
        };
        let mut branches = Vec::new();
        while self.take_word("when") {
            let condition = self.until(&["then"], false)?;
            self.expect_word("then")?;
            branches.push((condition, self.statements(&["when", "else", "end"])?));
        }
        let otherwise = match self.take_word("else") {
            true => Some(self.statements(&["end"])?),
            false => None,
        };
        self.expect_word("end")?;
        self.expect_word("case")?;
        self.expect(TokenKind::Semi)?;
        Ok(Kind::Case {
            subject,
            branches,
            otherwise,
        })
    }

    /// A loop of any kind, behind its first word `word`.
    pub(super) fn repetition(&mut self, word: &str, label: Option<Name>) -> Result<Kind> {
        match word {
            "loop" => {
                self.at -= 1;
                let body = self.rounds()?;
                Ok(Kind::Loop {
                    label,
                    condition: None,
                    body,
                })
            }
            "while" => {
                let condition = Some(self.until(&["loop"], false)?);
                let body = self.rounds()?;
                Ok(Kind::Loop {
                    label,
                    condition,
                    body,
                })
            }
            "foreach" => {
                let targets = self.targets()?;
                if self.is_word("slice") {
                    return Err(self.refused("`slice`", "Loop over the elements."));
                }
                self.expect_word("in")?;
                self.expect_word("array")?;
                let array = self.until(&["loop"], false)?;
                let query = Fragment {
                    text: format!("select * from unnest({}) as element", array.text),
                    line: array.line,
                };
                let body = self.rounds()?;
                Ok(Kind::Rows {
                    label,
                    targets,
                    query,
                    body,
                })
            }
            _ => self.for_loop(label),
        }
    }

    fn for_loop(&mut self, label: Option<Name>) -> Result<Kind> {
        let targets = self.targets()?;
        self.expect_word("in")?;
        if self.is_word("execute") {
            return Err(self.refused(
                "`execute` of a text",
                "Write the query itself; values are put into it by name.",
            ));
        }
        let reverse = self.take_word("reverse");
        let first = self.until(&["loop", ".."], false)?;
        if !self.take(TokenKind::DotDot) {
            let body = self.rounds()?;
            return Ok(Kind::Rows {
                label,
                targets,
                query: first,
                body,
            });
        }
        let [target] = targets.as_slice() else {
            return Err(self.unexpected());
        };
        let [variable] = target.as_slice() else {
            return Err(self.unexpected());
        };
        let variable = variable.clone();
        let to = self.until(&["loop", "by"], false)?;
        let by = match self.take_word("by") {
            true => Some(self.until(&["loop"], false)?),
            false => None,
        };
        let body = self.rounds()?;
        Ok(Kind::Count {
            label,
            variable,
            reverse,
            from: first,
            to,
            by,
            body,
        })
    }

    /// `loop … end loop [label];`.
    fn rounds(&mut self) -> Result<Vec<super::syntax::Statement>> {
        self.expect_word("loop")?;
        let body = self.statements(&["end"])?;
        self.expect_word("end")?;
        self.expect_word("loop")?;
        if self.tokens.name(self.at).is_some() {
            self.at += 1;
        }
        self.expect(TokenKind::Semi)?;
        Ok(body)
    }

    /// `exit` and `continue`.
    pub(super) fn leave(&mut self, word: &str) -> Result<Kind> {
        let label = match self.is_word("when") {
            true => None,
            false => self.tokens.name(self.at),
        };
        self.at += usize::from(label.is_some());
        let condition = match self.take_word("when") {
            true => Some(self.until(&[], false)?),
            false => None,
        };
        self.expect(TokenKind::Semi)?;
        Ok(Kind::Leave {
            label,
            next_round: word == "continue",
            condition,
        })
    }

    /// `return`, `return next`, `return query`.
    pub(super) fn returned(&mut self) -> Result<Kind> {
        if self.take_word("next") {
            let value = self.optional()?;
            return Ok(Kind::ReturnNext(value));
        }
        if self.take_word("query") {
            if self.is_word("execute") {
                return Err(self.refused(
                    "`execute` of a text",
                    "Write the query itself; values are put into it by name.",
                ));
            }
            let query = self.until(&[], false)?;
            self.expect(TokenKind::Semi)?;
            return Ok(Kind::ReturnQuery(query));
        }
        Ok(Kind::Return(self.optional()?))
    }

    fn optional(&mut self) -> Result<Option<Fragment>> {
        if self.take(TokenKind::Semi) {
            return Ok(None);
        }
        let value = self.until(&[], false)?;
        self.expect(TokenKind::Semi)?;
        Ok(Some(value))
    }

    /// `assert condition [, message]`.
    pub(super) fn assertion(&mut self) -> Result<Kind> {
        let condition = self.until(&[], true)?;
        let message = match self.take(TokenKind::Comma) {
            true => Some(self.until(&[], false)?),
            false => None,
        };
        self.expect(TokenKind::Semi)?;
        Ok(Kind::Assert { condition, message })
    }

    /// `raise [level] ['format', … | condition | sqlstate '…'] [using …]`.
    pub(super) fn raise(&mut self) -> Result<Kind> {
        let mut raise = Raise::default();
        let levels = ["exception", "warning", "notice", "info", "log", "debug"];
        if levels.iter().any(|level| self.is_word(level)) {
            raise.level = Some(self.name()?);
        }
        if let Some(format) = self.tokens.string(self.at) {
            self.at += 1;
            raise.format = Some(format);
            while self.take(TokenKind::Comma) {
                raise.parameters.push(self.until(&["using"], true)?);
            }
        } else if !self.is_word("using") && !self.tokens.is(self.at, TokenKind::Semi) {
            raise.condition = Some(self.condition()?);
        }
        if self.take_word("using") {
            loop {
                let option = self.name()?;
                if !self.take_assign() {
                    return Err(self.unexpected());
                }
                raise.options.push((option, self.until(&[], true)?));
                if !self.take(TokenKind::Comma) {
                    break;
                }
            }
        }
        self.expect(TokenKind::Semi)?;
        if let (Some(_), Some(WrittenCondition::Named(name))) = (&raise.format, &raise.condition) {
            return Err(self.refused(&format!("`raise` of {name} with a format"), "Use `using`."));
        }
        Ok(Kind::Raise(raise))
    }
}
