//! [`TestServer`]: a project served in this process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::Router;
use jiff::Timestamp;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use underpin_schema::migration::File;
use underpin_server::app::app;
use underpin_server::application::Application;
use underpin_server::http::serve::serve;
use underpin_server::keys::sign;
use underpin_server::settings::{Settings, Sources};

use crate::{Client, Project};

/// A project served in this process, until dropped.
#[derive(Debug)]
pub struct TestServer {
    folder: TempDir,
    address: SocketAddr,
    /// What runs.
    pub application: Arc<Application>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<bool>>,
}

impl TestServer {
    /// Writes, migrates, seeds and serves a project.
    pub fn start(project: &Project) -> Self {
        Self::start_with(project, app)
    }

    /// The same with a router of the test's own.
    pub fn start_with(project: &Project, router: impl FnOnce(Arc<Application>) -> Router) -> Self {
        let folder = project.write();
        let settings = Settings::load(&Sources {
            project: folder.path().to_owned(),
            environment: Vec::new(),
            flags: project.settings().to_vec(),
        });
        let application = Application::open(settings.expect("settings")).expect("a database");
        let runtime = runtime();
        runtime.block_on(migrate(&application, project));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"));
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let router = router(application.clone());
        let served = application.clone();
        let thread = std::thread::spawn(move || {
            let stopped = async {
                drop(stopped.await);
            };
            runtime.block_on(serve(listener, router, &served.settings.server, stopped))
        });
        Self {
            folder,
            address,
            application,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Returns the address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns a file of the project.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the project's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns somebody without a key.
    pub fn visitor(&self) -> Client {
        Client::new(self.address)
    }

    /// Returns the signed-in user `id`.
    pub fn user(&self, id: &str) -> Client {
        self.token(&json!({ "sub": id, "role": "authenticated", "aud": "authenticated" }))
    }

    /// Returns somebody with a token of these claims, valid for an hour.
    pub fn token(&self, claims: &serde_json::Value) -> Client {
        let mut claims = claims.clone();
        if claims["exp"].is_null() {
            claims["exp"] = json!(Timestamp::now().as_second() + 3600);
        }
        let keys = self.application.gate.keys();
        let token = sign(&claims, &keys.jwt_secret).expect("a token");
        self.visitor()
            .header("apikey", keys.publishable.expose())
            .header("authorization", &format!("Bearer {token}"))
    }

    /// Returns the project's own server: the secret key.
    pub fn service(&self) -> Client {
        let keys = self.application.gate.keys();
        self.visitor().header("apikey", keys.secret.expose())
    }

    /// Tells the server to stop, and returns whether every request under way finished in time.
    pub fn stop(&mut self) -> bool {
        drop(self.stop.take());
        let thread = self.thread.take().map(JoinHandle::join);
        self.application.close();
        thread.is_some_and(|finished| finished.expect("the server does not panic"))
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if self.thread.is_some() && !std::thread::panicking() {
            self.stop();
        }
    }
}

async fn migrate(application: &Application, project: &Project) {
    if application.settings.database.existing {
        return application.store.start().await.expect("a schema");
    }
    let files: Vec<File> = project
        .migrations()
        .map(|(path, text)| File::new(path, text).expect("a migration's name"))
        .collect();
    application.migrate(&files).await.expect("migrations");
    application.start().await.expect("a schema");
    if let Some(text) = project.seed_text() {
        let seed = File {
            version: String::new(),
            name: "seed".to_owned(),
            path: "seed.sql".to_owned(),
            text: text.to_owned(),
        };
        application.store.seed(seed).await.expect("a seed");
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}
