//! Every function that the tree knows is one that PostgreSQL finds.

use std::fmt::Write as _;

use underpin_base::Name;

use super::cluster::Database;
use crate::functions::{Function, Parameter};
use crate::tree::{Expr, ExprKind, From, Output, Select, Simple, Window};
use crate::types::{RangeType, Type};
use crate::writer::postgres::select;

fn argument(parameter: &Parameter) -> Type {
    match parameter {
        Parameter::Is(ty) => ty.clone(),
        Parameter::Any => Type::Text,
        Parameter::Element => Type::Int4,
        Parameter::Array => Type::Int4.array(),
        Parameter::Range => Type::Range(RangeType::ALL[0]),
        Parameter::Multirange => Type::Multirange(RangeType::ALL[0]),
    }
}

/// Returns a query of a call with nulls.
fn query(function: Function) -> Select {
    let definition = function.definition();
    let arguments: Vec<Expr> = definition
        .parameters
        .iter()
        .map(|parameter| match definition.name {
            "row_to_json" => Expr {
                kind: ExprKind::Row(Vec::new()),
                ty: Type::Record,
            },
            _ => Expr::null(argument(parameter)),
        })
        .collect();
    let value = Name::from("value");
    let mut call = Expr {
        kind: ExprKind::Function(function, arguments.clone()),
        ty: Type::Text,
    };
    if matches!(
        definition.name,
        "cume_dist"
            | "dense_rank"
            | "first_value"
            | "lag"
            | "last_value"
            | "lead"
            | "nth_value"
            | "ntile"
            | "percent_rank"
            | "rank"
            | "row_number"
    ) {
        call = Expr {
            ty: call.ty.clone(),
            kind: ExprKind::Window(Box::new(Window {
                call,
                partition_by: Vec::new(),
                order_by: Vec::new(),
                frame: None,
            })),
        };
    }
    let mut simple = Simple::default();
    if definition.set {
        simple.from = vec![From::Function {
            function,
            arguments,
            alias: Name::from("f"),
            columns: Vec::new(),
            ordinality: false,
        }];
        call = Expr::bool(true);
    }
    simple.outputs = vec![Output {
        name: value,
        expr: call,
    }];
    Select::simple(simple)
}

#[test]
fn every_function_is_found() {
    let Some(database) = Database::new() else {
        return;
    };
    let mut script = String::new();
    for (index, function) in Function::all().enumerate() {
        let rendered = select(&query(function)).unwrap();
        let _ = writeln!(
            script,
            "\\echo {}\nprepare p{index} as {};",
            rendered.sql, rendered.sql
        );
    }
    let answer = database.try_run(&script);
    let mut missing = Vec::new();
    let mut asked = "";
    for line in answer.lines() {
        if line.contains("ERROR:") {
            missing.push(format!("{asked}: {line}"));
        } else {
            asked = line;
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
