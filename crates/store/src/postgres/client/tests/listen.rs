//! What is told to a channel is heard, or said to be missed.

use std::time::Duration;

use crate::postgres::client::message::Notification;
use crate::postgres::client::*;
use crate::postgres::tests::cluster::Cluster;

async fn next(listener: &mut Listener) -> Heard {
    let next = tokio::time::timeout(Duration::from_secs(10), listener.next());
    next.await.expect("nothing is heard")
}

fn told(channel: &str, payload: &str) -> Heard {
    Heard::Told(Notification {
        channel: channel.to_owned(),
        payload: payload.to_owned(),
    })
}

#[tokio::test]
async fn what_is_told_is_heard() {
    let Some(cluster) = Cluster::shared() else {
        return;
    };
    let client = Client::new(cluster.database().await, ClientSettings::default());
    let mut connection = client.connection().await.unwrap();
    let mut listener = client.listen(&["pgrst", "A \"Name\""]);
    assert_eq!(next(&mut listener).await, Heard::Begun);
    connection
        .simple("notify pgrst; notify other; notify \"A \"\"Name\"\"\", 'hello'")
        .await
        .unwrap();
    assert_eq!(next(&mut listener).await, told("pgrst", ""));
    assert_eq!(next(&mut listener).await, told("A \"Name\"", "hello"));

    // It listens again when its connection is lost.
    let end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'listen%'";
    assert_eq!(connection.simple(end).await.unwrap()[0].affected, 1);
    assert_eq!(next(&mut listener).await, Heard::Begun);
    connection.simple("notify pgrst, 'again'").await.unwrap();
    assert_eq!(next(&mut listener).await, told("pgrst", "again"));

    // Whoever does not listen is told that something was missed.
    let many = "select pg_notify('pgrst', n::text) from generate_series(1, 3000) as n";
    connection.simple(many).await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    for number in 1..=1_024 {
        assert_eq!(
            next(&mut listener).await,
            told("pgrst", &number.to_string())
        );
    }
    assert_eq!(next(&mut listener).await, Heard::Begun);

    // Its connection is closed when nobody hears any more.
    drop(listener);
    let count = "select 1 from pg_stat_activity where datname = current_database() and query like 'listen%'";
    for _ in 0..100 {
        if connection.simple(count).await.unwrap()[0].affected == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it still listens");
}

#[tokio::test]
async fn nothing_is_kept_prepared_where_sessions_change() {
    let Some(cluster) = Cluster::shared() else {
        return;
    };
    let url = cluster.database().await.to_string();
    let (host, database) = url.split_once('@').unwrap().1.split_once(":5432/").unwrap();
    let url = format!("postgres://postgres@/{database}?host={host}&pooler=transaction");
    let client = Client::new(Address::parse(&url).unwrap(), ClientSettings::default());
    let count = Query::new(
        "select count(*) from pg_prepared_statements where name <> ''",
        vec![],
    );
    for _ in 0..3 {
        for answers in [
            client
                .run(vec![count.clone()], Duration::from_secs(8))
                .await
                .unwrap(),
            client
                .connection()
                .await
                .unwrap()
                .batch(std::slice::from_ref(&count))
                .await
                .unwrap(),
        ] {
            assert_eq!(answers[0].rows[0].get(0).unwrap(), Some("0"));
        }
    }
}
