//! Hosts, addresses of mail, URLs, and paths of files.

use super::Token;
use super::rule::Rule;
use super::rule::Special;
use super::rule::State;
use super::rule::Test::{
    Always, AsciiLetter, Digit, End, Host, HostAlone, Is, Space, UrlCharacter, UrlPath,
};
use super::word::BASE;

pub(super) static HOST_DOMAIN_FIRST: State = &[
    Rule::pop(End),
    Rule::to(AsciiLetter, &HOST_DOMAIN_SECOND),
    Rule::to(Digit, &HOST),
    Rule::pop(Always),
];

static HOST_DOMAIN_SECOND: State = &[
    Rule::pop(End),
    Rule::to(AsciiLetter, &HOST_DOMAIN),
    Rule::push(Digit, &HOST),
    Rule::push(Is('-'), &HOST_AFTER_HYPHEN),
    Rule::push(Is('_'), &HOST_AFTER_HYPHEN),
    Rule::push(Is('.'), &HOST_DOMAIN_FIRST),
    Rule::push(Is('@'), &EMAIL),
    Rule::pop(Always),
];

static HOST_DOMAIN: State = &[
    Rule::found_all(End, Token::Host, &BASE),
    Rule::to(AsciiLetter, &HOST_DOMAIN),
    Rule::push(Digit, &HOST),
    Rule::push(Is(':'), &PORT_FIRST),
    Rule::push(Is('-'), &HOST_AFTER_HYPHEN),
    Rule::push(Is('_'), &HOST_AFTER_HYPHEN),
    Rule::push(Is('.'), &HOST_DOMAIN_FIRST),
    Rule::push(Is('@'), &EMAIL),
    Rule::pop(Digit),
    Rule::found_all(HostAlone, Token::Host, &URL_PATH_START),
    Rule::push(Is('/'), &URL),
    Rule::found_all(Always, Token::Host, &BASE),
];

static PORT_FIRST: State = &[Rule::pop(End), Rule::to(Digit, &PORT), Rule::pop(Always)];

static PORT: State = &[
    Rule::found_all(End, Token::Host, &BASE),
    Rule::to(Digit, &PORT),
    Rule::found_all(HostAlone, Token::Host, &URL_PATH_START),
    Rule::push(Is('/'), &URL),
    Rule::found_all(Always, Token::Host, &BASE),
];

pub(super) static HOST_AFTER_HYPHEN: State = &[
    Rule::pop(End),
    Rule::to(Digit, &HOST),
    Rule::to(AsciiLetter, &HOST),
    Rule::pop(Always),
];

pub(super) static HOST: State = &[
    Rule::pop(End),
    Rule::to(Digit, &HOST),
    Rule::to(AsciiLetter, &HOST),
    Rule::push(Is('@'), &EMAIL),
    Rule::push(Is('.'), &HOST_DOMAIN_FIRST),
    Rule::push(Is('-'), &HOST_AFTER_HYPHEN),
    Rule::push(Is('_'), &HOST_AFTER_HYPHEN),
    Rule::pop(Always),
];

pub(super) static EMAIL: State = &[
    Rule::pop(HostAlone),
    Rule::found_all(Host, Token::Email, &BASE),
    Rule::pop(Always),
];

pub(super) static FILE_FIRST: State = &[
    Rule::pop(End),
    Rule::to(AsciiLetter, &FILE),
    Rule::to(Digit, &FILE),
    Rule::to(Is('.'), &PATH_FIRST),
    Rule::to(Is('_'), &FILE),
    Rule::push(Is('~'), &FILE_TILDE),
    Rule::pop(Always),
];

pub(super) static FILE_TILDE: State = &[
    Rule::pop(End),
    Rule::to(AsciiLetter, &FILE),
    Rule::to(Digit, &FILE),
    Rule::to(Is('_'), &FILE),
    Rule::to(Is('/'), &FILE_FIRST),
    Rule::pop(Always),
];

static PATH_FIRST: State = &[
    Rule::pop(End),
    Rule::to(AsciiLetter, &FILE),
    Rule::to(Digit, &FILE),
    Rule::to(Is('_'), &FILE),
    Rule::to(Is('.'), &PATH_SECOND),
    Rule::to(Is('/'), &FILE_FIRST),
    Rule::pop(Always),
];

pub(super) static PATH_DOT: State = &[
    Rule::pop(End),
    Rule::to(Is('.'), &PATH_SECOND),
    Rule::to(Is('/'), &FILE_FIRST),
    Rule::pop(Always),
];

static PATH_SECOND: State = &[
    Rule::found_clear(End, Token::File, &BASE),
    Rule::push(Is('/'), &FILE_FIRST),
    Rule::found_clear(Is('/'), Token::File, &BASE),
    Rule::found_clear(Space, Token::File, &BASE),
    Rule::pop(Always),
];

static FILE: State = &[
    Rule::found(End, Token::File, &BASE),
    Rule::to(AsciiLetter, &FILE),
    Rule::to(Digit, &FILE),
    Rule::push(Is('.'), &FILE_NEXT),
    Rule::to(Is('_'), &FILE),
    Rule::to(Is('-'), &FILE),
    Rule::push(Is('/'), &FILE_FIRST),
    Rule::found(Always, Token::File, &BASE),
];

pub(super) static FILE_NEXT: State = &[
    Rule::pop(End),
    Rule::clear(AsciiLetter, &FILE),
    Rule::clear(Digit, &FILE),
    Rule::clear(Is('_'), &FILE),
    Rule::pop(Always),
];

pub(super) static URL_PATH_FIRST: State = &[
    Rule::pop(End),
    Rule::to(UrlCharacter, &URL_PATH),
    Rule::pop(Always),
];

static URL_PATH_START: State = &[Rule::to(Always, &URL_PATH)];

static URL_PATH: State = &[
    Rule::found(End, Token::UrlPath, &BASE),
    Rule::to(UrlCharacter, &URL_PATH),
    Rule::found(Always, Token::UrlPath, &BASE),
];

static URL: State = &[
    Rule::pop(End),
    Rule::found_all(UrlPath, Token::Url, &BASE).special(Special::RereadHost),
    Rule::pop(Always),
];

pub(super) static PROTOCOL_FIRST: State = &[
    Rule::pop(End),
    Rule::to(Is('/'), &PROTOCOL_SECOND),
    Rule::pop(Always),
];

static PROTOCOL_SECOND: State = &[
    Rule::pop(End),
    Rule::to(Is('/'), &PROTOCOL_END),
    Rule::pop(Always),
];

static PROTOCOL_END: State = &[Rule::found_all(Always, Token::Protocol, &BASE)];
