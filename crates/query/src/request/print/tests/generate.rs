//! Random requests, and random texts that are nearly right.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use underpin_base::QualifiedName;

use super::*;
use crate::request::{Format, Payload, PayloadRow, Preferences, RangeOperator};

/// Returns a request without anything in it.
pub(super) fn empty(action: Action) -> Request {
    Request {
        action,
        target: QualifiedName::public("t"),
        query: Query {
            select: vec![SelectItem::All],
            ..Query::default()
        },
        preferences: Preferences::default(),
        format: Format::Array { strip_nulls: false },
        head: false,
    }
}

/// Any request that a query string can say.
pub(super) fn request() -> impl Strategy<Value = Request> {
    (action(), query(2)).prop_map(|(action, mut query)| {
        if matches!(action, Action::Put { .. }) {
            (query.limit, query.offset) = (None, 0);
        }
        Request {
            query,
            ..empty(action)
        }
    })
}

fn action() -> impl Strategy<Value = Action> {
    let names = || option::of(vec(a_name(), 1..4));
    let payload = || Payload {
        uniform: true,
        rows: vec![PayloadRow::default()],
        ..Payload::default()
    };
    let argument = (a_name(), "(v\\PC*|[0-9{},]*)");
    prop_oneof![
        Just(Action::Read),
        Just(Action::Delete),
        (names(), names()).prop_map(move |(columns, on_conflict)| Action::Insert {
            payload: payload(),
            columns,
            on_conflict
        }),
        names().prop_map(move |columns| Action::Update {
            payload: payload(),
            columns
        }),
        names().prop_map(move |columns| Action::Put {
            payload: payload(),
            columns
        }),
        vec(argument, 0..4).prop_map(|arguments| Action::Call {
            arguments: Arguments::Text(arguments),
            get: true
        }),
    ]
}

fn query(depth: u32) -> BoxedStrategy<Query> {
    let item = if depth == 0 {
        prop_oneof![Just(SelectItem::All), field().prop_map(SelectItem::Field)].boxed()
    } else {
        prop_oneof![
            1 => Just(SelectItem::All),
            3 => field().prop_map(SelectItem::Field),
            2 => embed(depth - 1).prop_map(SelectItem::Embed),
        ]
        .boxed()
    };
    (
        vec(item, 0..4),
        vec(tree(), 0..3),
        vec(order_term(), 0..3),
        option::of(0..=i64::MAX as u64),
        prop_oneof![Just(0), 0..=i64::MAX as u64],
    )
        .prop_map(|(select, filters, order, limit, offset)| Query {
            select: tell_apart(select),
            filters,
            order,
            limit,
            offset,
        })
        .boxed()
}

/// Gives each embed of a level a name of its own: a parameter could not say which of two it is for.
fn tell_apart(mut select: Vec<SelectItem>) -> Vec<SelectItem> {
    for (index, item) in select.iter_mut().enumerate() {
        if let SelectItem::Embed(embed) = item {
            embed.relation = format!("{}{index}", embed.relation).into();
            if let Some(alias) = &mut embed.alias {
                *alias = format!("{alias} {index}x").into();
            }
        }
    }
    select
}

/// A name: mostly a plain one, sometimes a word that means something, sometimes anything.
fn a_name() -> impl Strategy<Value = Name> {
    prop_oneof![
        4 => "[a-z_][a-z0-9_]{0,6}",
        1 => select(MEANINGFUL).prop_map(str::to_owned),
        1 => select(vec!["count", "is", "in", "eq", "null", "1", "-", "a-b", "a b", "->", "*"])
            .prop_map(str::to_owned),
        1 => "[^\0]{1,6}",
    ]
    .prop_map(Name::from)
}

fn a_type() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9_]{0,5}( [a-z]{1,5})?"
}

fn json_path() -> impl Strategy<Value = Vec<JsonStep>> {
    let step = prop_oneof![
        "[^\0]{0,5}".prop_map(|key| (key, None)),
        "[a-z]{1,5}".prop_map(|key| (key, None)),
        "-?[0-9]{1,4}".prop_map(|key| {
            let index = key.parse().ok();
            (key, index)
        }),
    ];
    (vec(step, 0..3), any::<bool>()).prop_map(|(steps, as_text)| {
        let last = steps.len().saturating_sub(1);
        steps
            .into_iter()
            .enumerate()
            .map(|(place, (key, index))| JsonStep {
                key,
                index,
                as_text: as_text && place == last,
            })
            .collect()
    })
}

fn field() -> impl Strategy<Value = FieldItem> {
    let function = select(vec![
        Aggregate::Sum,
        Aggregate::Avg,
        Aggregate::Count,
        Aggregate::Max,
        Aggregate::Min,
    ]);
    let call = (function, option::of(a_type()))
        .prop_map(|(function, cast)| AggregateCall { function, cast });
    let of_column = (
        option::of(a_name()),
        a_name(),
        json_path(),
        option::of(a_type()),
        option::weighted(0.3, call),
    )
        .prop_map(|(alias, column, path, cast, aggregate)| FieldItem {
            alias,
            column: Some(column),
            path,
            cast,
            aggregate,
        });
    let count = (option::of(a_name()), option::of(a_type())).prop_map(|(alias, cast)| FieldItem {
        alias,
        column: None,
        path: vec![],
        cast: None,
        aggregate: Some(AggregateCall {
            function: Aggregate::Count,
            cast,
        }),
    });
    prop_oneof![4 => of_column, 1 => count]
}

fn embed(depth: u32) -> impl Strategy<Value = EmbedItem> {
    (
        option::of(a_name()),
        a_name(),
        option::of(a_name()),
        any::<bool>(),
        any::<bool>(),
        query(depth),
    )
        .prop_map(|(alias, relation, hint, inner, spread, query)| EmbedItem {
            alias: alias.filter(|_| !spread),
            relation,
            hint,
            inner,
            kind: if spread {
                EmbedKind::Spread
            } else {
                EmbedKind::Member
            },
            query,
        })
}

fn tree() -> impl Strategy<Value = FilterTree> {
    let condition = filter().prop_map(FilterTree::Condition);
    condition.prop_recursive(3, 8, 3, |inner| {
        (vec(inner, 1..4), any::<bool>(), any::<bool>()).prop_map(|(members, negated, is_or)| {
            if is_or {
                FilterTree::Or(members, negated)
            } else {
                FilterTree::And(members, negated)
            }
        })
    })
}

fn filter() -> impl Strategy<Value = Filter> {
    (a_name(), json_path(), any::<bool>(), operation()).prop_map(
        |(column, path, negated, operation)| Filter {
            column,
            path,
            negated,
            operation,
        },
    )
}

fn operation() -> impl Strategy<Value = Operation> {
    let text = || "([a-z0-9 ]{0,5}|[^\0]{0,6})";
    let quantifier = || {
        option::weighted(
            0.3,
            prop_oneof![Just(Quantifier::Any), Just(Quantifier::All)],
        )
    };
    let quantified = select(vec![
        Operation::Equal as fn(String, Option<Quantifier>) -> Operation,
        Operation::Greater,
        Operation::GreaterOrEqual,
        Operation::Less,
        Operation::LessOrEqual,
        Operation::Match,
        Operation::IMatch,
    ]);
    let pattern = select(vec![
        Operation::Like as fn(String, Option<Quantifier>) -> Operation,
        Operation::ILike,
    ]);
    let simple = select(vec![
        Operation::IsDistinct as fn(String) -> Operation,
        Operation::Contains,
        Operation::ContainedBy,
        Operation::Overlaps,
        |text| Operation::NotEqual(text, None),
        |text| Operation::Range(RangeOperator::StrictlyLeft, text),
        |text| Operation::Range(RangeOperator::Adjacent, text),
    ]);
    let truth = select(vec![
        Truth::Null,
        Truth::NotNull,
        Truth::True,
        Truth::False,
        Truth::Unknown,
    ]);
    prop_oneof![
        4 => (quantified, text(), quantifier()).prop_map(|(build, text, q)| build(text, q)),
        2 => (pattern, "[^\0*]{0,6}", quantifier()).prop_map(|(build, text, q)| build(text, q)),
        2 => (simple, text()).prop_map(|(build, text)| build(text)),
        1 => (select(vec!["fts", "plfts", "phfts", "wfts"]), option::of("[a-z]{1,5}"), text())
            .prop_map(|(name, configuration, text)| Operation::TextSearch(name, configuration, text)),
        2 => vec(text(), 0..4).prop_map(Operation::In),
        1 => truth.prop_map(Operation::Is),
    ]
}

fn order_term() -> impl Strategy<Value = OrderTerm> {
    (
        option::weighted(0.2, a_name()),
        a_name(),
        json_path(),
        any::<bool>(),
        option::of(any::<bool>()),
    )
        .prop_map(
            |(relation, column, path, descending, nulls_first)| OrderTerm {
                relation,
                column,
                path,
                descending,
                nulls_first,
            },
        )
}

/// Texts made of the pieces of the grammar, in any order.
pub(super) fn almost_query() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "select=",
        "order=",
        "limit=",
        "offset=",
        "or=(",
        "and=(",
        "not.and=(",
        "columns=",
        "a=eq.",
        "rel.",
        "rel(",
        "a",
        "b",
        "rel",
        "x:",
        "...",
        "!inner",
        "!left",
        "!h",
        "(",
        ")",
        "(*)",
        "()",
        ",",
        ",",
        ".",
        ":",
        "::",
        "int",
        "->",
        "->>",
        "-",
        "1",
        "*",
        "\"",
        "\\",
        "{",
        "}",
        "%22",
        "%5C",
        "+",
        "%20",
        "%09",
        "&",
        "&",
        "=",
        "eq.",
        "not.",
        "in.(",
        "is.null",
        "is.",
        "like.",
        "fts(en).",
        "eq(any).",
        "count()",
        "count",
        ".sum()",
        ".desc",
        ".nullsfirst",
        "or",
        "and(",
        "not",
        "order",
        "select",
        "\"or\"",
        "\"a.b\"",
        "%C3%BC",
    ]);
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Texts made of the pieces of JSON, in any order.
pub(super) fn almost_json() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "{",
        "}",
        "[",
        "]",
        "{\"a\":",
        "\"b\":",
        ",",
        ":",
        "\"",
        "\\",
        "\\u00",
        "1",
        "-",
        ".5",
        "e",
        "null",
        "true",
        " ",
        "\n",
        "[{\"a\":1},",
        "{\"a\":2}",
        "ü",
        "{}",
    ]);
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}
