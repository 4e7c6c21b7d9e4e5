//! Connections to a real server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use underpin_base::{Code, Error};

use crate::postgres::client::row::Column;
use crate::postgres::client::*;
use crate::postgres::tests::cluster::Cluster;

const TIMEOUT: Duration = Duration::from_secs(8);

fn texts(answer: &Answer) -> Vec<Vec<Option<&str>>> {
    let fields = |row: &Row| row.iter().count();
    let texts = |row: &'_ Row| (0..fields(row)).collect::<Vec<_>>();
    answer
        .rows
        .iter()
        .map(|row| {
            texts(row)
                .into_iter()
                .map(|index| row.get(index).unwrap())
                .collect()
        })
        .collect()
}

fn query(sql: &str, parameters: &[&str]) -> Query {
    Query::new(
        sql,
        parameters
            .iter()
            .map(|text| Some((*text).to_owned()))
            .collect(),
    )
}

/// Runs `test` with a connection to a new database, where PostgreSQL is installed.
async fn with_connection(test: impl AsyncFnOnce(Connection)) {
    if let Some(cluster) = Cluster::shared() {
        let address = cluster.database().await;
        test(Connection::open(&address).await.unwrap()).await;
    }
}

/// Runs `test` with a client of a new database, where PostgreSQL is installed.
async fn with_client(settings: ClientSettings, test: impl AsyncFnOnce(Arc<Client>)) {
    if let Some(cluster) = Cluster::shared() {
        let address = cluster.database().await;
        test(Arc::new(Client::new(address, settings))).await;
    }
}

#[tokio::test]
async fn a_batch_is_one_transaction() {
    with_connection(async |mut connection| {
        let made = connection
            .simple(
                "create table t (a int primary key, b text);
                 insert into t values (1, 'one'), (2, null); select * from t order by a",
            )
            .await
            .unwrap();
        let tags: Vec<_> = made.iter().map(|answer| (answer.rows.len(), answer.affected)).collect();
        assert_eq!(tags, [(0, 0), (0, 2), (2, 2)]);
        for _ in 0..3 {
            let answers = connection
                .batch(&[
                    query("select set_config('role', $1, true)", &["postgres"]),
                    Query::new("select a, b, $1::text from t order by a", vec![None]),
                ])
                .await
                .unwrap();
            assert_eq!(
                texts(&answers[1]),
                [[Some("1"), Some("one"), None], [Some("2"), None, None]]
            );
            let column = Column {
                name: "a".to_owned(),
                type_oid: 23,
            };
            assert_eq!(answers[1].columns[0], column);
            assert_eq!(answers[1].affected, 2);
        }
        let error = connection
            .batch(&[
                query("insert into t values ($1::int, 'three')", &["3"]),
                query("insert into t values ($1::int, 'again')", &["1"]),
            ])
            .await
            .unwrap_err();
        assert_eq!(*error.code(), Code::UNIQUE);
        assert_eq!(
            error.to_string(),
            "duplicate key value violates unique constraint \"t_pkey\"\n  details: Key (a)=(1) already exists."
        );
        let answers = connection.batch(&[query("select count(*) from t", &[])]).await.unwrap();
        assert_eq!(texts(&answers[0]), [[Some("2")]]);
    })
    .await;
}

#[tokio::test]
async fn a_deferred_constraint_fails_the_batch_at_its_end() {
    with_connection(async |mut connection| {
        connection
            .simple("create table t (a int unique deferrable initially deferred)")
            .await
            .unwrap();
        let insert = query("insert into t values (1)", &[]);
        let error = connection
            .batch(&[insert.clone(), insert.clone()])
            .await
            .unwrap_err();
        assert_eq!(*error.code(), Code::UNIQUE);
        assert_eq!(connection.batch(&[insert]).await.unwrap()[0].affected, 1);
    })
    .await;
}

#[tokio::test]
async fn rows_are_handed_over_as_they_come() {
    with_connection(async |mut connection| {
        let queries = [
            query("select 1", &[]),
            query(
                "select n from generate_series(1, $1::int) as n",
                &["100000"],
            ),
            query("select 2", &[]),
        ];
        let mut sum = 0;
        let answers = connection
            .stream(&queries, 1, |row| {
                sum += row
                    .get(0)?
                    .unwrap_or_default()
                    .parse::<u64>()
                    .map_err(Error::internal)?;
                Ok(())
            })
            .await
            .unwrap();
        assert_eq!(sum, 5_000_050_000);
        assert_eq!((answers[1].rows.len(), answers[1].affected), (0, 100_000));
        assert_eq!(
            (texts(&answers[0]), texts(&answers[2])),
            (vec![vec![Some("1")]], vec![vec![Some("2")]])
        );

        let mut count = 0;
        let error = connection
            .stream(&queries, 1, |_| {
                count += 1;
                if count < 10 {
                    Ok(())
                } else {
                    Err(Error::new(Code::DISK_FULL, "full"))
                }
            })
            .await
            .unwrap_err();
        assert_eq!((count, error.message()), (10, "full"));
        assert!(connection.is_reusable());
    })
    .await;
}

#[tokio::test]
async fn a_large_batch_does_not_wait_for_itself() {
    with_connection(async |mut connection| {
        // Both directions are full before either is done.
        let large = "x".repeat(1 << 20);
        let queries = vec![query("select $1::text", &[&large]); 64];
        let answers = connection.batch(&queries).await.unwrap();
        assert!(
            answers
                .iter()
                .all(|answer| answer.rows[0].bytes() > 1 << 20)
        );
    })
    .await;
}

#[tokio::test]
async fn a_changed_schema_is_noticed() {
    with_connection(async |mut connection| {
        connection
            .simple("create table t (a int); insert into t values (1)")
            .await
            .unwrap();
        let select = [query("select * from t", &[])];
        let expected = |answers: &[Answer], expected: &[&[Option<&str>]]| {
            assert_eq!(texts(&answers[0]), expected);
        };
        expected(&connection.batch(&select).await.unwrap(), &[&[Some("1")]]);
        connection
            .simple("alter table t add column b text default 'x'")
            .await
            .unwrap();
        let answers = connection.batch(&select).await.unwrap();
        expected(&answers, &[&[Some("1"), Some("x")]]);
        assert_eq!(answers[0].columns.len(), 2);
        connection.simple("deallocate all").await.unwrap();
        expected(
            &connection.batch(&select).await.unwrap(),
            &[&[Some("1"), Some("x")]],
        );
        connection.simple("discard all").await.unwrap();
        expected(
            &connection.batch(&select).await.unwrap(),
            &[&[Some("1"), Some("x")]],
        );
        // A type that is made again has another number.
        let cast = [query("select $1::mood", &["happy"])];
        for _ in 0..2 {
            connection
                .simple("create type mood as enum ('happy')")
                .await
                .unwrap();
            expected(&connection.batch(&cast).await.unwrap(), &[&[Some("happy")]]);
            expected(&connection.batch(&cast).await.unwrap(), &[&[Some("happy")]]);
            connection.simple("drop type mood").await.unwrap();
        }
        assert_eq!(
            *connection.batch(&cast).await.unwrap_err().code(),
            Code::UNDEFINED_OBJECT
        );
        // Within a transaction nothing can be asked again.
        connection.simple("begin").await.unwrap();
        connection
            .simple("alter table t drop column b")
            .await
            .unwrap();
        let error = connection.batch(&select).await.unwrap_err();
        assert_eq!(*error.code(), Code::FEATURE_NOT_SUPPORTED);
        assert_eq!(connection.transaction(), Transaction::Failed);
        connection.simple("rollback").await.unwrap();
        assert_eq!(connection.transaction(), Transaction::None);
        expected(
            &connection.batch(&select).await.unwrap(),
            &[&[Some("1"), Some("x")]],
        );
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused() {
    with_connection(async |mut connection| {
        let error = connection
            .batch(&[query("select 1 \0", &[])])
            .await
            .unwrap_err();
        assert_eq!(*error.code(), Code::CHARACTER_NOT_IN_REPERTOIRE);
        let error = connection.simple("select 1 \0").await.unwrap_err();
        assert_eq!(*error.code(), Code::CHARACTER_NOT_IN_REPERTOIRE);
        let many = Query::new("select 1", vec![None; 65_536]);
        let error = connection.batch(&[many]).await.unwrap_err();
        assert_eq!(
            error.message(),
            "the statement has 65536 parameters, the limit is 65535"
        );
        let error = connection
            .batch(&[query("select $1::text", &["\0"])])
            .await
            .unwrap_err();
        assert_eq!(*error.code(), Code::CHARACTER_NOT_IN_REPERTOIRE);
        let error = connection
            .batch(&[query("copy (select 1) to stdout", &[])])
            .await
            .unwrap_err();
        assert_eq!(error.code().as_str(), "08007");
        assert!(!connection.is_reusable());
    })
    .await;
}

#[tokio::test]
async fn a_batch_whose_time_is_over_is_cancelled() {
    with_client(ClientSettings::default(), async |client| {
        let mut connection = client.connection().await.unwrap();
        connection.set_timeout(Some(Duration::from_millis(100)));
        let error = connection
            .batch(&[query("select pg_sleep(60)", &[])])
            .await
            .unwrap_err();
        assert_eq!(
            error.message(),
            "canceling statement due to statement timeout"
        );
        assert_eq!(
            connection.batch(&[query("select 1", &[])]).await.unwrap()[0].affected,
            1
        );

        let begin = Instant::now();
        let slow = client.run(
            vec![query("select pg_sleep(60)", &[])],
            Duration::from_millis(100),
        );
        let quick = client.run(vec![query("select 1", &[])], TIMEOUT);
        let (slow, quick) = tokio::join!(slow, quick);
        let error = slow.unwrap_err();
        assert_eq!(*error.code(), Code::QUERY_CANCELED);
        assert_eq!(
            error.message(),
            "canceling statement due to statement timeout"
        );
        assert_eq!(quick.unwrap()[0].affected, 1);
        assert!(begin.elapsed() < Duration::from_secs(5));
    })
    .await;
}

#[tokio::test]
async fn what_nobody_waits_for_is_cancelled() {
    with_client(ClientSettings::default(), async |client| {
        let mut connection = client.connection().await.unwrap();
        let sleep = [query("select pg_sleep(60)", &[])];
        let slow = tokio::time::timeout(Duration::from_millis(100), connection.batch(&sleep));
        slow.await.unwrap_err();
        drop(connection);
        let count = "select count(*) from pg_stat_activity where query like '%pg_sleep%' and state = 'active' and pid <> pg_backend_pid() and datname = current_database()";
        let begin = Instant::now();
        loop {
            let answers = client.run(vec![query(count, &[])], TIMEOUT).await.unwrap();
            if texts(&answers[0]) == [[Some("0")]] {
                break;
            }
            assert!(begin.elapsed() < Duration::from_secs(5), "it still runs");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

const PROCESS: &str = "select pg_backend_pid()";

async fn process(connection: &mut Connection) -> String {
    let answers = connection.batch(&[query(PROCESS, &[])]).await.unwrap();
    answers[0].rows[0].get(0).unwrap().unwrap().to_owned()
}

#[tokio::test]
async fn a_pool_hands_out_what_was_used_last() {
    let settings = ClientSettings {
        pool_connections_max: 2,
        pool_timeout: Duration::from_millis(50),
        idle_trusted: Duration::ZERO,
        ..ClientSettings::default()
    };
    with_client(settings, async |client| {
        let mut first: Pooled = client.connection().await.unwrap();
        let mut second = client.connection().await.unwrap();
        let (one, two) = (process(&mut first).await, process(&mut second).await);
        assert_ne!(one, two);
        assert_eq!(
            *client.connection().await.unwrap_err().code(),
            Code::POOL_TIMEOUT
        );
        drop(second);
        drop(first);
        let mut again = client.connection().await.unwrap();
        assert_eq!(process(&mut again).await, one);
        // One that is in a transaction is nobody else's.
        again.simple("begin").await.unwrap();
        drop(again);
        let mut again = client.connection().await.unwrap();
        assert_eq!(process(&mut again).await, two);
        let third = process(&mut client.connection().await.unwrap()).await;
        assert!(third != one && third != two);
    })
    .await;
}

#[tokio::test]
async fn a_pool_replaces_what_the_server_has_closed() {
    with_client(ClientSettings::default(), async |client| {
        let mut first = client.connection().await.unwrap();
        let mut second = client.connection().await.unwrap();
        let one = process(&mut first).await;
        drop(first);
        second
            .batch(&[query("select pg_terminate_backend($1::int)", &[&one])])
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_ne!(process(&mut client.connection().await.unwrap()).await, one);
        assert!(client.is_reachable());
    })
    .await;
}

#[tokio::test]
async fn an_old_connection_is_replaced() {
    let settings = ClientSettings {
        age_max: Duration::ZERO,
        ..ClientSettings::default()
    };
    with_client(settings, async |client| {
        let one = process(&mut client.connection().await.unwrap()).await;
        assert_ne!(process(&mut client.connection().await.unwrap()).await, one);
    })
    .await;
}

#[tokio::test]
async fn too_many_who_wait_are_refused() {
    let settings = ClientSettings {
        pool_connections_max: 1,
        pool_queue_max: 1,
        ..ClientSettings::default()
    };
    with_client(settings, async |client| {
        let held = client.connection().await.unwrap();
        let waiting = tokio::spawn({
            let client = Arc::clone(&client);
            async move { client.connection().await.map(drop) }
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        let error = client.connection().await.unwrap_err();
        assert_eq!(
            (error.code(), error.message()),
            (&Code::OVERLOADED, "1 requests are queued already")
        );
        drop(held);
        waiting.await.unwrap().unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shared_connections_answer_many_at_once() {
    with_client(ClientSettings::default(), async |client| {
        client
            .run(
                vec![query("create table t (a int primary key)", &[])],
                TIMEOUT,
            )
            .await
            .unwrap();
        let tasks: Vec<_> = (0..500_u32)
            .map(|index| {
                let client = Arc::clone(&client);
                tokio::spawn(async move {
                    // Every fifth fails, and every seventh is given up.
                    let divisor = if index % 5 == 0 { "0" } else { "1" };
                    let queries = vec![
                        query(
                            "select set_config('app.index', $1, true)",
                            &[&index.to_string()],
                        ),
                        query("insert into t values ($1::int)", &[&index.to_string()]),
                        query(
                            "select current_setting('app.index')::int / $1::int",
                            &[divisor],
                        ),
                    ];
                    let batch = client.run(queries, TIMEOUT);
                    if index % 7 == 0 {
                        drop(tokio::time::timeout(Duration::from_micros(300), batch).await);
                        return;
                    }
                    match batch.await {
                        Ok(answers) => {
                            assert_ne!(index % 5, 0);
                            assert_eq!(texts(&answers[2]), [[Some(index.to_string().as_str())]]);
                        }
                        Err(error) => {
                            assert_eq!((error.code(), index % 5), (&Code::DIVISION_BY_ZERO, 0));
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let count = query(
            "select count(*), count(*) filter (where a % 5 = 0) from t",
            &[],
        );
        let answers = client.run(vec![count], TIMEOUT).await.unwrap();
        let counts = texts(&answers[0]);
        assert_eq!(counts[0][1], Some("0"));
        assert!(
            (342..=400).contains(&counts[0][0].unwrap().parse::<u32>().unwrap()),
            "{counts:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn long_batches_hold_up_nobody() {
    with_client(ClientSettings::default(), async |client| {
        let sleeping: Vec<_> = (0..2)
            .map(|_| {
                let client = Arc::clone(&client);
                let sleep = query("select pg_sleep(3)", &[]);
                tokio::spawn(async move { client.run(vec![sleep], TIMEOUT).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(500)).await;
        let begin = Instant::now();
        for _ in 0..10 {
            let quick = query("select 1", &[]);
            client.run(vec![quick], TIMEOUT).await.unwrap();
        }
        assert!(
            begin.elapsed() < Duration::from_secs(2),
            "{:?}",
            begin.elapsed()
        );
        for sleeping in sleeping {
            sleeping.await.unwrap().unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_forgets_its_statements_with_the_schema() {
    with_client(ClientSettings::default(), async |client| {
        let names = query("select count(*) from pg_prepared_statements", &[]);
        let mut connection = client.connection().await.unwrap();
        connection
            .batch(&[query("select 1", &[]), query("select 2", &[])])
            .await
            .unwrap();
        let answers = connection
            .batch(std::slice::from_ref(&names))
            .await
            .unwrap();
        assert_eq!(texts(&answers[0]), [[Some("3")]]);
        client.schema_changed();
        let answers = connection.batch(&[names]).await.unwrap();
        assert_eq!(texts(&answers[0]), [[Some("1")]]);
    })
    .await;
}

#[tokio::test]
async fn many_rows_are_copied_at_once() {
    with_connection(async |mut connection| {
        connection
            .simple("create table t (a int primary key, b text)")
            .await
            .unwrap();
        let (sql, mut number) = ("copy t from stdin", 0);
        let copied = connection.copy_in(sql, async || {
            number += 1;
            let line = format!("{number}\t{}\n", "x".repeat(1_000));
            Ok((number <= 10_000).then(|| line.into()))
        });
        assert_eq!(copied.await.unwrap(), 10_000);
        let counted = connection
            .simple("select count(*), sum(length(b)) from t")
            .await;
        let counted = counted.unwrap();
        assert_eq!(texts(&counted[0]), [[Some("10000"), Some("10000000")]]);

        // The server fails while there is much to come; it is not sent.
        let mut lines = 0;
        let copied = connection.copy_in(sql, async || {
            lines += 1;
            Ok((lines < 1_000_000).then(|| format!("1\t{}\n", "x".repeat(1_000)).into()))
        });
        assert_eq!(*copied.await.unwrap_err().code(), Code::UNIQUE);
        assert!(lines < 100_000, "{lines}");

        // The source fails.
        let copied = connection.copy_in(sql, async || Err(Error::new(Code::DISK_FULL, "full")));
        assert_eq!(copied.await.unwrap_err().message(), "full");

        // The statement is none, or wrong.
        let copied = connection.copy_in("copy nothing from stdin", async || Ok(None));
        assert_eq!(*copied.await.unwrap_err().code(), Code::UNDEFINED_TABLE);
        assert_eq!(
            connection
                .copy_in("", async || Ok(None))
                .await
                .unwrap_err()
                .code()
                .as_str(),
            "08007"
        );
        assert!(!connection.is_reusable());
    })
    .await;
}
