//! A connection and a real server.

use crate::postgres::client::*;
use crate::postgres::tests::cluster::Cluster;

fn texts(answer: &Answer) -> Vec<Vec<Option<String>>> {
    let field =
        |field: Option<&[u8]>| field.map(|field| String::from_utf8_lossy(field).into_owned());
    answer
        .rows
        .iter()
        .map(|row| row.iter().map(field).collect())
        .collect()
}

#[tokio::test]
async fn a_batch_is_one_transaction() {
    let Some(cluster) = Cluster::shared() else {
        return;
    };
    let mut connection = Connection::open(&cluster.database().await).await.unwrap();
    let tags: Vec<_> = connection
        .simple("create table t (a int primary key, b text); insert into t values (1, 'one'), (2, null); select * from t order by a")
        .await
        .unwrap()
        .iter()
        .map(|answer| (answer.rows.len(), answer.affected))
        .collect();
    assert_eq!(tags, [(0, 0), (0, 2), (2, 2)]);

    for _ in 0..3 {
        let answers = connection
            .batch(&[
                Query::new(
                    "select set_config('role', $1, true)",
                    vec![Some("postgres".into())],
                ),
                Query::new("select a, b, $1::text from t order by a", vec![None]),
            ])
            .await
            .unwrap();
        assert_eq!(
            texts(&answers[1]),
            [
                [Some("1".to_owned()), Some("one".to_owned()), None],
                [Some("2".to_owned()), None, None]
            ]
        );
        assert_eq!(
            answers[1].columns[0],
            Column {
                name: "a".into(),
                type_oid: 23
            }
        );
    }

    let error = connection
        .batch(&[
            Query::new(
                "insert into t values ($1::int, 'three')",
                vec![Some("3".into())],
            ),
            Query::new(
                "insert into t values ($1::int, 'again')",
                vec![Some("1".into())],
            ),
        ])
        .await
        .unwrap_err();
    assert_eq!(error.code().as_str(), "23505");
    assert_eq!(
        error.message(),
        "duplicate key value violates unique constraint \"t_pkey\""
    );
    let answers = connection
        .batch(&[Query::new("select count(*) from t", vec![])])
        .await
        .unwrap();
    assert_eq!(answers[0].rows[0].get(0).unwrap(), Some("2"));
}
