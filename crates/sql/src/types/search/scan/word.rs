//! The first state, words, and words joined by hyphens.

use super::Token;
use super::markup::{ENTITY_FIRST, TAG_FIRST};
use super::number::{INTEGER, SIGNED_FIRST};
use super::place::{
    EMAIL, FILE_FIRST, FILE_NEXT, FILE_TILDE, HOST, HOST_AFTER_HYPHEN, HOST_DOMAIN_FIRST, PATH_DOT,
    PROTOCOL_FIRST,
};
use super::rule::Rule;
use super::rule::Special;
use super::rule::State;
use super::rule::Test::{
    Always, AsciiLetter, Digit, End, Ignoring, Is, Joiner, Letter, LetterOrDigit,
    NeitherLetterNorDigit,
};

/// Where every token begins. The end of the text is met before.
pub(super) static BASE: State = &[
    Rule::stay(End),
    Rule::push(Is('<'), &TAG_FIRST),
    Rule::to(Ignoring, &BLANK),
    Rule::to(AsciiLetter, &ASCII_WORD),
    Rule::to(Letter, &WORD),
    Rule::to(Digit, &INTEGER),
    Rule::push(Is('-'), &SIGNED_FIRST),
    Rule::push(Is('+'), &SIGNED_FIRST),
    Rule::push(Is('&'), &ENTITY_FIRST),
    Rule::push(Is('~'), &FILE_TILDE),
    Rule::push(Is('/'), &FILE_FIRST),
    Rule::push(Is('.'), &PATH_DOT),
    Rule::to(Always, &BLANK),
];

static BLANK: State = &[
    Rule::found(End, Token::Blank, &BASE),
    Rule::found(Is('<'), Token::Blank, &BASE),
    Rule::stay(Ignoring),
    Rule::found(Is('-'), Token::Blank, &BASE),
    Rule::found(Is('+'), Token::Blank, &BASE),
    Rule::found(Is('&'), Token::Blank, &BASE),
    Rule::found(Is('/'), Token::Blank, &BASE),
    Rule::to(NeitherLetterNorDigit, &BLANK),
    Rule::found(Always, Token::Blank, &BASE),
];

pub(super) static NUMBER_WORD: State = &[
    Rule::found(End, Token::NumberWord, &BASE),
    Rule::to(LetterOrDigit, &NUMBER_WORD),
    Rule::to(Joiner, &NUMBER_WORD),
    Rule::push(Is('@'), &EMAIL),
    Rule::push(Is('/'), &FILE_FIRST),
    Rule::push(Is('.'), &FILE_NEXT),
    Rule::push(Is('-'), &COMPOUND_NUMBER_FIRST),
    Rule::found(Always, Token::NumberWord, &BASE),
];

static ASCII_WORD: State = &[
    Rule::found(End, Token::AsciiWord, &BASE),
    Rule::stay(AsciiLetter),
    Rule::push(Is('.'), &HOST_DOMAIN_FIRST),
    Rule::push(Is('.'), &FILE_NEXT),
    Rule::push(Is('-'), &HOST_AFTER_HYPHEN),
    Rule::push(Is('-'), &COMPOUND_ASCII_FIRST),
    Rule::push(Is('_'), &HOST_AFTER_HYPHEN),
    Rule::push(Is('@'), &EMAIL),
    Rule::push(Is(':'), &PROTOCOL_FIRST),
    Rule::push(Is('/'), &FILE_FIRST),
    Rule::push(Digit, &HOST),
    Rule::to(Digit, &NUMBER_WORD),
    Rule::to(Letter, &WORD),
    Rule::to(Joiner, &WORD),
    Rule::found(Always, Token::AsciiWord, &BASE),
];

static WORD: State = &[
    Rule::found(End, Token::Word, &BASE),
    Rule::stay(Letter),
    Rule::stay(Joiner),
    Rule::to(Digit, &NUMBER_WORD),
    Rule::push(Is('-'), &COMPOUND_WORD_FIRST),
    Rule::found(Always, Token::Word, &BASE),
];

static COMPOUND_ASCII_FIRST: State = &[
    Rule::pop(End),
    Rule::to(AsciiLetter, &COMPOUND_ASCII),
    Rule::to(Letter, &COMPOUND_WORD),
    Rule::to(Digit, &COMPOUND_DIGITS),
    Rule::pop(Always),
];

static COMPOUND_ASCII: State = &[
    Rule::found_all(End, Token::AsciiCompound, &PARTS).special(Special::Reread),
    Rule::to(AsciiLetter, &COMPOUND_ASCII),
    Rule::to(Letter, &COMPOUND_WORD),
    Rule::to(Joiner, &COMPOUND_WORD),
    Rule::to(Digit, &COMPOUND_NUMBER),
    Rule::push(Is('-'), &COMPOUND_ASCII_FIRST),
    Rule::found_all(Always, Token::AsciiCompound, &PARTS).special(Special::Reread),
];

static COMPOUND_WORD_FIRST: State = &[
    Rule::pop(End),
    Rule::to(Letter, &COMPOUND_WORD),
    Rule::to(Digit, &COMPOUND_DIGITS),
    Rule::pop(Always),
];

static COMPOUND_WORD: State = &[
    Rule::found_all(End, Token::Compound, &PARTS).special(Special::Reread),
    Rule::to(Letter, &COMPOUND_WORD),
    Rule::to(Joiner, &COMPOUND_WORD),
    Rule::to(Digit, &COMPOUND_NUMBER),
    Rule::push(Is('-'), &COMPOUND_WORD_FIRST),
    Rule::found_all(Always, Token::Compound, &PARTS).special(Special::Reread),
];

static COMPOUND_NUMBER_FIRST: State = &[
    Rule::pop(End),
    Rule::to(Letter, &COMPOUND_NUMBER),
    Rule::to(Digit, &COMPOUND_DIGITS),
    Rule::pop(Always),
];

static COMPOUND_NUMBER: State = &[
    Rule::found_all(End, Token::NumberCompound, &PARTS).special(Special::Reread),
    Rule::to(LetterOrDigit, &COMPOUND_NUMBER),
    Rule::to(Joiner, &COMPOUND_NUMBER),
    Rule::push(Is('-'), &COMPOUND_NUMBER_FIRST),
    Rule::found_all(Always, Token::NumberCompound, &PARTS).special(Special::Reread),
];

static COMPOUND_DIGITS: State = &[
    Rule::pop(End),
    Rule::to(Digit, &COMPOUND_DIGITS),
    Rule::to(Letter, &COMPOUND_NUMBER),
    Rule::to(Joiner, &COMPOUND_NUMBER),
    Rule::pop(Always),
];

static PARTS: State = &[
    Rule::again(End, &BASE),
    Rule::to(AsciiLetter, &PART_ASCII),
    Rule::to(Letter, &PART_WORD),
    Rule::push(Digit, &PART_DIGITS),
    Rule::push(Is('-'), &PART_HYPHEN),
    Rule::again(Always, &BASE),
];

static PART_HYPHEN: State = &[
    Rule::pop(End),
    Rule::found_clear(LetterOrDigit, Token::Blank, &PARTS),
    Rule::found_clear(Joiner, Token::Blank, &PARTS),
    Rule::pop(Always),
];

static PART_WORD: State = &[
    Rule::found(End, Token::Part, &BASE),
    Rule::to(Letter, &PART_WORD),
    Rule::to(Joiner, &PART_WORD),
    Rule::to(Digit, &PART_NUMBER),
    Rule::found(Always, Token::Part, &PARTS),
];

static PART_ASCII: State = &[
    Rule::found(End, Token::AsciiPart, &BASE),
    Rule::to(AsciiLetter, &PART_ASCII),
    Rule::to(Letter, &PART_WORD),
    Rule::to(Joiner, &PART_WORD),
    Rule::to(Digit, &PART_NUMBER),
    Rule::found(Always, Token::AsciiPart, &PARTS),
];

static PART_NUMBER: State = &[
    Rule::found(End, Token::NumberPart, &BASE),
    Rule::to(LetterOrDigit, &PART_NUMBER),
    Rule::to(Joiner, &PART_NUMBER),
    Rule::found(Always, Token::NumberPart, &PARTS),
];

static PART_DIGITS: State = &[
    Rule::pop(End),
    Rule::stay(Digit),
    Rule::clear(Letter, &PART_NUMBER),
    Rule::clear(Joiner, &PART_NUMBER),
    Rule::pop(Always),
];
