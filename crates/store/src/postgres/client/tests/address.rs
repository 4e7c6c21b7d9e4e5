//! URLs become addresses, or errors that never tell the password.

use crate::postgres::client::address::{Address, ChannelBinding, Encryption, Host};

/// Checks that `url` is read as the address that `Display` prints so.
fn check(url: &str, expected: &str) {
    assert_eq!(Address::parse(url).unwrap().to_string(), expected, "{url}");
}

#[test]
fn urls_are_read() {
    check(
        "postgres://me@db.example/shop",
        "postgres://me@db.example:5432/shop",
    );
    check(
        "postgresql://me@db.example",
        "postgres://me@db.example:5432/me",
    );
    check(
        "postgres://me:secret@db:6000/shop",
        "postgres://me@db:6000/shop",
    );
    check(
        "postgres://me@a:1,b,c:3/shop",
        "postgres://me@a:1,b:5432,c:3/shop",
    );
    check(
        "postgres://me@a,b/shop?port=7",
        "postgres://me@a:7,b:7/shop",
    );
    check(
        "postgres://me@a,b/shop?port=7,8",
        "postgres://me@a:7,b:8/shop",
    );
    check(
        "postgres://me@[::1]:6000/shop",
        "postgres://me@[::1]:6000/shop",
    );
    check("postgres://me@[::1]/shop", "postgres://me@[::1]:5432/shop");
    check(
        "postgres://me@/shop",
        "postgres://me@/var/run/postgresql:5432/shop",
    );
    check(
        "postgres:///shop?user=me",
        "postgres://me@/var/run/postgresql:5432/shop",
    );
    check(
        "postgres://me@%2Ftmp%2Frun:6000/shop",
        "postgres://me@/tmp/run:6000/shop",
    );
    check(
        "postgres://me@/shop?host=/tmp/run",
        "postgres://me@/tmp/run:5432/shop",
    );
    check(
        "postgres://me@x:6000/shop?host=y",
        "postgres://me@y:6000/shop",
    );
    check(
        "postgres://m%40e@db/sh%2Fop",
        "postgres://m@e@db:5432/sh/op",
    );
    check(
        "postgres://me@db/shop?dbname=other",
        "postgres://me@db:5432/other",
    );
    check("postgres://me@db:/shop", "postgres://me@db:5432/shop");
}

#[test]
fn parameters_are_read() {
    let address = Address::parse(
        "postgres://me:p%40ss@db/shop?sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=3\
         &application_name=my%20shop&options=-c%20search_path%3Dx&pooler=transaction\
         &target_session_attrs=read-write&channel_binding=require",
    )
    .unwrap();
    assert_eq!(address.hosts, [(Host::Name("db".to_owned()), 5432)]);
    assert_eq!(address.password.unwrap().expose(), "p@ss");
    assert_eq!(address.encryption, Encryption::VerifyFull);
    assert_eq!(address.root_certificate.unwrap().to_str(), Some("/ca.pem"));
    assert_eq!(address.connect_timeout.as_secs(), 3);
    assert_eq!(address.application_name, "my shop");
    assert_eq!(address.options.as_deref(), Some("-c search_path=x"));
    assert_eq!(address.channel_binding, ChannelBinding::Require);
    assert!(address.is_pooled_by_transaction);
    assert!(address.must_be_writable);
}

#[test]
fn what_is_not_said_has_a_default() {
    let address = Address::parse("postgres://me@db").unwrap();
    assert!(address.password.is_none());
    assert_eq!(address.encryption, Encryption::Prefer);
    assert_eq!(address.connect_timeout.as_secs(), 5);
    assert!(!address.is_pooled_by_transaction);
    let mode = |url: &str| Address::parse(url).unwrap().encryption;
    assert_eq!(
        mode("postgres://me@db?sslmode=disable"),
        Encryption::Disable
    );
    assert_eq!(
        mode("postgres://me@db?sslmode=require"),
        Encryption::Require
    );
    assert_eq!(
        mode("postgres://me@db?sslmode=verify-ca"),
        Encryption::VerifyAuthority
    );
}

#[test]
fn a_password_may_hold_what_nobody_encoded() {
    let password = |url: &str| Address::parse(url).unwrap().password.unwrap();
    assert_eq!(password("postgres://me:a@b@db/shop").expose(), "a@b");
    assert_eq!(password("postgres://me:a:b@db/shop").expose(), "a:b");
    assert_eq!(password("postgres://me@db/shop?password=x").expose(), "x");
}

#[test]
fn wrong_urls_are_refused() {
    let check = |url: &str, expected: &str| {
        let error = Address::parse(url).unwrap_err();
        assert_eq!(error.code().as_str(), "settings_invalid", "{url}");
        assert_eq!(error.message(), expected, "{url}");
        assert!(!format!("{error:?}").contains("hunter2"), "{url}");
    };
    check(
        "mysql://me@db",
        "the address of the database does not begin with postgres://",
    );
    check(
        "",
        "the address of the database does not begin with postgres://",
    );
    check(
        "postgres://:hunter2@db/shop",
        "the address of the database names no user",
    );
    check(
        "postgres://me:hunter2@db:http/shop",
        "http is no port of the database's server",
    );
    check(
        "postgres://me@db:99999/shop",
        "99999 is no port of the database's server",
    );
    check(
        "postgres://me:hunter2@db/shop?sslmode=maybe",
        "sslmode of the database's address cannot be maybe",
    );
    check(
        "postgres://me:hunter2@db/shop?colour=red",
        "the database's address has the unknown parameter colour",
    );
    check(
        "postgres://me@a,b/shop?port=1,2,3",
        "port of the database's address cannot be 1,2,3",
    );
    check(
        "postgres://me@db/%ff",
        "the database of the database's address is not UTF-8",
    );
    check(
        "postgres://me@db/%00",
        "the address of the database has a zero byte",
    );
    check(
        &format!("postgres://me@{}/shop", ["db"; 17].join(",")),
        "the address of the database names 17 hosts, the limit is 16",
    );
}

#[test]
fn the_password_is_never_printed() {
    let address = Address::parse("postgres://me:hunter2@db/shop").unwrap();
    assert!(!format!("{address} {address:?}").contains("hunter2"));
}
