//! The sections of the settings, one small struct each, as the parts of the program take them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use underpin_base::{Code, Error, Limits, Name, QualifiedName, Result, Secret};
use underpin_query::{ApiSettings, TransactionOverride, WithoutPolicies};

use super::layers::Values;

/// `[api]` and `[limits]`, as the data API takes them, and the search path.
pub(super) fn api(values: &Values) -> Result<ApiSettings> {
    let schemas = names(values, "api.schemas")?;
    if schemas.is_empty() {
        return Err(Error::new(
            Code::SETTINGS,
            "setting \"api.schemas\" expects at least one schema, found an empty list",
        ));
    }
    Ok(ApiSettings {
        schemas,
        exposed_as: None,
        elsewhere: Vec::new(),
        extra_search_path: names(values, "api.extra_search_path")?,
        tables_without_policies: match values.text("api.tables_without_policies")? {
            "open" => WithoutPolicies::Open,
            _ => WithoutPolicies::Closed,
        },
        safe_update: values.boolean("api.safe_update")?,
        aggregates: values.boolean("api.aggregates")?,
        plan: values.boolean("api.plan")?,
        tx_end: match values.text("api.tx_end")? {
            "commit-allow-override" => TransactionOverride::CommitAllowOverride,
            "rollback-allow-override" => TransactionOverride::RollbackAllowOverride,
            _ => TransactionOverride::Commit,
        },
        pre_request: pre_request(values.text("api.pre_request")?),
        limits: limits(values)?,
    })
}

fn pre_request(name: &str) -> Option<QualifiedName> {
    match name.split_once('.') {
        _ if name.is_empty() => None,
        Some((schema, name)) => Some(QualifiedName::new(schema, name)),
        None => Some(QualifiedName::public(name)),
    }
}

pub(super) fn names(values: &Values, name: &str) -> Result<Vec<Name>> {
    let list = values.list(name)?;
    Ok(list.iter().map(|item| Name::from(item.as_str())).collect())
}

fn limits(values: &Values) -> Result<Limits> {
    Ok(Limits {
        body_bytes_max: values.integer("limits.body_bytes_max")?,
        query_bytes_max: values.integer("limits.query_bytes_max")?,
        filter_depth_max: values.integer("limits.filter_depth_max")?,
        filter_conditions_max: values.integer("limits.filter_conditions_max")?,
        in_values_max: values.integer("limits.in_values_max")?,
        select_items_max: values.integer("limits.select_items_max")?,
        embed_depth_max: values.integer("limits.embed_depth_max")?,
        embeds_max: values.integer("limits.embeds_max")?,
        insert_rows_max: values.integer("limits.insert_rows_max")?,
        json_depth_max: values.integer("limits.json_depth_max")?,
        rows_max: values.integer("api.max_rows")?,
        answer_bytes_max: values.integer("limits.answer_bytes_max")?,
        statement_timeout_ms: values.integer("limits.statement_timeout_ms")?,
    })
}

/// `[database]`.
#[derive(Clone, Debug)]
pub struct Database {
    /// Where it is.
    pub place: Place,
    /// It is not the project's to change.
    pub existing: bool,
    /// When SQLite flushes.
    pub synchronous: Synchronous,
    /// Connections that read an SQLite file.
    pub readers: usize,
    /// The most connections to a server.
    pub connections: usize,
}

/// Where a project's database is: `database.url`.
#[derive(Clone, Debug)]
pub enum Place {
    /// In this file.
    File(PathBuf),
    /// At a PostgreSQL server of this address.
    Postgres(Secret),
    /// At a MySQL or MariaDB server of this address.
    Mysql(Secret),
}

/// `database.synchronous`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the setting's words")]
pub enum Synchronous {
    Full,
    Normal,
    Off,
}

impl Database {
    pub(super) fn read(values: &Values, project: &Path) -> Result<Self> {
        let readers = values.integer("database.readers")?;
        let place = Place::read(
            "setting \"database.url\"",
            values.text("database.url")?,
            project,
        )?;
        let existing = values.boolean("database.existing")?;
        place.may_exist(existing, "database.existing")?;
        Ok(Self {
            place,
            existing,
            connections: values.integer("database.connections")?,
            synchronous: match values.text("database.synchronous")? {
                "normal" => Synchronous::Normal,
                "off" => Synchronous::Off,
                _ => Synchronous::Full,
            },
            readers: if readers == 0 {
                cores().max(2)
            } else {
                readers
            },
        })
    }
}

/// What of a database URL may be repeated: it may hold a password.
impl Place {
    /// Reads the URL of a database, which `origin` gives; a file is below the project's folder.
    ///
    /// # Errors
    /// `settings_invalid` for one that is none.
    pub fn read(origin: &str, url: &str, project: &Path) -> Result<Self> {
        let begins = |scheme: &str| url.starts_with(scheme);
        if ["postgres:", "postgresql:"].into_iter().any(begins) {
            return Ok(Self::Postgres(Secret::new(url)));
        }
        if ["mysql:", "mariadb:"].into_iter().any(begins) {
            return Ok(Self::Mysql(Secret::new(url)));
        }
        let file = url.strip_prefix("sqlite:").filter(|file| !file.is_empty());
        let file = file.ok_or_else(|| {
            Error::new(
                Code::SETTINGS,
                format!(
                    "{origin} expects sqlite:FILE, postgres://… or mysql://…, found \"{}\"",
                    scheme(url)
                ),
            )
            .hint("SQLite, PostgreSQL and MySQL or MariaDB are the engines of this version.")
        })?;
        let file = file.strip_prefix("//").unwrap_or(file);
        Ok(Self::File(project.join(file)))
    }

    /// Returns the database file.
    ///
    /// # Errors
    /// `usage` when a server keeps the database: what is asked of the file is to be asked of it.
    pub fn only_file(&self) -> Result<&Path> {
        self.file().ok_or_else(|| {
            Error::new(
                Code::USAGE,
                "expected a database in a file, found one that a server keeps",
            )
            .hint(
                "Use the server's own programs for this: pg_dump and pg_restore, or mariadb-dump.",
            )
        })
    }

    /// Returns what people are told where it is.
    pub fn shown(&self) -> String {
        match self {
            Self::File(file) => file.display().to_string(),
            Self::Postgres(url) => format!("the PostgreSQL database {}", place_of(url)),
            Self::Mysql(url) => format!("the MySQL database {}", place_of(url)),
        }
    }

    /// Refuses the setting `name`, which says that the database is `existing`, of one that the project makes: it is in a file, or kept
    /// by a server of the program's own.
    pub(super) fn may_exist(&self, existing: bool, name: &str) -> Result<()> {
        let is_ours = match self {
            Self::File(_) => true,
            Self::Mysql(_) => false,
            Self::Postgres(url) => !url.expose().contains("://"),
        };
        if !existing || !is_ours {
            return Ok(());
        }
        Err(Error::new(
            Code::SETTINGS,
            format!("setting \"{name}\" expects false for a database of the project, found true"),
        )
        .hint("A database that exists is served from its server: postgres://… or mysql://…."))
    }

    /// Returns the database file, when it is in one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(file) => Some(file),
            Self::Postgres(_) | Self::Mysql(_) => None,
        }
    }
}

/// Returns an address without who connects, and without what may be said behind the name: a password, for one.
fn place_of(url: &Secret) -> String {
    let url = url.expose();
    // Neither who connects is told nor what may be said behind the name: a password, for one.
    let place = url.rsplit_once('@').map_or(url, |(_, place)| place);
    let place = place.split_once('?').map_or(place, |(place, _)| place);
    place.to_owned()
}

fn scheme(url: &str) -> String {
    match url.split_once(':') {
        Some((scheme, _)) => format!("{scheme}:…"),
        None => url.to_owned(),
    }
}

/// `[server]`.
#[derive(Clone, Debug)]
pub struct Server {
    /// The address to listen on, unless the command has its own default.
    pub listen: Option<SocketAddr>,
    /// The address under which clients reach the server.
    pub public_url: Option<String>,
    /// Threads that serve connections.
    pub workers: usize,
    /// Most open connections.
    pub connections_max: usize,
    /// In which a request's head must arrive.
    pub header_timeout: Duration,
    /// In which a request's body must arrive.
    pub body_timeout: Duration,
    /// After which a silent connection is closed.
    pub idle_timeout: Duration,
    /// In which requests under way must finish.
    pub drain: Duration,
    /// Answers may be compressed.
    pub compression: bool,
    /// Origins whose pages may call the server; `*` is every origin.
    pub cors_origins: Vec<String>,
    /// Answers of the data API tell what took how long.
    pub timing: bool,
    /// Who may read the metrics.
    pub metrics: MetricsAccess,
}

/// `server.metrics`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the setting's words")]
pub enum MetricsAccess {
    Loopback,
    Public,
    Off,
}

impl Server {
    pub(super) fn read(values: &Values) -> Result<Self> {
        let seconds = |name: &str| values.integer(name).map(Duration::from_secs);
        let workers = values.integer("server.workers")?;
        Ok(Self {
            listen: listen(values.text("server.listen")?)?,
            public_url: values
                .optional("server.public_url")?
                .map(|url| url.trim_end_matches('/').to_owned()),
            workers: if workers == 0 { cores() } else { workers },
            connections_max: values.integer("server.connections_max")?,
            header_timeout: seconds("server.header_timeout_s")?,
            body_timeout: seconds("server.body_timeout_s")?,
            idle_timeout: seconds("server.idle_timeout_s")?,
            drain: seconds("server.drain_s")?,
            compression: values.boolean("server.compression")?,
            timing: values.boolean("server.timing")?,
            cors_origins: values.list("server.cors_origins")?.to_vec(),
            metrics: match values.text("server.metrics")? {
                "public" => MetricsAccess::Public,
                "off" => MetricsAccess::Off,
                _ => MetricsAccess::Loopback,
            },
        })
    }
}

fn listen(text: &str) -> Result<Option<SocketAddr>> {
    if text.is_empty() {
        return Ok(None);
    }
    let address = text.replace("localhost:", "127.0.0.1:");
    address.parse().map(Some).map_err(|_| {
        Error::new(
            Code::SETTINGS,
            format!("setting \"server.listen\" expects ADDRESS:PORT, found \"{text}\""),
        )
        .hint("For example 127.0.0.1:8000, or 0.0.0.0:8000 for every interface.")
    })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// `[keys]`: keys that replace those of the data folder.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The publishable key.
    pub publishable: Option<Secret>,
    /// The secret key.
    pub secret: Option<Secret>,
    /// The secret of HS256 tokens.
    pub jwt_secret: Option<Secret>,
}

impl Keys {
    pub(super) fn read(values: &Values) -> Result<Self> {
        Ok(Self {
            publishable: values.secret("keys.publishable")?,
            secret: values.secret("keys.secret")?,
            jwt_secret: values.secret("keys.jwt_secret")?,
        })
    }
}

/// `[auth]`: which tokens are accepted beside the project's own.
#[derive(Clone, Debug)]
pub struct Auth {
    /// A JWKS, or the file that holds one.
    pub jwks: Option<String>,
    /// The `iss` that tokens of those keys must have.
    pub jwt_issuer: Option<String>,
    /// The `aud` that a token which has one must include.
    pub jwt_aud: Option<String>,
}

impl Auth {
    pub(super) fn read(values: &Values) -> Result<Self> {
        Ok(Self {
            jwks: values.optional("auth.jwks")?,
            jwt_issuer: values.optional("auth.jwt_issuer")?,
            jwt_aud: values.optional("auth.jwt_aud")?,
        })
    }
}

/// `[site]`: the folder that is served at `/`.
#[derive(Clone, Debug)]
pub struct Site {
    /// The folder.
    pub folder: PathBuf,
    /// The file, within the folder, that answers paths which no file has.
    pub fallback: Option<String>,
}

impl Site {
    pub(super) fn read(values: &Values, project: &Path) -> Result<Self> {
        Ok(Self {
            folder: project.join(values.text("site.folder")?),
            fallback: values.optional("site.fallback")?,
        })
    }
}

/// `[log]`.
#[derive(Clone, Debug)]
pub struct Log {
    /// The least important level that is logged.
    pub level: String,
    /// The form of the log.
    pub format: LogFormat,
}

/// `log.format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the setting's words")]
pub enum LogFormat {
    Auto,
    Text,
    Json,
}

impl Log {
    pub(super) fn read(values: &Values) -> Result<Self> {
        Ok(Self {
            level: values.text("log.level")?.to_owned(),
            format: match values.text("log.format")? {
                "text" => LogFormat::Text,
                "json" => LogFormat::Json,
                _ => LogFormat::Auto,
            },
        })
    }
}
