//! [`parse`]: text into statements, each with its line.

use squawk_syntax::ast::{AstNode, Stmt};
use squawk_syntax::syntax_error::SyntaxError;
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};
use underpin_base::{Code, Error, Result};

use super::nesting;

/// One statement of a text.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The statement's syntax.
    pub statement: Stmt,
    /// The line of its first word, counted from 1.
    pub line: usize,
    /// Its text, without the comments before it and the semicolon behind it.
    pub text: String,
}

/// Parses PostgreSQL's text into its statements; empty statements are left out.
///
/// # Errors
/// `42601` with the line, as PostgreSQL words it; `54001` for a text that is nested too deeply.
pub fn parse(text: &str) -> Result<Vec<Parsed>> {
    if text.contains('\0') {
        return Err(Error::new(
            Code::SYNTAX,
            "invalid byte sequence for encoding \"UTF8\": 0x00",
        ));
    }
    nesting::check(text)?;
    let parse = SourceFile::parse(text);
    let file = parse.tree();
    if let Some(error) = parse.errors().first() {
        return Err(syntax_error(file.syntax(), text, error));
    }
    // Lines are counted on from statement to statement: a seed has many rows.
    let (mut counted, mut line) = (0, 1);
    Ok(file
        .stmts()
        .filter(|statement| !matches!(statement, Stmt::EmptyStmt(_)))
        .map(|statement| {
            let start = first_word(statement.syntax());
            line += newlines(text.as_bytes().get(counted..start).unwrap_or_default());
            counted = start;
            Parsed {
                line,
                text: statement_text(statement.syntax()),
                statement,
            }
        })
        .collect())
}

/// Returns the line of the first word of `node` within the text that it was parsed from, counted from 1.
pub fn line(node: &SyntaxNode) -> usize {
    let Some(root) = node.ancestors().last() else {
        return 1;
    };
    let mut lines = 1;
    let mut left = first_word(node);
    // The walk ends at the node; what comes after it may be long.
    let _ = root.text().try_for_each_chunk(|chunk| {
        let taken = left.min(chunk.len());
        lines += newlines(chunk.as_bytes().get(..taken).unwrap_or_default());
        left -= taken;
        if left == 0 { Err(()) } else { Ok(()) }
    });
    lines
}

/// Returns where the first word of `node` begins.
fn first_word(node: &SyntaxNode) -> usize {
    node.descendants_with_tokens()
        .filter_map(|element| element.into_token())
        .find(|token| !token.kind().is_trivia())
        .map_or(node.text_range(), |token| token.text_range())
        .start()
        .into()
}

fn newlines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

fn statement_text(node: &SyntaxNode) -> String {
    node.descendants_with_tokens()
        .filter_map(|element| element.into_token())
        .skip_while(|token| token.kind().is_trivia())
        .map(|token| token.text().to_owned())
        .collect::<String>()
        .trim_end()
        .trim_end_matches(';')
        .trim_end()
        .to_owned()
}

fn syntax_error(root: &SyntaxNode, text: &str, error: &SyntaxError) -> Error {
    let start = error.range().start();
    let token = root
        .token_at_offset(start.min(root.text_range().end()))
        .right_biased()
        .filter(|token| token.text_range().end() > start)
        .and_then(|token| {
            std::iter::successors(Some(token), |token| token.next_token())
                .find(|token| !token.kind().is_trivia() && token.kind() != SyntaxKind::EOF)
        });
    let message = match &token {
        Some(token) => format!("syntax error at or near \"{}\"", shortened(token.text())),
        None => "syntax error at end of input".to_owned(),
    };
    let end = usize::from(start).min(text.len());
    let line = 1 + text.bytes().take(end).filter(|byte| *byte == b'\n').count();
    Error::new(Code::SYNTAX, message)
        .details(error.message())
        .at("", line)
}

/// A string that was never closed would make an error as long as the file.
fn shortened(token: &str) -> String {
    const LENGTH_MAX: usize = 64;
    token.chars().take(LENGTH_MAX).collect()
}
