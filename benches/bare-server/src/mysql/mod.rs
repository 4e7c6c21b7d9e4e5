//! [`Database`]: as many connections as Underpin has, each with its statements prepared; a request has one of them.

mod rows;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Opts, OptsBuilder, Params, Pool, PoolConstraints, PoolOpts, Row};
use uuid::Uuid;

use crate::{Item, json};

/// How many connections there are.
const CONNECTIONS: usize = 16;

/// How many people are listed.
const PEOPLE: usize = 20;

/// Whose items are made: the benchmark's user.
const OWNER: &str = "00000000-0000-4000-8000-000000000007";

const ONE: &str = "select id, owner, category, title, body, price_minor, status, created_at from items where id = ?";
const LIST: &str =
    "select id, owner, category, title, body, price_minor, status, created_at from items
    where category = ? order by id limit 20";
const LIST_WITH_OWNER: &str = "select i.id, i.owner, i.category, i.title, i.body, i.price_minor, i.status, i.created_at, p.name
    from items as i join people as p on p.id = i.owner where i.category = ? order by i.id limit 20";
const PEOPLE_FROM: &str = "select id, name from people where id >= ? order by id limit 20";
const DOCUMENTS: &str =
    "(select ? as name, id, title from documents where person = ? order by id limit 20)";
const INSERT: &str =
    "insert into items (owner, category, title, body, price_minor, status, created_at)
    values (?, ?, ?, ?, ?, 'active', utc_timestamp(6))";

/// The connections.
pub(crate) struct Database {
    pool: Pool,
}

impl Database {
    /// Reads the address of the database; nothing is called yet.
    pub(crate) fn open(url: &str) -> Result<Self, Error> {
        let pool = PoolOpts::default()
            .with_constraints(PoolConstraints::new(CONNECTIONS, CONNECTIONS).unwrap_or_default())
            .with_reset_connection(false);
        let opts = OptsBuilder::from_opts(Opts::from_url(url)?)
            .pool_opts(pool)
            .stmt_cache_size(256);
        Ok(Self {
            pool: Pool::new(opts),
        })
    }

    /// Returns the item `id` as JSON.
    pub(crate) async fn one(&self, id: i64) -> Result<Vec<u8>, Error> {
        let rows: Vec<Row> = self.conn().await?.exec(ONE, (id,)).await?;
        Ok(rows::items(rows))
    }

    /// Returns the first twenty items of `category` as JSON.
    pub(crate) async fn list(&self, category: i32) -> Result<Vec<u8>, Error> {
        let rows: Vec<Row> = self.conn().await?.exec(LIST, (category,)).await?;
        Ok(rows::items(rows))
    }

    /// Returns the same with who owns each.
    pub(crate) async fn list_with_owner(&self, category: i32) -> Result<Vec<u8>, Error> {
        let mut conn = self.conn().await?;
        let rows: Vec<Row> = conn.exec(LIST_WITH_OWNER, (category,)).await?;
        Ok(rows::items(rows))
    }

    /// Returns twenty people from `from` on with twenty documents of each, as JSON.
    pub(crate) async fn people(&self, from: Uuid) -> Result<Vec<u8>, Error> {
        let mut conn = self.conn().await?;
        let people: Vec<(String, String)> = conn.exec(PEOPLE_FROM, (from.to_string(),)).await?;
        if people.is_empty() {
            return Ok(b"[]".to_vec());
        }
        let query = vec![DOCUMENTS; people.len().min(PEOPLE)].join(" union all ");
        let values = people
            .into_iter()
            .flat_map(|(id, name)| [name.into(), id.into()]);
        let rows: Vec<(String, i64, String)> = conn
            .exec(query, Params::Positional(values.collect()))
            .await?;
        let rows = rows.iter();
        Ok(json::people(
            rows.map(|(name, id, title)| (&**name, *id, &**title)),
        ))
    }

    /// Inserts one item in a transaction of its own.
    pub(crate) async fn insert(&self, item: Item) -> Result<(), Error> {
        let values = (
            OWNER,
            item.category,
            item.title,
            item.body,
            item.price_minor,
        );
        self.conn().await?.exec_drop(INSERT, values).await
    }

    async fn conn(&self) -> Result<Conn, Error> {
        self.pool.get_conn().await
    }
}
