//! [`Address`]: where the database is, from `mysql://user:password@host/database`.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use mysql_async::{Opts, OptsBuilder, PoolConstraints, PoolOpts};
use underpin_base::{Code, Error, Result};
use underpin_sql::writer::mysql::Flavour;

/// Most statements that a connection keeps prepared.
const STATEMENTS_CACHED: usize = 256;

/// How long a connection is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(600);

/// Where the database is.
#[derive(Clone)]
pub(super) struct Address(Opts);

/// Prints the address without the password.
impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "mysql://{}@{}:{}/{}",
            self.0.user().unwrap_or_default(),
            self.0.ip_or_hostname(),
            self.0.tcp_port(),
            self.database()
        )
    }
}

impl Address {
    /// Reads an address. `?socket=/path` is a socket of the same machine; `?require_ssl=true` encrypts, and checks the server's certificate by
    /// `ssl_ca=FILE` too.
    ///
    /// # Errors
    /// `settings_invalid`; it never shows the password.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let wrong = |cause: &str| {
            Error::new(
                Code::SETTINGS,
                "database.url is no address of a MySQL database",
            )
            .hint("It has the form mysql://user:password@host:3306/database.")
            .cause(cause)
        };
        let url = match url.strip_prefix("mariadb://") {
            Some(rest) => format!("mysql://{rest}"),
            None => url.to_owned(),
        };
        let (url, root) = without_root(&url);
        let opts = Opts::from_url(&url).map_err(|_| wrong("it cannot be read"))?;
        if opts.db_name().is_none_or(str::is_empty) {
            return Err(wrong("it names no database"));
        }
        let Some(root) = root else {
            return Ok(Self(opts));
        };
        let ssl = opts.ssl_opts().cloned().unwrap_or_default();
        let ssl = ssl.with_root_certs(vec![root.into()]);
        Ok(Self(
            OptsBuilder::from_opts(opts).ssl_opts(Some(ssl)).into(),
        ))
    }

    /// Returns the name of the database.
    pub(super) fn database(&self) -> &str {
        self.0.db_name().unwrap_or_default()
    }

    /// Returns how one connection is opened, before it is known what the database is.
    pub(super) fn first(&self) -> Opts {
        let socket = self.0.socket().map(str::to_owned);
        OptsBuilder::from_opts(self.0.clone())
            .prefer_socket(socket.is_some())
            .socket(socket)
            .into()
    }

    /// Returns how connections are opened, `most` of them at the same time.
    pub(super) fn pooled(&self, flavour: Flavour, most: usize) -> Opts {
        let constraints = PoolConstraints::new(0, most.max(1)).unwrap_or_default();
        let pool = PoolOpts::default()
            .with_constraints(constraints)
            .with_inactive_connection_ttl(IDLE)
            // Resetting it would forget the prepared statements; whoever uses a connection leaves it clean, or closes it.
            .with_reset_connection(false);
        OptsBuilder::from_opts(self.first())
            .pool_opts(pool)
            .stmt_cache_size(STATEMENTS_CACHED)
            .tcp_nodelay(true)
            .client_found_rows(true)
            .init(vec![setup(flavour)])
            .into()
    }
}

/// Takes `ssl_ca=FILE`, which is ours, out of an address: whose certificates the server's must be signed by.
fn without_root(url: &str) -> (String, Option<PathBuf>) {
    let Some((place, query)) = url.split_once('?') else {
        return (url.to_owned(), None);
    };
    let mut root = None;
    let mut rest = Vec::new();
    for parameter in query.split('&') {
        match parameter.strip_prefix("ssl_ca=") {
            Some(file) => root = Some(PathBuf::from(file)),
            None => rest.push(parameter),
        }
    }
    let url = match rest.is_empty() {
        true => place.to_owned(),
        false => format!("{place}?{}", rest.join("&")),
    };
    (url, root)
}

/// Returns the statement that makes a session mean what ours must mean.
pub(super) fn setup(flavour: Flavour) -> String {
    format!(
        "SET NAMES utf8mb4 COLLATE {}, \
         sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,\
         NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY', \
         time_zone = '+00:00', autocommit = 1, foreign_key_checks = 1, unique_checks = 1, \
         group_concat_max_len = 1073741824, innodb_lock_wait_timeout = 10, \
         SESSION transaction_isolation = 'READ-COMMITTED'",
        flavour.collation()
    )
    .replace(
        "SESSION transaction_isolation",
        match flavour {
            Flavour::MariaDb => "SESSION tx_isolation",
            Flavour::MySql => "SESSION transaction_isolation",
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let address = Address::parse("mysql://ann:s%20cret@db.example:3307/shop").unwrap();
        assert_eq!(format!("{address:?}"), "mysql://ann@db.example:3307/shop");
        assert_eq!(address.0.pass(), Some("s cret"));
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_shown() {
        for url in [
            "mysql://ann:secret@db.example",
            "mysql://ann:secret@db.example/",
            "mysql://ann:secret@db.example/shop?nonsense=1",
            "mysql:",
        ] {
            let error = Address::parse(url).unwrap_err();
            assert_eq!(error.code(), &Code::SETTINGS, "{url}");
            assert!(!format!("{error:?}").contains("secret"), "{url}");
        }
    }

    #[test]
    fn certificates_of_a_file_are_trusted() {
        let address =
            Address::parse("mariadb://ann@db/shop?require_ssl=true&ssl_ca=/etc/ca.pem").unwrap();
        let ssl = address.0.ssl_opts().unwrap();
        assert_eq!(ssl.root_certs().len(), 1);
        let plain = Address::parse("mysql://ann@db/shop?ssl_ca=/etc/ca.pem").unwrap();
        assert!(plain.0.ssl_opts().is_some());
    }
}
