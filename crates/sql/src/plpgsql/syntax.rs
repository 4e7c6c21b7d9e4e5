//! The statements of PL/pgSQL as they are written: expressions and queries are text still.

use underpin_base::Name;

use crate::tree::Diagnostic;

/// A part of the text that SQL's grammar reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fragment {
    pub(super) text: String,
    /// The line on which it begins.
    pub(super) line: usize,
}

/// `[declare …] begin … [exception …] end`.
#[derive(Clone, Debug, PartialEq, Default)]
pub(super) struct Block {
    pub(super) label: Option<Name>,
    pub(super) declarations: Vec<Declaration>,
    pub(super) body: Vec<Statement>,
    pub(super) handlers: Vec<Handler>,
}

/// An item of `declare`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Declaration {
    pub(super) line: usize,
    pub(super) name: Name,
    pub(super) constant: bool,
    pub(super) ty: DeclaredType,
    pub(super) not_null: bool,
    pub(super) default: Option<Fragment>,
}

/// The type of a variable.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum DeclaredType {
    /// By its name.
    Named(String),
    /// `record`.
    Record,
    /// `name%type`.
    Of(Vec<Name>),
    /// `table%rowtype`.
    Row(Vec<Name>),
    /// `alias for`.
    Alias(Vec<Name>),
}

/// What is set: a variable, or a field of one that holds a row.
pub(super) type Target = Vec<Name>;

/// What is done about an error.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Handler {
    pub(super) line: usize,
    /// Names of conditions; SQLSTATEs have five characters in capitals and digits.
    pub(super) conditions: Vec<WrittenCondition>,
    pub(super) body: Vec<Statement>,
}

/// A condition as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum WrittenCondition {
    Named(Name),
    State(String),
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement {
    pub(super) line: usize,
    pub(super) kind: Kind,
}

/// What a statement is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Block(Block),
    Assign {
        target: Target,
        value: Fragment,
    },
    If {
        branches: Vec<(Fragment, Vec<Statement>)>,
        otherwise: Vec<Statement>,
    },
    Case {
        subject: Option<Fragment>,
        branches: Vec<(Fragment, Vec<Statement>)>,
        otherwise: Option<Vec<Statement>>,
    },
    Loop {
        label: Option<Name>,
        condition: Option<Fragment>,
        body: Vec<Statement>,
    },
    Count {
        label: Option<Name>,
        variable: Name,
        reverse: bool,
        from: Fragment,
        to: Fragment,
        by: Option<Fragment>,
        body: Vec<Statement>,
    },
    Rows {
        label: Option<Name>,
        targets: Vec<Target>,
        query: Fragment,
        body: Vec<Statement>,
    },
    Leave {
        label: Option<Name>,
        next_round: bool,
        condition: Option<Fragment>,
    },
    Return(Option<Fragment>),
    ReturnNext(Option<Fragment>),
    ReturnQuery(Fragment),
    Raise(Raise),
    Assert {
        condition: Fragment,
        message: Option<Fragment>,
    },
    Sql {
        text: Fragment,
        into: Option<Into>,
    },
    Perform(Fragment),
    Diagnostics(Vec<(Target, Diagnostic)>),
    Null,
}

/// Where a row goes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Into {
    pub(super) targets: Vec<Target>,
    pub(super) strict: bool,
}

/// `raise`.
#[derive(Clone, Debug, PartialEq, Default)]
pub(super) struct Raise {
    /// `exception`, `notice`, …; an error when absent.
    pub(super) level: Option<Name>,
    pub(super) format: Option<String>,
    pub(super) parameters: Vec<Fragment>,
    pub(super) condition: Option<WrittenCondition>,
    /// The options by their names.
    pub(super) options: Vec<(Name, Fragment)>,
}
