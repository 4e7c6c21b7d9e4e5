//! What a routine's last statement returns, converted to what the routine promises.

use underpin_base::{Code, Error, Name, Result};
use underpin_sql::grammar::RoutineResult;
use underpin_sql::infer;
use underpin_sql::tree::{Body, Distinct, Expr, Output, Select, Simple, Statement};
use underpin_sql::types::Type;

/// Converts what the last of `statements` returns to `result`, as an assignment does.
///
/// # Errors
/// `42P13` when it returns something else.
pub(super) fn convert(statements: &mut [Statement], result: &RoutineResult) -> Result<()> {
    if result.ty == Type::Void {
        return Ok(());
    }
    let Some(last) = statements.last_mut() else {
        return Err(mismatch(
            result,
            "Function's final statement must be SELECT or INSERT/UPDATE/DELETE RETURNING.",
        ));
    };
    let outputs = match last {
        Statement::Select(select) => return convert_select(select, result),
        Statement::Insert(insert) => &mut insert.returning,
        Statement::Update(update) => &mut update.returning,
        Statement::Delete(delete) => &mut delete.returning,
    };
    if outputs.is_empty() {
        return Err(mismatch(
            result,
            "Function's final statement must be SELECT or INSERT/UPDATE/DELETE RETURNING.",
        ));
    }
    convert_outputs(outputs, result)
}

fn convert_select(select: &mut Select, result: &RoutineResult) -> Result<()> {
    // Which rows are distinct, and which comes first, is told by what they are before they are converted.
    if let Body::Simple(simple) = &mut select.body
        && select.order_by.is_empty()
        && simple.distinct == Distinct::No
    {
        return convert_outputs(&mut simple.outputs, result);
    }
    let columns = select.columns();
    let wanted = wanted(&columns, result)?;
    if columns.iter().zip(&wanted).all(|((_, ty), to)| ty == to) {
        return Ok(());
    }
    let names = select.name_apart();
    let alias = Name::from("(result)");
    let mut outputs: Vec<Output> = columns
        .into_iter()
        .zip(&names)
        .map(|((name, ty), inner)| Output {
            expr: Expr::column(&alias, inner, ty),
            name,
        })
        .collect();
    convert_outputs(&mut outputs, result)?;
    let inner = std::mem::replace(select, Select::simple(Simple::default()));
    *select = Select::over(inner, alias, outputs);
    Ok(())
}

/// Returns the types that the outputs must have.
fn wanted(columns: &[(Name, Type)], result: &RoutineResult) -> Result<Vec<Type>> {
    let whole_row = matches!(columns, [(_, ty)] if *ty == result.ty && result.ty != Type::Record);
    if whole_row || (result.columns.is_empty() && result.ty != Type::Record) {
        if let [_] = columns {
            return Ok(vec![result.ty.clone()]);
        }
        return Err(mismatch(
            result,
            "Final statement must return exactly one column.",
        ));
    }
    if result.columns.is_empty() {
        return Ok(columns.iter().map(|(_, ty)| ty.clone()).collect());
    }
    if columns.len() < result.columns.len() {
        return Err(mismatch(result, "Final statement returns too few columns."));
    }
    if columns.len() > result.columns.len() {
        return Err(mismatch(
            result,
            "Final statement returns too many columns.",
        ));
    }
    Ok(result.columns.iter().map(|(_, ty)| ty.clone()).collect())
}

fn convert_outputs(outputs: &mut [Output], result: &RoutineResult) -> Result<()> {
    let columns: Vec<(Name, Type)> = outputs
        .iter()
        .map(|output| (output.name.clone(), output.expr.ty.clone()))
        .collect();
    let wanted = wanted(&columns, result)?;
    for (index, (output, to)) in outputs.iter_mut().zip(wanted).enumerate() {
        let from = output.expr.ty.clone();
        let expr = std::mem::replace(&mut output.expr, Expr::bool(true));
        output.expr = infer::assign(expr, &to.clone().into()).map_err(|error| {
            if *error.code() != Code::DATATYPE_MISMATCH {
                return error;
            }
            if result.columns.is_empty() {
                mismatch(result, &format!("Actual return type is {from}."))
            } else {
                mismatch(
                    result,
                    &format!(
                        "Final statement returns {from} instead of {to} at column {}.",
                        index + 1
                    ),
                )
            }
        })?;
    }
    Ok(())
}

fn mismatch(result: &RoutineResult, details: &str) -> Error {
    Error::new(
        Code::new("42P13"),
        format!(
            "return type mismatch in function declared to return {}",
            result.ty
        ),
    )
    .details(details)
}
