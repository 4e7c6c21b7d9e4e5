//! [`Database`]: one of the servers, asked for what the benchmark asks for.

use std::error::Error;

use uuid::Uuid;

use crate::{Item, mysql, postgres};

/// A database's answer: JSON, or what went wrong.
pub(crate) type Answer<T = Vec<u8>> = Result<T, Box<dyn Error + Send + Sync>>;

/// One of the servers.
pub(crate) enum Database {
    Postgres(postgres::Database),
    Mysql(mysql::Database),
}

impl Database {
    /// Connects to the database at `url`, whose scheme tells which it is.
    pub(crate) async fn connect(url: &str) -> Answer<Self> {
        Ok(match url.starts_with("mysql:") {
            true => Self::Mysql(mysql::Database::open(url)?),
            false => Self::Postgres(postgres::Database::connect(url).await?),
        })
    }

    /// Returns the item `id`.
    pub(crate) async fn one(&self, id: i64) -> Answer {
        Ok(match self {
            Self::Postgres(database) => database.one(id).await?,
            Self::Mysql(database) => database.one(id).await?,
        })
    }

    /// Returns the first twenty items of `category`.
    pub(crate) async fn list(&self, category: i32) -> Answer {
        Ok(match self {
            Self::Postgres(database) => database.list(category).await?,
            Self::Mysql(database) => database.list(category).await?,
        })
    }

    /// Returns the same with who owns each.
    pub(crate) async fn list_with_owner(&self, category: i32) -> Answer {
        Ok(match self {
            Self::Postgres(database) => database.list_with_owner(category).await?,
            Self::Mysql(database) => database.list_with_owner(category).await?,
        })
    }

    /// Returns twenty people from `from` on with twenty documents of each.
    pub(crate) async fn people(&self, from: Uuid) -> Answer {
        Ok(match self {
            Self::Postgres(database) => database.people(from).await?,
            Self::Mysql(database) => database.people(from).await?,
        })
    }

    /// Inserts one item in a transaction of its own.
    pub(crate) async fn insert(&self, item: Item) -> Answer<()> {
        match self {
            Self::Postgres(database) => database.insert(&item).await?,
            Self::Mysql(database) => database.insert(item).await?,
        }
        Ok(())
    }
}
