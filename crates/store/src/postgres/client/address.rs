//! [`Address`]: where a PostgreSQL server is and how it wants to be spoken to, read from a URL as libpq reads it.
//!
//! `postgres://user:password@host:port,host:port/database?sslmode=require`. A host that begins with `/`, percent-encoded in its place
//! or given as `?host=/folder`, is the folder of a Unix socket. The password is in no message and no `Debug`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use underpin_base::{Code, Error, Result, Secret};

use super::tls::TlsConfig;

/// The port of a server that names none.
const PORT: u16 = 5432;

/// The folder of the socket when no host is named: where Debian and Red Hat have it.
const SOCKET_FOLDER: &str = "/var/run/postgresql";

/// The most hosts that an address names.
const HOSTS_MAX: usize = 16;

/// Where a server is, who we are, and how it wants to be spoken to.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    /// The servers, in the order in which they are tried.
    pub(super) hosts: Vec<(Host, u16)>,
    /// The user that connects.
    pub(super) user: String,
    /// Its password, when the server asks for one.
    pub(super) password: Option<Secret>,
    /// The database.
    pub(super) database: String,
    /// Whether the connection is encrypted.
    pub(super) encryption: Encryption,
    /// A file with the certificates of the authorities that are trusted, instead of the system's.
    pub(super) root_certificate: Option<PathBuf>,
    /// The files of our own certificate and its key, when the server asks who we are.
    pub(super) certificate: Option<(PathBuf, PathBuf)>,
    /// What encrypts connections, once the files have been read.
    pub(super) tls: TlsConfig,
    /// Whether the password is tied to the encrypted connection.
    pub(super) channel_binding: ChannelBinding,
    /// How long one server may take until the connection stands.
    pub(super) connect_timeout: Duration,
    /// What the connection is called in `pg_stat_activity`.
    pub(super) application_name: String,
    /// Further options of the server's command line, such as `-c search_path=…`.
    pub(super) options: Option<String>,
    /// The settings that a connection begins with.
    pub(super) settings: Vec<(&'static str, String)>,
    /// Whether a pooler that gives each transaction another session stands in between: nothing is kept prepared then.
    pub(super) is_pooled_by_transaction: bool,
    /// Whether a server that takes no writes is passed over.
    pub(super) must_be_writable: bool,
}

/// A server's host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// A name or an address.
    Name(String),
    /// The folder of its Unix socket.
    Folder(PathBuf),
}

/// Whether a connection is encrypted, and whom it trusts: libpq's `sslmode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    /// It is not.
    Disable,
    /// It is when the server can.
    Prefer,
    /// It is, whoever the server says it is.
    Require,
    /// It is, and the server's certificate is of a trusted authority.
    VerifyAuthority,
    /// It is, and that certificate is of this host, too.
    VerifyFull,
}

/// Whether the password is tied to the encrypted connection, so that nobody in between can use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChannelBinding {
    /// Never.
    Disable,
    /// When both can.
    Prefer,
    /// Always.
    Require,
}

impl Address {
    /// Reads a URL.
    ///
    /// # Errors
    /// `settings_invalid`, which names the part that is wrong and never the password.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let rest = url
            .strip_prefix("postgres://")
            .or_else(|| url.strip_prefix("postgresql://"))
            .ok_or_else(|| {
                invalid("the address of the database does not begin with postgres://")
            })?;
        let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        // A password may hold an `@` that nobody encoded; a host never does.
        let (login, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = match login.split_once(':') {
            Some((user, password)) => (user, Some(decode(password, "password")?)),
            None => (login, None),
        };
        let mut draft = Draft {
            hosts: parse_hosts(hosts)?,
            user: decode(user, "user")?,
            password,
            database: decode(database, "database")?,
            ..Draft::default()
        };
        for parameter in parameters.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            draft.set(&decode(name, "parameter")?, decode(value, name)?)?;
        }
        draft.finish()
    }

    /// Returns the address of the server whose Unix socket is in `folder`.
    pub(crate) fn socket(folder: &Path, port: u16, user: &str, database: &str) -> Self {
        Self {
            hosts: vec![(Host::Folder(folder.to_owned()), port)],
            user: user.to_owned(),
            database: database.to_owned(),
            ..Self::base()
        }
    }

    /// Tells whether a pooler that gives each transaction another session stands in between.
    pub(crate) fn is_pooled(&self) -> bool {
        self.is_pooled_by_transaction
    }

    /// Returns the address for another user.
    #[must_use]
    pub(crate) fn with_user(mut self, user: &str) -> Self {
        user.clone_into(&mut self.user);
        self
    }

    /// Returns the same address for connections that begin with these settings, which are made after the greeting: a pooler would refuse
    /// them there.
    #[must_use]
    pub(crate) fn with_settings(self, settings: Vec<(&'static str, String)>) -> Self {
        Self { settings, ..self }
    }

    /// Returns the address of another database of the same server.
    #[cfg(test)]
    #[must_use]
    pub(crate) fn with_database(mut self, database: &str) -> Self {
        database.clone_into(&mut self.database);
        self
    }

    /// Returns the values of what an address does not mention.
    fn base() -> Self {
        Self {
            hosts: Vec::new(),
            user: String::new(),
            password: None,
            database: String::new(),
            encryption: Encryption::Prefer,
            root_certificate: None,
            certificate: None,
            tls: TlsConfig::default(),
            channel_binding: ChannelBinding::Prefer,
            connect_timeout: Duration::from_secs(5),
            application_name: "underpin".to_owned(),
            options: None,
            settings: Vec::new(),
            is_pooled_by_transaction: false,
            must_be_writable: false,
        }
    }
}

/// Prints the address without the password.
impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "postgres://{}@", self.user)?;
        for (index, (host, port)) in self.hosts.iter().enumerate() {
            if index > 0 {
                formatter.write_str(",")?;
            }
            match host {
                Host::Name(name) if name.contains(':') => write!(formatter, "[{name}]:{port}")?,
                Host::Name(name) => write!(formatter, "{name}:{port}")?,
                Host::Folder(folder) => write!(formatter, "{}:{port}", folder.display())?,
            }
        }
        write!(formatter, "/{}", self.database)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => formatter.write_str(name),
            Self::Folder(folder) => folder.display().fmt(formatter),
        }
    }
}

/// The parts of a URL that have been read so far.
#[derive(Default)]
struct Draft {
    hosts: Vec<(Host, Option<u16>)>,
    user: String,
    password: Option<String>,
    database: String,
    encryption: Option<Encryption>,
    root_certificate: Option<PathBuf>,
    certificate: Option<PathBuf>,
    certificate_key: Option<PathBuf>,
    channel_binding: Option<ChannelBinding>,
    connect_timeout: Option<Duration>,
    application_name: Option<String>,
    options: Option<String>,
    is_pooled_by_transaction: bool,
    must_be_writable: bool,
}

impl Draft {
    /// Sets the parameter `name`.
    fn set(&mut self, name: &str, value: String) -> Result<()> {
        let refuse = || {
            invalid(format!(
                "{name} of the database's address cannot be {value}"
            ))
        };
        match name {
            "host" => self.hosts = parse_host_list(&value, &self.hosts)?,
            "port" => self.set_ports(&value).ok_or_else(refuse)?,
            "user" => self.user = value,
            "password" => self.password = Some(value),
            "dbname" => self.database = value,
            "sslmode" => self.encryption = Some(encryption(&value).ok_or_else(refuse)?),
            // libpq's word for the system's own authorities, which are ours when no file is named.
            "sslrootcert" if value == "system" => self.root_certificate = None,
            "sslrootcert" => self.root_certificate = Some(PathBuf::from(value)),
            "sslcert" => self.certificate = Some(PathBuf::from(value)),
            "sslkey" => self.certificate_key = Some(PathBuf::from(value)),
            "channel_binding" => {
                self.channel_binding = Some(match value.as_str() {
                    "disable" => ChannelBinding::Disable,
                    "prefer" => ChannelBinding::Prefer,
                    "require" => ChannelBinding::Require,
                    _ => return Err(refuse()),
                });
            }
            "connect_timeout" => {
                let seconds: u32 = value.parse().map_err(|_| refuse())?;
                // libpq waits for ever with 0; nothing here does.
                self.connect_timeout =
                    (seconds > 0).then(|| Duration::from_secs(u64::from(seconds.clamp(1, 600))));
            }
            "application_name" => self.application_name = Some(value),
            "options" => self.options = Some(value),
            "pooler" | "pgbouncer" => {
                self.is_pooled_by_transaction = match value.as_str() {
                    "transaction" | "true" => true,
                    "session" | "none" | "false" => false,
                    _ => return Err(refuse()),
                };
            }
            "target_session_attrs" => {
                self.must_be_writable = match value.as_str() {
                    "any" => false,
                    "read-write" | "primary" => true,
                    _ => return Err(refuse()),
                };
            }
            // The names of others' passwords must not be printed, whatever is wrong with them.
            _ => {
                return Err(invalid(format!(
                    "the database's address has the unknown parameter {name}"
                ))
                .hint(format!("The parameters are {}.", PARAMETERS.join(", "))));
            }
        }
        Ok(())
    }

    /// Sets the ports of the hosts: one for all, or one each.
    fn set_ports(&mut self, ports: &str) -> Option<()> {
        let ports = ports
            .split(',')
            .map(|port| port.parse().ok())
            .collect::<Option<Vec<u16>>>()?;
        if ports.len() != 1 && ports.len() != self.hosts.len() {
            return None;
        }
        let ports = ports.iter().cycle();
        for ((_, port), given) in self.hosts.iter_mut().zip(ports) {
            *port = Some(*given);
        }
        Some(())
    }

    /// Fills in what was not said.
    fn finish(self) -> Result<Address> {
        if self.user.is_empty() {
            return Err(invalid("the address of the database names no user")
                .hint("It is written postgres://user:password@host/database."));
        }
        let certificate = match (self.certificate, self.certificate_key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => {
                return Err(invalid(
                    "the address of the database has one of sslcert and sslkey without the other",
                ));
            }
        };
        let base = Address::base();
        let database = if self.database.is_empty() {
            self.user.clone()
        } else {
            self.database
        };
        for text in [&self.user, &database] {
            if text.contains('\0') {
                return Err(invalid("the address of the database has a zero byte"));
            }
        }
        Ok(Address {
            hosts: self
                .hosts
                .into_iter()
                .map(|(host, port)| (host, port.unwrap_or(PORT)))
                .collect(),
            user: self.user,
            password: self.password.map(Secret::new),
            database,
            encryption: self.encryption.unwrap_or(base.encryption),
            root_certificate: self.root_certificate,
            certificate,
            tls: base.tls,
            channel_binding: self.channel_binding.unwrap_or(base.channel_binding),
            connect_timeout: self.connect_timeout.unwrap_or(base.connect_timeout),
            application_name: self.application_name.unwrap_or(base.application_name),
            options: self.options,
            settings: Vec::new(),
            is_pooled_by_transaction: self.is_pooled_by_transaction,
            must_be_writable: self.must_be_writable,
        })
    }
}

/// The parameters that an address may have.
const PARAMETERS: [&str; 16] = [
    "host",
    "port",
    "user",
    "password",
    "dbname",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "channel_binding",
    "connect_timeout",
    "application_name",
    "options",
    "pooler",
    "pgbouncer",
    "target_session_attrs",
];

fn encryption(mode: &str) -> Option<Encryption> {
    Some(match mode {
        "disable" => Encryption::Disable,
        // What libpq calls `allow` tries without encryption first, which nobody wants.
        "allow" | "prefer" => Encryption::Prefer,
        "require" => Encryption::Require,
        "verify-ca" => Encryption::VerifyAuthority,
        "verify-full" => Encryption::VerifyFull,
        _ => return None,
    })
}

/// Reads the hosts before the path: `host:port,host:port`.
fn parse_hosts(hosts: &str) -> Result<Vec<(Host, Option<u16>)>> {
    let hosts: Vec<_> = hosts.split(',').map(parse_host).collect::<Result<_>>()?;
    bounded(hosts)
}

fn parse_host(host: &str) -> Result<(Host, Option<u16>)> {
    let (name, port) = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((name, rest)) => (name, rest.strip_prefix(':')),
        None => match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        },
    };
    let port = match port {
        None | Some("") => None,
        Some(port) => Some(
            port.parse()
                .map_err(|_| invalid(format!("{port} is no port of the database's server")))?,
        ),
    };
    Ok((named_host(decode(name, "host")?), port))
}

/// Reads the parameter `host`, whose names replace those before the path and keep their ports.
fn parse_host_list(
    names: &str,
    before: &[(Host, Option<u16>)],
) -> Result<Vec<(Host, Option<u16>)>> {
    let ports = before.iter().map(|(_, port)| *port);
    let names = names.split(',').map(|name| named_host(name.to_owned()));
    bounded(names.zip(ports.chain(std::iter::repeat(None))).collect())
}

fn named_host(name: String) -> Host {
    if name.is_empty() {
        Host::Folder(PathBuf::from(SOCKET_FOLDER))
    } else if name.starts_with('/') {
        Host::Folder(PathBuf::from(name))
    } else {
        Host::Name(name)
    }
}

fn bounded(hosts: Vec<(Host, Option<u16>)>) -> Result<Vec<(Host, Option<u16>)>> {
    if hosts.len() > HOSTS_MAX {
        return Err(invalid(format!(
            "the address of the database names {} hosts, the limit is {HOSTS_MAX}",
            hosts.len()
        )));
    }
    Ok(hosts)
}

fn decode(text: &str, part: &str) -> Result<String> {
    percent_decode_str(text)
        .decode_utf8()
        .map(String::from)
        .map_err(|_| invalid(format!("the {part} of the database's address is not UTF-8")))
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(Code::SETTINGS, message)
}
