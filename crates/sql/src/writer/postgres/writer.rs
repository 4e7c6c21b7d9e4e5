//! [`Writer`]: the text and the parameters as they grow.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use underpin_base::{Code, Error, QualifiedName, Result, Value};

use super::name::Names;
use crate::tree::Expr;
use crate::types::Type;
use crate::writer::text::Text;
use crate::writer::{Bind, Rendered};

/// Most parameters of a statement: PostgreSQL counts them in 16 bits.
const PARAMETERS_MAX: usize = 65_535;

/// Writes one statement.
#[derive(Debug, Default)]
pub(super) struct Writer {
    sql: String,
    binds: Vec<(Bind, Type)>,
    /// The parameters by the hashes of what is bound to them.
    known: HashMap<u64, usize>,
    depth: usize,
    /// The names that stand for others.
    pub(super) names: Names,
    /// The query that is written groups its rows: what it shows of them may stand in no query within.
    pub(super) grouped: bool,
    /// Who knows what an expression takes from the request.
    pub(super) contexts: Contexts,
}

/// Who knows what an expression takes from the request: [`crate::tree::Context`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Contexts {
    /// The database, whose role and functions are the platform's.
    #[default]
    Database,
    /// Whoever runs the statement: it is bound.
    Bound,
}

impl Text for Writer {
    fn sql(&mut self) -> &mut String {
        &mut self.sql
    }

    fn depth(&mut self) -> &mut usize {
        &mut self.depth
    }

    fn term(&mut self, expr: &Expr) -> Result<()> {
        self.expression(expr)
    }
}

impl Writer {
    /// Returns a writer of statements for which `contexts` know the request.
    pub(super) fn new(contexts: Contexts) -> Self {
        Self {
            contexts,
            ..Self::default()
        }
    }

    /// Returns what was written.
    pub(super) fn finish(self) -> Result<Rendered> {
        if self.binds.len() > PARAMETERS_MAX {
            return Err(Error::new(
                Code::TOO_COMPLEX,
                format!("statement has more than {PARAMETERS_MAX} parameters"),
            ));
        }
        let (binds, types) = self.binds.into_iter().unzip();
        Ok(Rendered {
            sql: self.sql.into(),
            binds,
            types,
        })
    }

    /// Appends a table, type or routine with its schema.
    pub(super) fn qualified(&mut self, name: &QualifiedName) {
        self.identifier(&name.schema);
        self.push(".");
        self.identifier(&name.name);
    }

    /// Appends a parameter with a cast to its type. Equal values share one, without which PostgreSQL would not see that what is
    /// selected is what is grouped or sorted by.
    pub(super) fn bind(&mut self, bind: Bind, ty: &Type) {
        // What has no type yet gets one from its place, and may get another from another.
        if *ty == Type::Unknown {
            self.binds.push((bind, ty.clone()));
            self.parameter(self.binds.len());
            return;
        }
        let hash = hash(&bind, ty);
        let known = self.known.get(&hash).copied();
        let same = known.filter(|number| {
            self.binds
                .get(number - 1)
                .is_some_and(|(known, its_type)| *known == bind && its_type == ty)
        });
        let number = same.unwrap_or_else(|| {
            self.binds.push((bind, ty.clone()));
            let number = self.binds.len();
            self.known.insert(hash, number);
            number
        });
        self.parameter(number);
        self.push("::");
        self.type_name(ty);
    }

    /// Appends a value of `ty`: a parameter, or null.
    pub(super) fn value(&mut self, value: &Value, ty: &Type) {
        if value.is_null() {
            self.push("null");
            if *ty != Type::Unknown {
                self.push("::");
                self.type_name(ty);
            }
            return;
        }
        self.bind(Bind::Value(value.clone()), ty);
    }

    fn parameter(&mut self, number: usize) {
        self.sql.push('$');
        self.sql.push_str(&number.to_string());
    }
}

fn hash(bind: &Bind, ty: &Type) -> u64 {
    let mut hasher = DefaultHasher::new();
    ty.hash(&mut hasher);
    std::mem::discriminant(bind).hash(&mut hasher);
    match bind {
        Bind::Value(Value::Null) | Bind::Affected => {}
        Bind::Value(Value::Int(value)) => value.hash(&mut hasher),
        Bind::Value(Value::Float(value)) => value.to_bits().hash(&mut hasher),
        Bind::Value(Value::Text(text)) => text.hash(&mut hasher),
        Bind::Value(Value::Bytes(bytes)) => bytes.hash(&mut hasher),
        Bind::Context(context) => context.hash(&mut hasher),
        Bind::Parameter(index) => index.hash(&mut hasher),
    }
    hasher.finish()
}
