//! [`Flavour`]: the two databases, and everything in which they differ.

/// MariaDB or MySQL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flavour {
    /// MariaDB, 10.6 or later.
    #[default]
    MariaDb,
    /// MySQL, 8.0.19 or later.
    MySql,
}

impl Flavour {
    /// Returns which of the two says `version` of itself.
    pub fn of_version(version: &str) -> Self {
        if version.to_ascii_lowercase().contains("mariadb") {
            Self::MariaDb
        } else {
            Self::MySql
        }
    }

    /// Returns the collation that compares the bytes of texts, without padding.
    pub fn collation(self) -> &'static str {
        match self {
            Self::MariaDb => "utf8mb4_nopad_bin",
            Self::MySql => "utf8mb4_0900_bin",
        }
    }

    /// Tells whether `group_concat` has a `limit`. Without one, a derived table may name columns of the queries around it.
    pub fn limits_within_aggregates(self) -> bool {
        self == Self::MariaDb
    }

    /// Returns the `select` whose execution the server itself ends after `milliseconds`.
    pub fn bounded_select(self, sql: &str, milliseconds: u64) -> String {
        match self {
            Self::MariaDb => {
                let seconds = milliseconds.div_ceil(1_000).max(1);
                format!("SET STATEMENT max_statement_time={seconds} FOR {sql}")
            }
            Self::MySql => match sql.strip_prefix("SELECT ") {
                Some(rest) => format!("SELECT /*+ MAX_EXECUTION_TIME({milliseconds}) */ {rest}"),
                None => sql.to_owned(),
            },
        }
    }

    /// Returns the most digits after the point of a `decimal`.
    pub fn scale_max(self) -> i16 {
        match self {
            Self::MariaDb => 38,
            Self::MySql => 30,
        }
    }

    /// Tells whether an index can be over an expression.
    pub fn indexes_expressions(self) -> bool {
        self == Self::MySql
    }
}
