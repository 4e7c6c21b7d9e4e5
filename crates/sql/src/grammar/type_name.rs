//! [`column_type`]: the name of a type, in all of PostgreSQL's spellings.

use squawk_syntax::ast::{self, AstNode, LitKind};
use underpin_base::{Code, Error, QualifiedName, Result};

use super::name::{Path, path_ref};
use super::{NamedType, Resolver, located};
use crate::types::{ColumnType, Modifier, Type};

/// What the name of a type says.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeName {
    /// The type and its modifier; of a domain, those beneath.
    pub column: ColumnType,
    /// It is `smallserial`, `serial` or `bigserial`.
    pub serial: bool,
    /// The domain, when it is one.
    pub domain: Option<QualifiedName>,
    /// `setof`.
    pub set: bool,
}

impl From<ColumnType> for TypeName {
    fn from(column: ColumnType) -> Self {
        Self {
            column,
            serial: false,
            domain: None,
            set: false,
        }
    }
}

/// Returns the type that `node` names.
///
/// # Errors
/// `42704` for a type that does not exist, `0A000` for one that is not supported, `22023` for a modifier out of range.
pub fn column_type(node: &ast::Type, resolver: &dyn Resolver) -> Result<TypeName> {
    read(node, resolver).map_err(|error| located(error, node.syntax()))
}

/// Reads the name of a type that stands alone, such as `numeric(10,2)[]`.
///
/// # Errors
/// `42601` when the text is more or less than a type's name; those of [`column_type`].
pub fn column_type_text(text: &str, resolver: &dyn Resolver) -> Result<TypeName> {
    let wrong = || {
        Error::new(
            Code::SYNTAX,
            format!("\"{text}\" is not the name of a type"),
        )
    };
    let parsed = super::parse(&format!("select null::{text}")).map_err(|_| wrong())?;
    let [statement] = parsed.as_slice() else {
        return Err(wrong());
    };
    let mut nodes = statement.statement.syntax().descendants();
    let node = nodes.find_map(ast::Type::cast).ok_or_else(wrong)?;
    // Whatever else the text holds (an alias, another column) is not part of the type's node.
    if node.syntax().text().to_string().trim() != text.trim() {
        return Err(wrong());
    }
    column_type(&node, resolver)
}

fn read(node: &ast::Type, resolver: &dyn Resolver) -> Result<TypeName> {
    Ok(match node {
        ast::Type::ArrayType(array) => return array_type(array, resolver),
        ast::Type::PathType(named) => return path_type(named, resolver),
        ast::Type::VarcharType(text) => TypeName {
            set: text.setof_token().is_some(),
            ..length(Type::Varchar, text.arg_list(), None)?.into()
        },
        ast::Type::CharacterType(text) => TypeName {
            set: text.setof_token().is_some(),
            ..length(Type::Bpchar, text.arg_list(), Some(1))?.into()
        },
        ast::Type::BitType(_) | ast::Type::BitVaryingType(_) => {
            return Err(unsupported("bit strings"));
        }
        ast::Type::DoubleType(double) => TypeName {
            set: double.setof_token().is_some(),
            ..ColumnType::plain(Type::Float8).into()
        },
        ast::Type::TimeType(time) => TypeName {
            set: time.setof_token().is_some(),
            ..fraction(
                zoned(time.timezone().as_ref(), Type::Time, Type::TimeTz),
                time.literal().as_ref(),
            )?
            .into()
        },
        ast::Type::TimestampType(time) => TypeName {
            set: time.setof_token().is_some(),
            ..fraction(
                zoned(time.timezone().as_ref(), Type::Timestamp, Type::TimestampTz),
                time.literal().as_ref(),
            )?
            .into()
        },
        ast::Type::IntervalType(interval) => {
            if interval.interval_qualifier().is_some() {
                return Err(unsupported("intervals restricted to some fields"));
            }
            TypeName {
                set: interval.setof_token().is_some(),
                ..fraction(Type::Interval, interval.literal().as_ref())?.into()
            }
        }
    })
}

fn zoned(zone: Option<&ast::Timezone>, without: Type, with: Type) -> Type {
    match zone {
        Some(ast::Timezone::WithTimezone(_)) => with,
        Some(ast::Timezone::WithoutTimezone(_)) | None => without,
    }
}

/// Every array is an array of any dimension, whatever bounds are written: PostgreSQL ignores them too.
fn array_type(array: &ast::ArrayType, resolver: &dyn Resolver) -> Result<TypeName> {
    let element = array
        .ty()
        .ok_or_else(|| Error::new(Code::SYNTAX, "the type of the elements is missing"))?;
    let element = read(&element, resolver)?;
    if element.serial {
        return Err(Error::new(
            Code::FEATURE_NOT_SUPPORTED,
            "array of serial is not implemented",
        ));
    }
    if element.domain.is_some() {
        return Err(unsupported("arrays of domains"));
    }
    let ty = match element.column.ty {
        nested @ Type::Array(_) => nested,
        ty => ty.array(),
    };
    Ok(TypeName {
        column: ColumnType {
            ty,
            modifier: element.column.modifier,
        },
        ..element
    })
}

fn path_type(named: &ast::PathType, resolver: &dyn Resolver) -> Result<TypeName> {
    let path = path_ref(named.path_ref().as_ref())?;
    let set = named.setof_token().is_some();
    let quoted = named
        .path_ref()
        .and_then(|path| path.segment())
        .is_some_and(|segment| segment.is_quoted());
    let built_in = match path.schema.as_deref() {
        None | Some("pg_catalog" | "extensions") => built_in(&path.name, quoted),
        Some(_) => None,
    };
    if let Some(ty) = built_in {
        let serial = matches!(
            &*path.name,
            "serial" | "smallserial" | "bigserial" | "serial2" | "serial4" | "serial8"
        );
        return Ok(TypeName {
            column: modified(ty, &path, named.arg_list())?,
            serial: serial && !quoted,
            domain: None,
            set,
        });
    }
    let NamedType { column, domain } = resolver
        .named_type(path.schema.as_deref(), &path.name)
        .ok_or_else(|| unknown(&path))?;
    if named.arg_list().is_some() {
        return Err(Error::new(
            Code::SYNTAX,
            format!("type modifier is not allowed for type \"{path}\""),
        ));
    }
    Ok(TypeName {
        column,
        serial: false,
        domain,
        set,
    })
}

/// Names such as `int` or `double precision` are SQL's words and mean nothing in quotes.
fn built_in(name: &str, quoted: bool) -> Option<Type> {
    let word = matches!(
        name,
        "int"
            | "integer"
            | "smallint"
            | "bigint"
            | "boolean"
            | "real"
            | "float"
            | "decimal"
            | "dec"
    );
    // `"char"` is a type of one byte, used by the system catalogs alone.
    if quoted && (word || name == "char") || name.contains(' ') || name == "unknown" {
        return None;
    }
    Type::built_in(name)
}

fn unknown(path: &Path) -> Error {
    let refused = matches!(
        &*path.name,
        "money"
            | "hstore"
            | "ltree"
            | "point"
            | "line"
            | "lseg"
            | "box"
            | "path"
            | "polygon"
            | "circle"
            | "macaddr8"
            | "pg_lsn"
            | "varbit"
            | "bit"
            | "geometry"
            | "geography"
            | "vector"
            | "halfvec"
            | "sparsevec"
    );
    if refused {
        return unsupported(&format!("values of type \"{}\"", path.name));
    }
    Error::new(
        Code::UNDEFINED_OBJECT,
        format!("type \"{path}\" does not exist"),
    )
}

fn unsupported(what: &str) -> Error {
    Error::new(
        Code::FEATURE_NOT_SUPPORTED,
        format!("{what} are not supported"),
    )
}

fn modified(ty: Type, path: &Path, arguments: Option<ast::ArgList>) -> Result<ColumnType> {
    let Some(arguments) = arguments else {
        return Ok(ColumnType::plain(ty));
    };
    match ty {
        Type::Varchar | Type::Bpchar => length(ty, Some(arguments), None),
        Type::Numeric => precision(&numbers(&arguments)?),
        Type::Time | Type::TimeTz | Type::Timestamp | Type::TimestampTz | Type::Interval => {
            match numbers(&arguments)?.as_slice() {
                [digits] => digits_of(ty, *digits),
                _ => Err(Error::new(Code::INVALID_PARAMETER, "invalid type modifier")),
            }
        }
        Type::Float8 if &*path.name == "float" => match numbers(&arguments)?.as_slice() {
            [1..=24] => Ok(ColumnType::plain(Type::Float4)),
            [25..=53] => Ok(ColumnType::plain(Type::Float8)),
            [..=0] => Err(Error::new(
                Code::INVALID_PARAMETER,
                "precision for type float must be at least 1 bit",
            )),
            _ => Err(Error::new(
                Code::INVALID_PARAMETER,
                "precision for type float must be less than 54 bits",
            )),
        },
        _ => Err(Error::new(
            Code::SYNTAX,
            format!("type modifier is not allowed for type \"{path}\""),
        )),
    }
}

/// The longest `varchar(n)` that PostgreSQL allows.
const LENGTH_MAX: i64 = 10_485_760;

fn length(ty: Type, arguments: Option<ast::ArgList>, standard: Option<u32>) -> Result<ColumnType> {
    let modifier = match arguments {
        None => standard,
        Some(arguments) => {
            let word = if ty == Type::Varchar {
                "varchar"
            } else {
                "char"
            };
            match numbers(&arguments)?.as_slice() {
                [length @ 1..=LENGTH_MAX] => u32::try_from(*length).ok(),
                [..=0] => {
                    return Err(Error::new(
                        Code::INVALID_PARAMETER,
                        format!("length for type {word} must be at least 1"),
                    ));
                }
                _ => {
                    return Err(Error::new(
                        Code::INVALID_PARAMETER,
                        format!("length for type {word} cannot exceed {LENGTH_MAX}"),
                    ));
                }
            }
        }
    };
    Ok(ColumnType {
        ty,
        modifier: modifier.map(Modifier::Length),
    })
}

fn precision(numbers: &[i64]) -> Result<ColumnType> {
    let (digits, scale) = match numbers {
        [digits] => (*digits, 0),
        [digits, scale] => (*digits, *scale),
        _ => {
            return Err(Error::new(
                Code::INVALID_PARAMETER,
                "invalid NUMERIC type modifier",
            ));
        }
    };
    if !(1..=1000).contains(&digits) {
        return Err(Error::new(
            Code::INVALID_PARAMETER,
            format!("NUMERIC precision {digits} must be between 1 and 1000"),
        ));
    }
    if !(-1000..=1000).contains(&scale) {
        return Err(Error::new(
            Code::INVALID_PARAMETER,
            format!("NUMERIC scale {scale} must be between -1000 and 1000"),
        ));
    }
    let modifier = u16::try_from(digits).ok().zip(i16::try_from(scale).ok());
    Ok(ColumnType {
        ty: Type::Numeric,
        modifier: modifier.map(|(digits, scale)| Modifier::Precision(digits, scale)),
    })
}

fn fraction(ty: Type, literal: Option<&ast::Literal>) -> Result<ColumnType> {
    match literal {
        None => Ok(ColumnType::plain(ty)),
        Some(literal) => digits_of(ty, number(literal)?),
    }
}

/// PostgreSQL lowers more than six digits to six, with a warning.
fn digits_of(ty: Type, digits: i64) -> Result<ColumnType> {
    let digits = u8::try_from(digits.min(6)).map_err(|_negative| {
        Error::new(
            Code::INVALID_PARAMETER,
            format!("precision of type {ty} must not be negative"),
        )
    })?;
    Ok(ColumnType {
        ty,
        modifier: Some(Modifier::Fraction(digits)),
    })
}

fn numbers(arguments: &ast::ArgList) -> Result<Vec<i64>> {
    arguments
        .args()
        .map(|argument| match argument.expr() {
            Some(ast::Expr::Literal(literal)) => number(&literal),
            Some(ast::Expr::PrefixExpr(negated))
                if matches!(negated.op(), Some(ast::PrefixOp::Minus(_))) =>
            {
                match negated.expr() {
                    Some(ast::Expr::Literal(literal)) => number(&literal).map(|value| -value),
                    _ => Err(not_a_number()),
                }
            }
            _ => Err(not_a_number()),
        })
        .collect()
}

fn number(literal: &ast::Literal) -> Result<i64> {
    match literal.kind() {
        Some(LitKind::IntNumber(token)) => token.text().parse().map_err(|_error| not_a_number()),
        _ => Err(not_a_number()),
    }
}

fn not_a_number() -> Error {
    Error::new(
        Code::INVALID_PARAMETER,
        "type modifiers must be simple constants or identifiers",
    )
}
