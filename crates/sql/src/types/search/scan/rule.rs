//! [`Rule`]: when it applies, and what it does.

use super::Token;

/// What a rule asks of the character at the position, or of the scanner.
#[derive(Clone, Copy, Debug)]
pub(super) enum Test {
    /// The text ends here.
    End,
    /// It is this character.
    Is(char),
    AsciiLetter,
    Letter,
    Digit,
    LetterOrDigit,
    NeitherLetterNorDigit,
    HexDigit,
    /// A letter's sign.
    Joiner,
    Space,
    /// What a URL may hold behind the host.
    UrlCharacter,
    /// Between `<script>` or `<style>` and its end.
    Ignoring,
    /// A host alone is looked for; asking takes the wish back.
    HostAlone,
    /// A host begins here, and is taken.
    Host,
    /// A path of a URL begins here, and is taken.
    UrlPath,
    Always,
}

/// What happens to the stack of positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stack {
    Keep,
    /// The position is remembered.
    Push,
    /// What was read since is forgotten, and the rule after the one that pushed is tried.
    Pop,
    /// The remembered position is forgotten.
    Clear,
    /// All are.
    ClearAll,
    /// What was read is added to the remembered position, in its state.
    Merge,
}

/// What else happens, before the token is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Special {
    Nothing,
    /// A tag may begin or end what is ignored.
    Tags,
    /// The token is read again, as its parts.
    Reread,
    /// The token is read again, as a host first.
    RereadHost,
    /// The token is begun again.
    Restart,
}

/// A state: the rules to try in order; the last always applies.
pub(super) type State = &'static [Rule];

/// A rule of a state.
#[derive(Clone, Copy)]
pub(super) struct Rule {
    pub(super) test: Test,
    pub(super) stack: Stack,
    /// The next state, by reference, since states name each other; nothing for the same.
    pub(super) next: Option<&'static State>,
    pub(super) token: Option<Token>,
    /// The character is looked at again in the next state.
    pub(super) again: bool,
    pub(super) special: Special,
}

impl Rule {
    const fn new(test: Test, stack: Stack) -> Self {
        Self {
            test,
            stack,
            next: None,
            token: None,
            again: false,
            special: Special::Nothing,
        }
    }

    /// The state stays.
    pub(super) const fn stay(test: Test) -> Self {
        Self::new(test, Stack::Keep)
    }

    /// On to `next`.
    pub(super) const fn to(test: Test, next: &'static State) -> Self {
        Self::stay(test).next(next)
    }

    /// On to `next`, perhaps to come back.
    pub(super) const fn push(test: Test, next: &'static State) -> Self {
        Self::new(test, Stack::Push).next(next)
    }

    /// Back to what was pushed.
    pub(super) const fn pop(test: Test) -> Self {
        Self::new(test, Stack::Pop)
    }

    /// On to `next`, not to come back.
    pub(super) const fn clear(test: Test, next: &'static State) -> Self {
        Self::new(test, Stack::Clear).next(next)
    }

    /// What was read joins what was pushed.
    pub(super) const fn merge(test: Test) -> Self {
        Self::new(test, Stack::Merge)
    }

    /// The same character again, in `next`.
    pub(super) const fn again(test: Test, next: &'static State) -> Self {
        Self {
            again: true,
            ..Self::to(test, next)
        }
    }

    /// A token is found before this character.
    pub(super) const fn found(test: Test, token: Token, next: &'static State) -> Self {
        Self {
            token: Some(token),
            ..Self::to(test, next)
        }
    }

    /// A token is found, and what was pushed last is forgotten.
    pub(super) const fn found_clear(test: Test, token: Token, next: &'static State) -> Self {
        Self {
            stack: Stack::Clear,
            ..Self::found(test, token, next)
        }
    }

    /// A token is found, and nothing is gone back to.
    pub(super) const fn found_all(test: Test, token: Token, next: &'static State) -> Self {
        Self {
            stack: Stack::ClearAll,
            ..Self::found(test, token, next)
        }
    }

    /// The rule with `special`.
    pub(super) const fn special(self, special: Special) -> Self {
        Self { special, ..self }
    }

    const fn next(self, next: &'static State) -> Self {
        Self {
            next: Some(next),
            ..self
        }
    }
}
