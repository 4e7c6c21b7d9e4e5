//! A connection's beginning: who we are, how we prove it, and what the server says of itself.

use bytes::{Bytes, BytesMut};
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl;
use postgres_protocol::message::frontend;
use underpin_base::Secret;

use super::address::{Address, ChannelBinding};
use super::error::ServerError;
use super::flight::bind;
use super::message::{Authentication, Message, Transaction};
use super::query::Query;
use super::tls;
use super::wire::Wire;

/// The most rounds of a password's hash that a server may ask for; PostgreSQL asks for 4,096.
const SCRAM_ROUNDS_MAX: u32 = 1_000_000;

/// Why a connection does not come to be. It is said to the log alone.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The server says so.
    Server(Box<ServerError>),
    /// Whatever else it is.
    Other(String),
}

impl Refusal {
    /// Tells whether the server is there and has too many connections already: `too_many_connections`.
    pub(super) fn is_full(&self) -> bool {
        matches!(self, Self::Server(error) if error.code == "53300")
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Server(error) => error.fmt(formatter),
            Self::Other(cause) => cause.fmt(formatter),
        }
    }
}

impl From<std::io::Error> for Refusal {
    fn from(cause: std::io::Error) -> Self {
        Self::Other(cause.to_string())
    }
}

fn refuse(cause: impl Into<String>) -> Refusal {
    Refusal::Other(cause.into())
}

/// What cancels the statements of a connection: its process, and a secret of it.
#[derive(Clone, Default)]
pub(super) struct CancelKey {
    process: i32,
    secret: Bytes,
}

impl std::fmt::Debug for CancelKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "CancelKey({}, …)", self.process)
    }
}

/// Greets the server, proves who we are and waits until it is ready.
///
/// # Errors
/// What the server says, or the operating system.
pub(super) async fn greet(wire: &mut Wire, address: &Address) -> Result<CancelKey, Refusal> {
    let mut parameters = vec![
        ("user", address.user.as_str()),
        ("database", address.database.as_str()),
        ("client_encoding", "UTF8"),
        // Whatever the database's own defaults are: dates are read by one rule.
        ("DateStyle", "ISO, MDY"),
        ("application_name", address.application_name.as_str()),
    ];
    if let Some(options) = &address.options {
        parameters.push(("options", options));
    }
    frontend::startup_message(parameters, &mut wire.output)?;
    authenticate(wire, address).await?;
    let mut key = CancelKey::default();
    loop {
        match expect(wire).await? {
            Message::CancelKey(process, secret) => key = CancelKey { process, secret },
            Message::Parameter(name, value) => {
                if name == "client_encoding" && !value.eq_ignore_ascii_case("utf8") {
                    return Err(refuse(format!("the server speaks {value} instead of UTF8")));
                }
            }
            Message::Ready(Transaction::None) => return Ok(key),
            message => return Err(refuse(format!("{} was not expected", message.kind()))),
        }
    }
}

/// Makes the settings that a connection begins with.
///
/// # Errors
/// What the server says, or the operating system.
pub(super) async fn make(
    wire: &mut Wire,
    settings: &[(&'static str, String)],
) -> Result<(), Refusal> {
    if settings.is_empty() {
        return Ok(());
    }
    let calls: Vec<String> = (1..)
        .zip(settings)
        .map(|(number, (name, _))| format!("pg_catalog.set_config('{name}', ${number}, false)"))
        .collect();
    let values = settings.iter().map(|(_, value)| Some(value.clone()));
    let query = Query::once(format!("select {}", calls.join(", ")), values.collect());
    frontend::parse("", &query.sql, [], &mut wire.output)?;
    bind("", &query, &mut wire.output)?;
    frontend::execute("", 0, &mut wire.output)?;
    frontend::sync(&mut wire.output);
    loop {
        if let Message::Ready(_) = expect(wire).await? {
            return Ok(());
        }
    }
}

/// Returns the next message that is neither a remark nor an error.
async fn expect(wire: &mut Wire) -> Result<Message, Refusal> {
    loop {
        match wire.next().await? {
            Message::Error(error) => return Err(Refusal::Server(Box::new(error))),
            Message::Notice => {}
            message => return Ok(message),
        }
    }
}

async fn authenticate(wire: &mut Wire, address: &Address) -> Result<(), Refusal> {
    let asked = authentication(wire).await?;
    if address.channel_binding == ChannelBinding::Require
        && !matches!(asked, Authentication::Sasl(_))
    {
        return Err(refuse(
            "channel_binding asks for SCRAM, and the server does not",
        ));
    }
    match asked {
        Authentication::Done => return Ok(()),
        Authentication::Cleartext => {
            frontend::password_message(password(address)?.as_bytes(), &mut wire.output)?;
        }
        Authentication::Md5(salt) => {
            let hash = md5_hash(address.user.as_bytes(), password(address)?.as_bytes(), salt);
            frontend::password_message(hash.as_bytes(), &mut wire.output)?;
        }
        Authentication::Sasl(mechanisms) => scram(wire, address, &mechanisms).await?,
        Authentication::SaslContinue(_) | Authentication::SaslFinal(_) => {
            return Err(refuse("the server continues what was not begun"));
        }
        Authentication::Other(way) => {
            return Err(refuse(format!(
                "the server asks for the authentication {way}, which is neither a password nor SCRAM-SHA-256"
            )));
        }
    }
    match authentication(wire).await? {
        Authentication::Done => Ok(()),
        _ => Err(refuse("the server asks again who we are")),
    }
}

async fn authentication(wire: &mut Wire) -> Result<Authentication, Refusal> {
    match expect(wire).await? {
        Message::Authentication(authentication) => Ok(authentication),
        message => Err(refuse(format!("{} was not expected", message.kind()))),
    }
}

fn password(address: &Address) -> Result<&str, Refusal> {
    address
        .password
        .as_ref()
        .map(Secret::expose)
        .ok_or_else(|| refuse("the server asks for a password, and the address has none"))
}

async fn scram(wire: &mut Wire, address: &Address, mechanisms: &[String]) -> Result<(), Refusal> {
    let (mechanism, binding) = mechanism(wire, address, mechanisms)?;
    let mut scram = sasl::ScramSha256::new(password(address)?.as_bytes(), binding);
    frontend::sasl_initial_response(mechanism, scram.message(), &mut wire.output)?;
    let Authentication::SaslContinue(challenge) = authentication(wire).await? else {
        return Err(refuse("the server does not continue SCRAM"));
    };
    if rounds(&challenge).is_none_or(|rounds| rounds > SCRAM_ROUNDS_MAX) {
        return Err(refuse("the server asks for too many rounds of the hash"));
    }
    // Some milliseconds of work, which no other task should wait for.
    let work = move || scram.update(&challenge).map(|()| scram);
    let mut scram = tokio::task::spawn_blocking(work)
        .await
        .map_err(|cause| refuse(cause.to_string()))??;
    frontend::sasl_response(scram.message(), &mut wire.output)?;
    let Authentication::SaslFinal(proof) = authentication(wire).await? else {
        return Err(refuse(
            "the server does not prove that it knows the password",
        ));
    };
    Ok(scram.finish(&proof)?)
}

/// Chooses how the password is proved: tied to the encrypted connection when both sides can, so that nobody in between can pass the
/// proof on.
fn mechanism(
    wire: &Wire,
    address: &Address,
    offered: &[String],
) -> Result<(&'static str, sasl::ChannelBinding), Refusal> {
    let offers = |name: &str| offered.iter().any(|offered| offered == name);
    let binding = match address.channel_binding {
        ChannelBinding::Disable => None,
        ChannelBinding::Prefer | ChannelBinding::Require => {
            wire.socket().certificate().and_then(tls::channel_binding)
        }
    };
    match binding {
        Some(binding) if offers(sasl::SCRAM_SHA_256_PLUS) => Ok((
            sasl::SCRAM_SHA_256_PLUS,
            sasl::ChannelBinding::tls_server_end_point(binding),
        )),
        _ if address.channel_binding == ChannelBinding::Require => Err(refuse(
            "channel_binding asks for what the server or its certificate does not offer",
        )),
        binding if offers(sasl::SCRAM_SHA_256) => Ok((
            sasl::SCRAM_SHA_256,
            // The server learns that we could, and so whether somebody in between has hidden that it can.
            match binding {
                Some(_) => sasl::ChannelBinding::unrequested(),
                None => sasl::ChannelBinding::unsupported(),
            },
        )),
        _ => Err(refuse(format!(
            "the server offers {}, and not {}",
            offered.join(", "),
            sasl::SCRAM_SHA_256
        ))),
    }
}

/// Returns the number of rounds in SCRAM's challenge, `r=…,s=…,i=4096`.
fn rounds(challenge: &[u8]) -> Option<u32> {
    std::str::from_utf8(challenge)
        .ok()?
        .split(',')
        .find_map(|attribute| attribute.strip_prefix("i="))?
        .parse()
        .ok()
}

/// Appends the request to cancel what `key`'s connection does.
pub(super) fn cancel_request(key: &CancelKey, output: &mut BytesMut) {
    let length = u32::try_from(12 + key.secret.len()).unwrap_or_default();
    output.extend_from_slice(&length.to_be_bytes());
    output.extend_from_slice(&80_877_102_u32.to_be_bytes());
    output.extend_from_slice(&key.process.to_be_bytes());
    output.extend_from_slice(&key.secret);
}
