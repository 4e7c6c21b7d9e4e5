//! Entities, tags and comments of XML and HTML.

use super::Token;
use super::rule::Rule;
use super::rule::Special;
use super::rule::State;
use super::rule::Test::{Always, AsciiLetter, Digit, End, HexDigit, Is, LetterOrDigit, Space};
use super::word::BASE;

pub(super) static ENTITY_FIRST: State = &[
    Rule::pop(End),
    Rule::to(Is('#'), &ENTITY_NUMBER_FIRST),
    Rule::to(AsciiLetter, &ENTITY),
    Rule::to(Is(':'), &ENTITY),
    Rule::to(Is('_'), &ENTITY),
    Rule::pop(Always),
];

static ENTITY: State = &[
    Rule::pop(End),
    Rule::to(LetterOrDigit, &ENTITY),
    Rule::to(Is(':'), &ENTITY),
    Rule::to(Is('_'), &ENTITY),
    Rule::to(Is('.'), &ENTITY),
    Rule::to(Is('-'), &ENTITY),
    Rule::to(Is(';'), &ENTITY_END),
    Rule::pop(Always),
];

static ENTITY_NUMBER_FIRST: State = &[
    Rule::pop(End),
    Rule::to(Is('x'), &ENTITY_HEX_FIRST),
    Rule::to(Is('X'), &ENTITY_HEX_FIRST),
    Rule::to(Digit, &ENTITY_NUMBER),
    Rule::pop(Always),
];

static ENTITY_HEX_FIRST: State = &[
    Rule::pop(End),
    Rule::to(HexDigit, &ENTITY_HEX),
    Rule::pop(Always),
];

static ENTITY_NUMBER: State = &[
    Rule::pop(End),
    Rule::to(Digit, &ENTITY_NUMBER),
    Rule::to(Is(';'), &ENTITY_END),
    Rule::pop(Always),
];

static ENTITY_HEX: State = &[
    Rule::pop(End),
    Rule::to(HexDigit, &ENTITY_HEX),
    Rule::to(Is(';'), &ENTITY_END),
    Rule::pop(Always),
];

static ENTITY_END: State = &[Rule::found_clear(Always, Token::Entity, &BASE)];

pub(super) static TAG_FIRST: State = &[
    Rule::pop(End),
    Rule::push(Is('/'), &TAG_CLOSING),
    Rule::push(Is('!'), &COMMENT_FIRST),
    Rule::push(Is('?'), &DECLARATION),
    Rule::push(AsciiLetter, &TAG_NAME),
    Rule::push(Is(':'), &TAG_NAME),
    Rule::push(Is('_'), &TAG_NAME),
    Rule::pop(Always),
];

static DECLARATION: State = &[Rule::pop(End), Rule::to(Is('x'), &TAG), Rule::pop(Always)];

static TAG_CLOSING: State = &[
    Rule::pop(End),
    Rule::to(AsciiLetter, &TAG_NAME),
    Rule::pop(Always),
];

static TAG_NAME: State = &[
    Rule::pop(End),
    Rule::to(Is('/'), &TAG_EMPTY),
    Rule::to(Is('>'), &TAG_END).special(Special::Tags),
    Rule::to(Space, &TAG).special(Special::Tags),
    Rule::stay(LetterOrDigit),
    Rule::stay(Is(':')),
    Rule::stay(Is('_')),
    Rule::stay(Is('.')),
    Rule::stay(Is('-')),
    Rule::pop(Always),
];

static TAG_EMPTY: State = &[
    Rule::pop(End),
    Rule::to(Is('>'), &TAG_END),
    Rule::pop(Always),
];

static TAG: State = &[
    Rule::pop(End),
    Rule::to(Is('>'), &TAG_END).special(Special::Tags),
    Rule::to(Is('\''), &TAG_QUOTE),
    Rule::to(Is('"'), &TAG_QUOTES),
    Rule::stay(AsciiLetter),
    Rule::stay(Digit),
    Rule::stay(Is('=')),
    Rule::stay(Is('-')),
    Rule::stay(Is('_')),
    Rule::stay(Is('#')),
    Rule::stay(Is('/')),
    Rule::stay(Is(':')),
    Rule::stay(Is('.')),
    Rule::stay(Is('&')),
    Rule::stay(Is('?')),
    Rule::stay(Is('%')),
    Rule::stay(Is('~')),
    Rule::stay(Space).special(Special::Tags),
    Rule::pop(Always),
];

static TAG_QUOTE: State = &[
    Rule::pop(End),
    Rule::push(Is('\\'), &TAG_ESCAPED),
    Rule::to(Is('\''), &TAG),
    Rule::to(Always, &TAG_QUOTE),
];

static TAG_QUOTES: State = &[
    Rule::pop(End),
    Rule::push(Is('\\'), &TAG_ESCAPED),
    Rule::to(Is('"'), &TAG),
    Rule::to(Always, &TAG_QUOTES),
];

static TAG_ESCAPED: State = &[Rule::pop(End), Rule::merge(Always)];

static TAG_END: State = &[Rule::found_all(Always, Token::Tag, &BASE)];

static COMMENT_FIRST: State = &[
    Rule::pop(End),
    Rule::to(Is('-'), &COMMENT_SECOND),
    Rule::to(Is('D'), &TAG),
    Rule::to(Is('d'), &TAG),
    Rule::pop(Always),
];

static COMMENT_SECOND: State = &[
    Rule::pop(End),
    Rule::to(Is('-'), &COMMENT),
    Rule::pop(Always),
];

static COMMENT: State = &[
    Rule::pop(End),
    Rule::to(Is('-'), &COMMENT_CLOSING),
    Rule::stay(Always),
];

static COMMENT_CLOSING: State = &[
    Rule::pop(End),
    Rule::to(Is('-'), &COMMENT_CLOSED),
    Rule::to(Always, &COMMENT),
];

static COMMENT_CLOSED: State = &[
    Rule::pop(End),
    Rule::stay(Is('-')),
    Rule::to(Is('>'), &COMMENT_END),
    Rule::to(Always, &COMMENT),
];

static COMMENT_END: State = &[Rule::found_all(Always, Token::Tag, &BASE)];
