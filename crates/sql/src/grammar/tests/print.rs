//! The tree on one line, for expectations.

use underpin_base::Value;

use crate::tree::{
    Assignment, Body, ConflictAction, Cte, Distinct, Expr, ExprKind, From, JoinKind, OrderBy,
    Output, Select, Simple, Source, Statement,
};
use crate::types::Type;

fn list<T>(items: &[T], print: impl Fn(&T) -> String) -> String {
    items.iter().map(print).collect::<Vec<_>>().join(", ")
}

fn exprs(items: &[Expr]) -> String {
    list(items, expr)
}

fn short(ty: &Type) -> String {
    match ty {
        Type::Int2 => "int2".to_owned(),
        Type::Int4 => "int4".to_owned(),
        Type::Int8 => "int8".to_owned(),
        Type::Float8 => "float8".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Varchar => "varchar".to_owned(),
        Type::Timestamp => "timestamp".to_owned(),
        Type::TimestampTz => "timestamptz".to_owned(),
        Type::Array(element) => format!("{}[]", short(element)),
        other => other.to_string(),
    }
}

fn constant(value: &Value, ty: &Type) -> String {
    match (value, ty) {
        (Value::Null, _) => format!("null::{}", short(ty)),
        (Value::Int(0), Type::Bool) => "false".to_owned(),
        (Value::Int(_), Type::Bool) => "true".to_owned(),
        (Value::Int(value), Type::Int4) => value.to_string(),
        (Value::Int(value), _) => format!("{value}::{}", short(ty)),
        (Value::Float(value), _) => format!("{value:?}::{}", short(ty)),
        (Value::Text(text), Type::Text) => format!("'{text}'"),
        (Value::Text(text), _) => format!("'{text}'::{}", short(ty)),
        (Value::Bytes(bytes), _) => format!("{bytes:?}"),
    }
}

pub(super) fn expr(node: &Expr) -> String {
    match &node.kind {
        ExprKind::Constant(value) => constant(value, &node.ty),
        ExprKind::Context(context) => format!("{context:?}").to_lowercase(),
        ExprKind::Parameter(index) => format!("${}::{}", index + 1, short(&node.ty)),
        ExprKind::Column { relation, name } => format!("{relation}.{name}"),
        ExprKind::RowId(relation) => format!("{relation}.rowid"),
        ExprKind::Operator(operator, operands) => format!(
            "({} {} {})",
            expr(&operands[0]),
            operator.symbol(),
            expr(&operands[1])
        ),
        ExprKind::Function(function, arguments) => {
            format!("{}({})", function.definition().name, exprs(arguments))
        }
        ExprKind::Call { routine, arguments } => {
            format!("call {}({})", routine.name, exprs(arguments))
        }
        ExprKind::And(terms) => format!("and({})", exprs(terms)),
        ExprKind::Or(terms) => format!("or({})", exprs(terms)),
        ExprKind::Not(operand) => format!("not({})", expr(operand)),
        _ => condition(node),
    }
}

fn condition(node: &Expr) -> String {
    let not = |negated: bool| if negated { "not " } else { "" };
    match &node.kind {
        ExprKind::IsNull { operand, negated } => {
            format!("{} is {}null", expr(operand), not(*negated))
        }
        ExprKind::IsDistinct { operands, negated } => format!(
            "{} is {}distinct from {}",
            expr(&operands[0]),
            not(*negated),
            expr(&operands[1])
        ),
        ExprKind::IsTruth {
            operand,
            truth,
            negated,
        } => format!("{} is {}{truth:?}", expr(operand), not(*negated)).to_lowercase(),
        ExprKind::In {
            operand,
            list,
            negated,
        } => format!("{} {}in [{}]", expr(operand), not(*negated), exprs(list)),
        ExprKind::InSelect {
            operands,
            select: query,
            negated,
        } => format!(
            "({}) {}in ({})",
            exprs(operands),
            not(*negated),
            select(query)
        ),
        ExprKind::Quantified {
            operator,
            operand,
            array,
            all,
        } => format!(
            "{} {} {}({})",
            expr(operand),
            operator.symbol(),
            if *all { "all" } else { "any" },
            expr(array)
        ),
        ExprKind::Case(case) => format!(
            "case({}{})",
            list(&case.branches, |(condition, result)| format!(
                "{} -> {}",
                expr(condition),
                expr(result)
            )),
            case.otherwise
                .as_ref()
                .map_or(String::new(), |otherwise| format!("; {}", expr(otherwise)))
        ),
        _ => construct(node),
    }
}

fn construct(node: &Expr) -> String {
    match &node.kind {
        ExprKind::Coalesce(values) => format!("coalesce({})", exprs(values)),
        ExprKind::NullIf(operands) => {
            format!("nullif({}, {})", expr(&operands[0]), expr(&operands[1]))
        }
        ExprKind::Extreme { values, greatest } => format!(
            "{}({})",
            if *greatest { "greatest" } else { "least" },
            exprs(values)
        ),
        ExprKind::Cast { operand, to } => format!("cast({} as {to})", expr(operand)),
        ExprKind::Array(values) => format!("array[{}]", exprs(values)),
        ExprKind::Row(values) => format!("row({})", exprs(values)),
        ExprKind::Subscript(operands) => {
            format!("{}[{}]", expr(&operands[0]), expr(&operands[1]))
        }
        ExprKind::Field(operand, name) => format!("({}).{name}", expr(operand)),
        ExprKind::Exists(query) => format!("exists({})", select(query)),
        ExprKind::Scalar(query) => format!("scalar({})", select(query)),
        ExprKind::ArraySelect(query) => format!("array({})", select(query)),
        ExprKind::Aggregate {
            aggregate,
            arguments,
            distinct,
            order_by,
            filter,
        } => {
            let mut text = format!("{aggregate:?}").to_lowercase();
            text.push('(');
            if *distinct {
                text.push_str("distinct ");
            }
            text.push_str(&exprs(arguments));
            text.push_str(&order(order_by));
            text.push(')');
            if let Some(filter) = filter {
                text.push_str(&format!(" filter({})", expr(filter)));
            }
            text
        }
        ExprKind::Window(window) => format!(
            "{} over (by {}{}{})",
            expr(&window.call),
            exprs(&window.partition_by),
            order(&window.order_by),
            window
                .frame
                .as_ref()
                .map_or(String::new(), |frame| format!(" {frame}"))
        ),
        ExprKind::Object(members) => format!(
            "{{{}}}::{}",
            list(members, |(name, value)| format!("{name}: {}", expr(value))),
            short(&node.ty)
        ),
        ExprKind::Rows(query) => format!("rows({})", select(query)),
        other => format!("{other:?}"),
    }
}

fn order(items: &[OrderBy]) -> String {
    if items.is_empty() {
        return String::new();
    }
    let items = list(items, |item| {
        format!(
            "{}{}{}",
            expr(&item.expr),
            if item.descending { " desc" } else { "" },
            if item.nulls_first == item.descending {
                ""
            } else if item.nulls_first {
                " nulls first"
            } else {
                " nulls last"
            }
        )
    });
    format!(" order by {items}")
}

fn outputs(items: &[Output]) -> String {
    list(items, |output| {
        let value = expr(&output.expr);
        if value.ends_with(&format!(".{}", output.name)) {
            value
        } else {
            format!("{value} as {}", output.name)
        }
    })
}

fn froms(items: &[From]) -> String {
    list(items, from)
}

fn named(name: &str, alias: &str) -> String {
    let bare = name.strip_prefix("public.").unwrap_or(name);
    if bare == alias {
        bare.to_owned()
    } else {
        format!("{bare} {alias}")
    }
}

fn from(node: &From) -> String {
    match node {
        From::Table { table, alias } => named(&table.to_string(), alias),
        From::View { view, alias } => format!("view {}", named(&view.to_string(), alias)),
        From::Cte { name, alias } => format!("cte {}", named(name, alias)),
        From::Subquery {
            select: query,
            alias,
            lateral,
        } => format!(
            "{}({}) {alias}",
            if *lateral { "lateral " } else { "" },
            select(query)
        ),
        From::Function {
            function,
            arguments,
            alias,
            columns,
            ordinality,
        } => format!(
            "{}({}) {alias}({}){}",
            function.definition().name,
            exprs(arguments),
            list(columns, |(name, ty)| format!("{name} {}", short(ty))),
            if *ordinality { " ordinality" } else { "" }
        ),
        From::Call {
            routine,
            arguments,
            alias,
            columns,
            ..
        } => format!(
            "call {}({}) {alias}({})",
            routine.name,
            exprs(arguments),
            list(columns, |(name, ty)| format!("{name} {}", short(ty)))
        ),
        From::Affected { alias, .. } => format!("affected {alias}"),
        From::Join(join) => format!(
            "({} {} {}{})",
            from(&join.left),
            match join.kind {
                JoinKind::Inner => "join",
                JoinKind::Left => "left",
                JoinKind::Right => "right",
                JoinKind::Full => "full",
                JoinKind::Cross => "cross",
            },
            from(&join.right),
            join.on
                .as_ref()
                .map_or(String::new(), |on| format!(" on {}", expr(on)))
        ),
    }
}

fn with(ctes: &[Cte]) -> String {
    if ctes.is_empty() {
        return String::new();
    }
    format!(
        "with {} ",
        list(ctes, |cte| format!(
            "{}{}({}){} as ({})",
            if cte.recursive { "recursive " } else { "" },
            cte.name,
            list(&cte.columns, |(name, ty)| format!("{name} {}", short(ty))),
            match cte.materialized {
                None => "",
                Some(true) => " materialized",
                Some(false) => " inline",
            },
            statement(&cte.statement)
        ))
    )
}

pub(super) fn select(node: &Select) -> String {
    let mut text = with(&node.with);
    match &node.body {
        Body::Simple(simple) => text.push_str(&self::simple(simple)),
        Body::Values(rows) => {
            text.push_str("values ");
            text.push_str(&list(rows, |row| format!("({})", exprs(row))));
        }
        Body::Set {
            operator,
            all,
            operands,
        } => {
            let word = format!("{operator:?}").to_lowercase();
            text.push_str(&format!(
                "[{}] {word}{} [{}]",
                select(&operands[0]),
                if *all { " all" } else { "" },
                select(&operands[1])
            ));
        }
    }
    text.push_str(&order(&node.order_by));
    if let Some(limit) = &node.limit {
        text.push_str(&format!(" limit {}", expr(limit)));
    }
    if let Some(offset) = &node.offset {
        text.push_str(&format!(" offset {}", expr(offset)));
    }
    text
}

fn simple(node: &Simple) -> String {
    let mut text = "select ".to_owned();
    match &node.distinct {
        Distinct::No => {}
        Distinct::Rows => text.push_str("distinct "),
        Distinct::On(on) => text.push_str(&format!("distinct on ({}) ", exprs(on))),
    }
    text.push_str(&outputs(&node.outputs));
    if !node.from.is_empty() {
        text.push_str(&format!(" from {}", froms(&node.from)));
    }
    if let Some(filter) = &node.filter {
        text.push_str(&format!(" where {}", expr(filter)));
    }
    if !node.group_by.is_empty() {
        text.push_str(&format!(" group by {}", exprs(&node.group_by)));
    }
    if let Some(having) = &node.having {
        text.push_str(&format!(" having {}", expr(having)));
    }
    text
}

fn value(node: Option<&Expr>) -> String {
    node.map_or("default".to_owned(), expr)
}

fn assignments(items: &[Assignment]) -> String {
    list(items, |item| {
        format!("{} = {}", item.column, value(item.value.as_ref()))
    })
}

fn tail(filter: Option<&Expr>, returning: &[Output]) -> String {
    let mut text = String::new();
    if let Some(filter) = filter {
        text.push_str(&format!(" where {}", expr(filter)));
    }
    if !returning.is_empty() {
        text.push_str(&format!(" returning {}", outputs(returning)));
    }
    text
}

pub(super) fn statement(node: &Statement) -> String {
    match node {
        Statement::Select(query) => select(query),
        Statement::Insert(insert) => {
            let mut text = with(&insert.with);
            text.push_str(&format!(
                "insert {}({})",
                named(&insert.table.to_string(), &insert.alias),
                insert.columns.join(", ")
            ));
            match &insert.source {
                Source::Default => text.push_str(" default"),
                Source::Values(rows) => text.push_str(&format!(
                    " values {}",
                    list(rows, |row| format!(
                        "({})",
                        list(row, |item| value(item.as_ref()))
                    ))
                )),
                Source::Select(query) => text.push_str(&format!(" {}", select(query))),
            }
            if let Some(conflict) = &insert.conflict {
                text.push_str(&format!(" conflict({})", conflict.target.join(", ")));
                match &conflict.action {
                    ConflictAction::Nothing => text.push_str(" nothing"),
                    ConflictAction::Update {
                        assignments: items,
                        filter,
                    } => text.push_str(&format!(
                        " set {}{}",
                        assignments(items),
                        tail(filter.as_ref(), &[])
                    )),
                }
            }
            text + &tail(None, &insert.returning)
        }
        Statement::Update(update) => {
            let mut text = with(&update.with);
            text.push_str(&format!(
                "update {} set {}",
                named(&update.table.to_string(), &update.alias),
                assignments(&update.assignments)
            ));
            if !update.from.is_empty() {
                text.push_str(&format!(" from {}", froms(&update.from)));
            }
            text + &tail(update.filter.as_ref(), &update.returning)
        }
        Statement::Delete(delete) => {
            let mut text = with(&delete.with);
            text.push_str(&format!(
                "delete {}",
                named(&delete.table.to_string(), &delete.alias)
            ));
            if !delete.using.is_empty() {
                text.push_str(&format!(" using {}", froms(&delete.using)));
            }
            text + &tail(delete.filter.as_ref(), &delete.returning)
        }
    }
}
