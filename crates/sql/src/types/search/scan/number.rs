//! Numbers: signed and unsigned, with a fraction, with an exponent, and the dotted numbers of versions.

use super::Token;
use super::place::{EMAIL, FILE_FIRST, HOST, HOST_AFTER_HYPHEN, HOST_DOMAIN_FIRST};
use super::rule::Rule;
use super::rule::Special;
use super::rule::State;
use super::rule::Test::{Always, AsciiLetter, Digit, End, Is, Joiner, Letter};
use super::word::{BASE, NUMBER_WORD};

pub(super) static INTEGER: State = &[
    Rule::found(End, Token::UnsignedInteger, &BASE),
    Rule::stay(Digit),
    Rule::push(Is('.'), &HOST_DOMAIN_FIRST),
    Rule::push(Is('.'), &UNSIGNED_FRACTION_FIRST),
    Rule::push(Is('e'), &EXPONENT_FIRST),
    Rule::push(Is('E'), &EXPONENT_FIRST),
    Rule::push(Is('-'), &HOST_AFTER_HYPHEN),
    Rule::push(Is('_'), &HOST_AFTER_HYPHEN),
    Rule::push(Is('@'), &EMAIL),
    Rule::push(AsciiLetter, &HOST),
    Rule::to(Letter, &NUMBER_WORD),
    Rule::to(Joiner, &NUMBER_WORD),
    Rule::push(Is('/'), &FILE_FIRST),
    Rule::found(Always, Token::UnsignedInteger, &BASE),
];

pub(super) static SIGNED_FIRST: State = &[
    Rule::pop(End),
    Rule::clear(Digit, &SIGNED),
    Rule::pop(Always),
];

static SIGNED: State = &[
    Rule::found(End, Token::SignedInteger, &BASE),
    Rule::stay(Digit),
    Rule::push(Is('.'), &SIGNED_FRACTION_FIRST),
    Rule::push(Is('e'), &EXPONENT_FIRST),
    Rule::push(Is('E'), &EXPONENT_FIRST),
    Rule::found(Always, Token::SignedInteger, &BASE),
];

static UNSIGNED_FRACTION_FIRST: State = &[
    Rule::pop(End),
    Rule::clear(Digit, &UNSIGNED_FRACTION),
    Rule::pop(Always),
];

static UNSIGNED_FRACTION: State = &[
    Rule::found(End, Token::Decimal, &BASE),
    Rule::to(Digit, &UNSIGNED_FRACTION),
    Rule::push(Is('.'), &VERSION_FIRST),
    Rule::push(Is('e'), &EXPONENT_FIRST),
    Rule::push(Is('E'), &EXPONENT_FIRST),
    Rule::found(Always, Token::Decimal, &BASE),
];

static SIGNED_FRACTION_FIRST: State = &[
    Rule::pop(End),
    Rule::clear(Digit, &SIGNED_FRACTION),
    Rule::pop(Always),
];

static SIGNED_FRACTION: State = &[
    Rule::found(End, Token::Decimal, &BASE),
    Rule::to(Digit, &SIGNED_FRACTION),
    Rule::push(Is('.'), &SIGNED_VERSION),
    Rule::push(Is('e'), &EXPONENT_FIRST),
    Rule::push(Is('E'), &EXPONENT_FIRST),
    Rule::found(Always, Token::Decimal, &BASE),
];

/// A version has no sign: what looked like one is a blank, and the number begins behind it.
static SIGNED_VERSION: State = &[
    Rule::pop(End),
    Rule::again(Digit, &SIGN_OF_VERSION).special(Special::Restart),
    Rule::pop(Always),
];

static SIGN_OF_VERSION: State = &[
    Rule::pop(End),
    Rule::found_all(Digit, Token::Blank, &INTEGER),
    Rule::stay(Always),
];

static VERSION_FIRST: State = &[
    Rule::pop(End),
    Rule::clear(Digit, &VERSION),
    Rule::pop(Always),
];

static VERSION: State = &[
    Rule::found(End, Token::Version, &BASE),
    Rule::to(Digit, &VERSION),
    Rule::push(Is('.'), &VERSION_FIRST),
    Rule::found(Always, Token::Version, &BASE),
];

static EXPONENT_FIRST: State = &[
    Rule::pop(End),
    Rule::clear(Digit, &EXPONENT),
    Rule::to(Is('+'), &EXPONENT_SIGN),
    Rule::to(Is('-'), &EXPONENT_SIGN),
    Rule::pop(Always),
];

static EXPONENT_SIGN: State = &[
    Rule::pop(End),
    Rule::clear(Digit, &EXPONENT),
    Rule::pop(Always),
];

static EXPONENT: State = &[
    Rule::found(End, Token::Scientific, &BASE),
    Rule::to(Digit, &EXPONENT),
    Rule::found(Always, Token::Scientific, &BASE),
];
