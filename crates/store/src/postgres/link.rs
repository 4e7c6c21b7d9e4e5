//! [`Link`]: the way to the server, and to the one that the program starts itself.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Mutex;
use underpin_base::{Code, Error, Result};

use super::client::{Address, Client, ClientSettings, Listener, Pooled};
use super::local::Local;
use super::prelude::Session;
use super::settings::PostgresSettings;

/// The address that stands for a server of our own.
const LOCAL: &str = "postgres:local";

/// The folder of its files, within the project's data.
const LOCAL_FOLDER: &str = "postgres";

/// The role that requests come in as on a server of our own: it owns nothing, and takes the place of the role that asks.
const AUTHENTICATOR: &str = "authenticator";

/// The way to the server. Connections are made within a runtime, when the first is needed.
#[derive(Debug)]
pub(super) struct Link {
    place: Place,
    settings: ClientSettings,
    /// What connections for requests begin with; nothing where each transaction may have another session.
    session: Option<Session>,
    state: RwLock<State>,
    /// The server of our own; whoever opens the link holds it.
    local: Mutex<Option<Local>>,
}

#[derive(Debug)]
enum Place {
    Address(Box<Address>),
    Local(PathBuf),
}

#[derive(Debug)]
enum State {
    Unopened,
    Open(Clients),
    Closed,
}

/// Who connects: for requests, and for whoever operates the database.
#[derive(Clone, Debug)]
struct Clients {
    requests: Arc<Client>,
    operator: Arc<Client>,
}

impl Link {
    /// Reads the address. Nothing is called yet.
    pub(super) fn new(settings: &PostgresSettings) -> Result<Self> {
        let url = settings.url.expose();
        let place = match url {
            LOCAL => Place::Local(settings.folder.join(LOCAL_FOLDER)),
            url => Place::Address(Box::new(Address::parse(url)?)),
        };
        let is_pooled = matches!(&place, Place::Address(address) if address.is_pooled());
        let session = Session::new(settings.search_path.clone(), settings.statement_timeout);
        Ok(Self {
            place,
            session: (!is_pooled).then_some(session),
            settings: ClientSettings {
                shared_connections: settings.shared_connections,
                pool_connections_max: settings.connections_max,
                pool_timeout: settings.queue_timeout,
                answer_bytes_max: settings.answer_bytes_max,
                ..ClientSettings::default()
            },
            state: RwLock::new(State::Unopened),
            local: Mutex::new(None),
        })
    }

    /// Returns the client for requests.
    ///
    /// # Errors
    /// `57P01` once the link is closed; what a server of our own says when it does not start.
    pub(super) async fn client(&self) -> Result<Arc<Client>> {
        Ok(self.clients().await?.requests)
    }

    /// Returns a connection for whoever operates the database.
    ///
    /// # Errors
    /// Those of [`Link::client`], and of the client.
    pub(super) async fn operator(&self) -> Result<Pooled> {
        self.clients().await?.operator.connection().await
    }

    async fn clients(&self) -> Result<Clients> {
        if let Some(clients) = self.opened()? {
            return Ok(clients);
        }
        let mut local = self.local.lock().await;
        // Somebody may have opened it meanwhile.
        if let Some(clients) = self.opened()? {
            return Ok(clients);
        }
        let (requests, operator) = match &self.place {
            Place::Address(address) => (Address::clone(address), Address::clone(address)),
            Place::Local(folder) => {
                let folder = folder.clone();
                let start = tokio::task::spawn_blocking(move || Local::start(&folder));
                let address = local
                    .insert(start.await.map_err(Error::internal)??)
                    .address();
                (address.clone().with_user(AUTHENTICATOR), address)
            }
        };
        let session = self.session.as_ref().map(Session::settings);
        let requests = requests.with_settings(session.unwrap_or_default());
        let clients = Clients {
            requests: Arc::new(Client::new(requests, self.settings.clone())),
            operator: Arc::new(Client::new(operator, self.settings.clone())),
        };
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = State::Open(clients.clone());
        Ok(clients)
    }

    fn opened(&self) -> Result<Option<Clients>> {
        match &*self.state.read().unwrap_or_else(PoisonError::into_inner) {
            State::Unopened => Ok(None),
            State::Open(clients) => Ok(Some(clients.clone())),
            State::Closed => Err(Error::new(
                Code::SHUTTING_DOWN,
                "the database is shutting down",
            )),
        }
    }

    /// Returns what connections for requests begin with, when they begin with anything.
    pub(super) fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Hears what is told to `channel`, for as long as what is returned is kept.
    pub(super) async fn listen(&self, channel: &str) -> Result<Listener> {
        Ok(self.clients().await?.operator.listen(&[channel]))
    }

    /// Tells whether a pooler that gives each transaction another session stands before the server.
    pub(super) fn is_pooled(&self) -> bool {
        matches!(&self.place, Place::Address(address) if address.is_pooled())
    }

    /// Tells whether the server is a private one of the program.
    pub(super) fn is_local(&self) -> bool {
        matches!(self.place, Place::Local(_))
    }

    /// Tells whether the server is believed to be reachable.
    pub(super) fn is_reachable(&self) -> bool {
        match self.opened() {
            // Whoever asked last knows.
            Ok(Some(clients)) => clients.requests.is_reachable() && clients.operator.is_reachable(),
            Ok(None) => true,
            Err(_) => false,
        }
    }

    /// Lets every connection prepare its statements anew.
    pub(super) fn schema_changed(&self) {
        if let Ok(Some(clients)) = self.opened() {
            clients.requests.schema_changed();
            clients.operator.schema_changed();
        }
    }

    /// Ends the connections, and the server when it is ours.
    pub(super) fn close(&self) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = State::Closed;
        let local = self
            .local
            .try_lock()
            .ok()
            .and_then(|mut local| local.take());
        if let Some(Err(error)) = local.map(Local::stop) {
            tracing::warn!(%error, "the server of the program does not end");
        }
    }
}
