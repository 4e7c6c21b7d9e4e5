//! How a connection begins: passwords, encryption, hosts that are not there, and servers that do not know how to begin.

use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Mutex;

use super::message::message;
use crate::postgres::client::*;
use crate::postgres::tests::cluster::Cluster;

fn fixture(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/postgres/client/tests/tls");
    folder.join(name).to_str().unwrap().to_owned()
}

/// Returns why nobody is let in at `url`, or nothing.
async fn refusal(url: &str) -> Option<String> {
    let address = Address::parse(url).unwrap();
    match Connection::open(&address).await {
        Ok(mut connection) => {
            let answers = connection
                .batch(&[Query::new("select current_user", vec![])])
                .await
                .unwrap();
            let user = answers[0].rows[0].get(0).unwrap();
            assert!(url.contains(user.unwrap()));
            None
        }
        Err(error) => {
            assert_eq!(error.code().as_str(), "PGRST000");
            assert_eq!(error.message(), "the database cannot be reached");
            Some(error.get_cause().unwrap().to_owned())
        }
    }
}

/// Checks that nobody is let in at `url`, because of `expected`.
async fn refused(url: &str, expected: &str) {
    let cause = refusal(url).await.expect(url);
    assert!(cause.contains(expected), "{url}: {cause}");
    assert!(!cause.contains("hunter2"));
}

const ROLES: &str = "
    create role by_scram login password 'hunter2';
    create role by_clear login password 'hunter2';
    create role by_tls login password 'hunter2';
    create role by_certificate login;
    create role by_nothing login;
    set password_encryption = 'md5';
    create role by_md5 login password 'hunter2';";

const RULES: &str = "
local   all postgres        trust
host    all by_scram        127.0.0.1/32 scram-sha-256
host    all by_md5          127.0.0.1/32 md5
host    all by_clear        127.0.0.1/32 password
host    all by_nothing      127.0.0.1/32 trust
hostssl all by_tls          127.0.0.1/32 scram-sha-256
hostssl all by_certificate  127.0.0.1/32 trust clientcert=verify-ca
";

/// A server and the port where it encrypts.
struct Server {
    cluster: Cluster,
    port: u16,
}

/// Returns the server with an authority's certificate that tests share.
async fn shared_server() -> Option<Arc<Server>> {
    static SHARED: Mutex<Weak<Server>> = Mutex::const_new(Weak::new());
    let mut shared = SHARED.lock().await;
    if let Some(server) = shared.upgrade() {
        return Some(server);
    }
    let server = Arc::new(server("server").await?);
    *shared = Arc::downgrade(&server);
    Some(server)
}

/// Returns a server that encrypts with the certificate `name`.
async fn server(name: &str) -> Option<Server> {
    // Free now, and hardly taken within the second that follows.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let settings = format!(
        "\nlisten_addresses = '127.0.0.1'\nport = {port}\nssl = on\nssl_cert_file = 'server.pem'\nssl_key_file = 'server.key'\nssl_ca_file = 'authority.pem'\n"
    );
    let file = |name: String| std::fs::read_to_string(fixture(&name)).unwrap();
    let files = [
        ("server.pem", &*file(format!("{name}.pem"))),
        ("server.key", &*file(format!("{name}.key"))),
        ("authority.pem", &*file("authority.pem".to_owned())),
    ];
    let cluster = Cluster::start_with(&settings, RULES, &files)?;
    let mut connection = Connection::open(&cluster.local.address()).await.unwrap();
    connection.simple(ROLES).await.unwrap();
    Some(Server { cluster, port })
}

#[tokio::test]
async fn passwords_are_proved() {
    let Some(server) = shared_server().await else {
        return;
    };
    let port = server.port;
    let url =
        |login: &str, rest: &str| format!("postgres://{login}@127.0.0.1:{port}/postgres?{rest}");
    for user in ["by_scram", "by_md5", "by_clear", "by_tls"] {
        assert_eq!(
            refusal(&url(&format!("{user}:hunter2"), "")).await,
            None,
            "{user}"
        );
        refused(
            &url(&format!("{user}:hunter3"), ""),
            "password authentication failed",
        )
        .await;
        refused(
            &url(user, ""),
            "the server asks for a password, and the address has none",
        )
        .await;
    }
    for user in ["by_scram", "by_md5", "by_clear"] {
        assert_eq!(
            refusal(&url(&format!("{user}:hunter2"), "sslmode=disable")).await,
            None
        );
    }
    refused(
        &url("by_tls:hunter2", "sslmode=disable"),
        "no pg_hba.conf entry",
    )
    .await;
    refused(&url("nobody:hunter2", ""), "no pg_hba.conf entry").await;
    refused(
        &url("by_nothing", "dbname=nowhere"),
        "database \"nowhere\" does not exist",
    )
    .await;

    let bound = |user: &str, rest: &str| {
        url(
            &format!("{user}:hunter2"),
            &format!("channel_binding={rest}"),
        )
    };
    assert_eq!(refusal(&bound("by_scram", "require")).await, None);
    assert_eq!(refusal(&bound("by_scram", "disable")).await, None);
    let expected = "channel_binding asks for";
    refused(&bound("by_scram", "require&sslmode=disable"), expected).await;
    refused(&bound("by_md5", "require"), expected).await;
    refused(&bound("by_nothing", "require"), expected).await;
}

#[tokio::test]
async fn servers_are_verified() {
    let Some(server) = shared_server().await else {
        return;
    };
    let port = server.port;
    let url = |host: &str, mode: &str, authority: &str| {
        let authority = fixture(authority);
        format!(
            "postgres://by_tls:hunter2@{host}:{port}/postgres?sslmode={mode}&sslrootcert={authority}"
        )
    };
    for mode in ["prefer", "require", "verify-ca", "verify-full"] {
        assert_eq!(
            refusal(&url("localhost", mode, "authority.pem")).await,
            None,
            "{mode}"
        );
    }
    assert_eq!(
        refusal(&url("127.0.0.1", "verify-ca", "authority.pem")).await,
        None
    );
    refused(
        &url("127.0.0.1", "verify-full", "authority.pem"),
        "not valid for name",
    )
    .await;
    for mode in ["require", "verify-ca", "verify-full"] {
        refused(&url("localhost", mode, "stranger.pem"), "UnknownIssuer").await;
    }
    assert_eq!(
        refusal(&url("localhost", "prefer", "stranger.pem")).await,
        None
    );
    refused(
        &url("localhost", "verify-full", "nowhere.pem"),
        "nowhere.pem",
    )
    .await;
    refused(
        &url("localhost", "verify-full", "server.key"),
        "there is no certificate in it",
    )
    .await;
    // Of the system's authorities none vouches for it.
    let system = format!("postgres://by_tls:hunter2@localhost:{port}/postgres?sslmode=verify-full");
    assert!(refusal(&system).await.is_some());

    let certificate = format!(
        "&sslcert={}&sslkey={}",
        fixture("client.pem"),
        fixture("client.key")
    );
    let url = format!("postgres://by_certificate@127.0.0.1:{port}/postgres?sslmode=require");
    refused(&url, "requires a valid client certificate").await;
    assert_eq!(refusal(&(url + &certificate)).await, None);
}

#[tokio::test]
async fn a_server_may_vouch_for_itself() {
    let Some(server) = server("selfish").await else {
        return;
    };
    let port = server.port;
    let url = |host: &str, mode: &str, authority: &str| {
        let authority = fixture(authority);
        format!(
            "postgres://by_tls:hunter2@{host}:{port}/postgres?sslmode={mode}&sslrootcert={authority}"
        )
    };
    assert_eq!(
        refusal(&url("localhost", "verify-full", "selfish.pem")).await,
        None
    );
    refused(
        &url("127.0.0.1", "verify-full", "selfish.pem"),
        "not valid for name",
    )
    .await;
    assert!(
        refusal(&url("localhost", "verify-full", "authority.pem"))
            .await
            .is_some()
    );
}

#[tokio::test]
async fn an_encrypted_connection_is_cancelled() {
    let Some(server) = shared_server().await else {
        return;
    };
    let port = server.port;
    let url = format!("postgres://by_tls:hunter2@127.0.0.1:{port}/postgres?sslmode=require");
    let mut connection = Connection::open(&Address::parse(&url).unwrap())
        .await
        .unwrap();
    connection.set_timeout(Some(Duration::from_millis(100)));
    let sleep = [Query::new("select pg_sleep(60)", vec![])];
    let error = connection.batch(&sleep).await.unwrap_err();
    assert_eq!(
        error.message(),
        "canceling statement due to statement timeout"
    );
    let large = "x".repeat(4 << 20);
    let echo = [Query::new("select $1::text", vec![Some(large.clone())])];
    connection.set_timeout(None);
    let answers = connection.batch(&echo).await.unwrap();
    assert_eq!(answers[0].rows[0].get(0).unwrap(), Some(large.as_str()));
}

#[tokio::test]
async fn hosts_are_tried_in_order() {
    let Some(server) = shared_server().await else {
        return;
    };
    let port = server.port;
    let url = format!("postgres://by_nothing@/postgres?host=/nowhere,127.0.0.1&port=1,{port}");
    assert_eq!(refusal(&url).await, None);
    let url = url + "&target_session_attrs=read-write";
    assert_eq!(refusal(&url).await, None);
    let mut connection = Connection::open(&server.cluster.local.address())
        .await
        .unwrap();
    connection
        .simple("alter role by_nothing set default_transaction_read_only = on")
        .await
        .unwrap();
    refused(&url, "the server takes no writes").await;
}

/// Returns what becomes of a connection to a server that says `script` and leaves.
async fn scripted(script: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
    let serving = async {
        let (mut server, _) = listener.accept().await.unwrap();
        server.write_all(script).await.unwrap();
        server.shutdown().await.unwrap();
        server.read_to_end(&mut Vec::new()).await.unwrap();
    };
    let url = format!(
        "postgres://me:hunter2@/shop?host={}",
        folder.path().display()
    );
    let address = Address::parse(&url).unwrap();
    let opening = async {
        match Connection::open(&address).await {
            Ok(_) => "in".to_owned(),
            Err(error) => error.get_cause().unwrap().to_owned(),
        }
    };
    tokio::join!(opening, serving).0
}

#[tokio::test]
async fn a_server_that_cannot_begin_is_refused() {
    let welcome = [
        message(b'R', &[0, 0, 0, 0]),
        message(b'S', b"client_encoding\0UTF8\0"),
        message(b'N', b"SNOTICE\0\0"),
        message(b'K', &[0, 0, 0, 7, 1, 2, 3, 4]),
        message(b'Z', b"I"),
    ]
    .concat();
    assert_eq!(scripted(&welcome).await, "in");
    for cut in 0..welcome.len() {
        let cause = scripted(&welcome[..cut]).await;
        assert!(
            cause.ends_with("the server closed the connection"),
            "cut at {cut}: {cause}"
        );
    }
    let check = async |script: Vec<u8>, expected: &str| {
        let cause = scripted(&script).await;
        assert!(cause.contains(expected), "{cause}");
        assert!(!cause.contains("hunter2"));
    };
    check(
        message(b'R', &[0, 0, 0, 7]),
        "the server asks for the authentication 7",
    )
    .await;
    check(
        message(b'R', &[0, 0, 0, 11]),
        "the server continues what was not begun",
    )
    .await;
    check(
        message(b'R', b"\0\0\0\x0aPLAIN\0\0"),
        "the server offers PLAIN",
    )
    .await;
    let again = message(b'R', &[0, 0, 0, 3]).repeat(2);
    check(again, "the server asks again who we are").await;
    let scram = |challenge: &[u8]| {
        let begin = message(b'R', b"\0\0\0\x0aSCRAM-SHA-256\0\0");
        [begin, message(b'R', &[b"\0\0\0\x0b", challenge].concat())].concat()
    };
    check(scram(b"r=x,s=AAAA,i=4000000000"), "too many rounds").await;
    check(scram(b"r=x,s=AAAA"), "too many rounds").await;
    check(scram(b"r=x,s=AAAA,i=4096"), "invalid nonce").await;
    check(scram(b"\xff,i=1"), "too many rounds").await;
    let latin = [
        message(b'R', &[0; 4]),
        message(b'S', b"client_encoding\0LATIN1\0"),
    ]
    .concat();
    check(latin, "the server speaks LATIN1 instead of UTF8").await;
    check(message(b'Z', b"I"), "Ready was not expected").await;
    check(
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        "a message of type 72",
    )
    .await;
}

#[tokio::test]
async fn a_server_that_does_not_encrypt_is_known() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for (answer, mode, expected) in [
        (&b"N"[..], "require", "the server does not encrypt"),
        (b"N", "verify-full", "the server does not encrypt"),
        (b"N", "prefer", "the server closed the connection"),
        (b"E", "prefer", "the server answers 69"),
        (b"", "prefer", "end of file"),
        (b"Snonsense, and no encryption", "prefer", "corrupt message"),
    ] {
        let serving = async {
            let (mut server, _) = listener.accept().await.unwrap();
            server.write_all(answer).await.unwrap();
            server.shutdown().await.unwrap();
            drop(server.read_to_end(&mut Vec::new()).await);
        };
        let url = format!("postgres://me@127.0.0.1:{port}/shop?sslmode={mode}");
        let (cause, ()) = tokio::join!(refusal(&url), serving);
        let cause = cause.unwrap();
        assert!(cause.contains(expected), "{mode}: {cause}");
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let _listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
    let url = format!(
        "postgres://me@/shop?host={}&connect_timeout=1",
        folder.path().display()
    );
    refused(&url, "no answer within 1000 ms").await;
}
