//! [`Database`]: a few connections that all requests share without waiting for each other's answers, each with its statements prepared.

mod rows;

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio_postgres::{Client, Error, NoTls, Statement};
use uuid::Uuid;

use crate::Item;

/// How many connections reads share: as many as with Underpin.
const READERS: usize = 2;

/// How many connections writes share: each of them waits for its commit, and those that wait together are flushed together.
const WRITERS: usize = 16;

/// Whose items are made: the benchmark's user.
const OWNER: Uuid = Uuid::from_u128(0x0000_0000_0000_4000_8000_0000_0000_0007);

/// The connections.
pub(crate) struct Database {
    readers: Vec<Connection>,
    writers: Vec<Connection>,
    next: AtomicUsize,
}

struct Connection {
    client: Client,
    one: Statement,
    list: Statement,
    list_with_owner: Statement,
    people: Statement,
    insert: Statement,
}

impl Database {
    /// Connects to the database at `url`, and brings its tables into the state in which they are asked.
    pub(crate) async fn connect(url: &str) -> Result<Self, Error> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        client.batch_execute("vacuum analyze").await?;
        client.batch_execute("checkpoint").await?;
        Ok(Self {
            readers: Connection::open_many(url, READERS).await?,
            writers: Connection::open_many(url, WRITERS).await?,
            next: AtomicUsize::new(0),
        })
    }

    /// Returns the item `id` as JSON.
    pub(crate) async fn one(&self, id: i64) -> Result<Vec<u8>, Error> {
        let it = self.connection();
        it.client
            .query(&it.one, &[&id])
            .await
            .map(|rows| rows::items(&rows))
    }

    /// Returns the first twenty items of `category` as JSON.
    pub(crate) async fn list(&self, category: i32) -> Result<Vec<u8>, Error> {
        let it = self.connection();
        let rows = it.client.query(&it.list, &[&category]).await;
        rows.map(|rows| rows::items(&rows))
    }

    /// Returns the same with who owns each.
    pub(crate) async fn list_with_owner(&self, category: i32) -> Result<Vec<u8>, Error> {
        let it = self.connection();
        let rows = it.client.query(&it.list_with_owner, &[&category]).await;
        rows.map(|rows| rows::items_with_owner(&rows))
    }

    /// Returns twenty people from `from` on with twenty documents of each, as JSON.
    pub(crate) async fn people(&self, from: Uuid) -> Result<Vec<u8>, Error> {
        let it = self.connection();
        let rows = it.client.query(&it.people, &[&from]).await;
        rows.map(|rows| rows::people(&rows))
    }

    /// Inserts one item in a transaction of its own.
    pub(crate) async fn insert(&self, item: &Item) -> Result<(), Error> {
        let it = self.one_of(&self.writers);
        it.client
            .execute(
                &it.insert,
                &[
                    &OWNER,
                    &item.category,
                    &item.title,
                    &item.body,
                    &item.price_minor,
                ],
            )
            .await
            .map(drop)
    }

    fn connection(&self) -> &Connection {
        self.one_of(&self.readers)
    }

    /// Returns each of `connections` in turn.
    fn one_of<'c>(&self, connections: &'c [Connection]) -> &'c Connection {
        let next = self.next.fetch_add(1, Ordering::Relaxed) % connections.len();
        #[expect(clippy::indexing_slicing, reason = "there are so many connections")]
        &connections[next]
    }
}

impl Connection {
    async fn open_many(url: &str, count: usize) -> Result<Vec<Self>, Error> {
        let mut connections = Vec::new();
        for _ in 0..count {
            connections.push(Self::open(url).await?);
        }
        Ok(connections)
    }

    async fn open(url: &str) -> Result<Self, Error> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        Ok(Self {
            one: client
                .prepare(
                    "select id, owner, category, title, body, price_minor, status, created_at from items where id = $1",
                )
                .await?,
            list: client
                .prepare(
                    "select id, owner, category, title, body, price_minor, status, created_at from items
                     where category = $1 order by id limit 20",
                )
                .await?,
            list_with_owner: client
                .prepare(
                    "select i.id, i.owner, i.category, i.title, i.body, i.price_minor, i.status, i.created_at, p.name
                     from items as i join people as p on p.id = i.owner where i.category = $1 order by i.id limit 20",
                )
                .await?,
            people: client
                .prepare(
                    "select p.name, d.id, d.title
                     from (select id, name from people where id >= $1 order by id limit 20) as p
                     cross join lateral (select id, title from documents where person = p.id order by id limit 20) as d
                     order by p.id, d.id",
                )
                .await?,
            insert: client
                .prepare(
                    "insert into items (owner, category, title, body, price_minor) values ($1, $2, $3, $4, $5)",
                )
                .await?,
            client,
        })
    }
}
