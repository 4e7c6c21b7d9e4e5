//! [`Reader`]: reads rows and writes them as JSON. Each thread has a connection of its own.

use std::cell::RefCell;
use std::sync::Arc;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Result, Row};

thread_local! {
    static CONNECTION: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

const COLUMNS: [&str; 8] = [
    "id",
    "owner",
    "category",
    "title",
    "body",
    "price_minor",
    "status",
    "created_at",
];

/// Reads from one file.
#[derive(Clone)]
pub(crate) struct Reader {
    file: Arc<str>,
}

impl Reader {
    /// Returns a reader of `file`.
    pub(crate) fn new(file: &str) -> Self {
        Self { file: file.into() }
    }

    /// Returns the item `id` as JSON, if `owner` may see it.
    pub(crate) fn one(&self, id: i64, owner: &str) -> Result<Option<Vec<u8>>> {
        self.with(|connection| {
            let mut statement = connection.prepare_cached(
                "select id, owner, category, title, body, price_minor, status, created_at from items
                 where id = ?1 and (status = 'active' or owner = ?2)",
            )?;
            let mut rows = statement.query((id, owner))?;
            let Some(row) = rows.next()? else {
                return Ok(None);
            };
            let mut body = Vec::with_capacity(512);
            write_row(&mut body, row, false)?;
            Ok(Some(body))
        })
    }

    /// Returns the first twenty items of `category`, or of all, that `owner` may see; `with_owner` adds who owns each.
    pub(crate) fn list(
        &self,
        category: Option<i64>,
        owner: &str,
        with_owner: bool,
    ) -> Result<Vec<u8>> {
        let text = if with_owner {
            "select i.id, i.owner, i.category, i.title, i.body, i.price_minor, i.status, i.created_at, p.name
             from items as i join people as p on p.id = i.owner
             where i.category = ?1 and (i.status = 'active' or i.owner = ?2) order by i.id limit 20"
        } else {
            "select id, owner, category, title, body, price_minor, status, created_at from items
             where category = ?1 and (status = 'active' or owner = ?2) order by id limit 20"
        };
        let of_all = text
            .replace("i.category = ?1", "?1 is null")
            .replace("category = ?1", "?1 is null");
        self.with(|connection| {
            let text = if category.is_some() { text } else { &of_all };
            let mut statement = connection.prepare_cached(text)?;
            let mut rows = statement.query((category, owner))?;
            let mut body = Vec::with_capacity(8192);
            body.push(b'[');
            while let Some(row) = rows.next()? {
                if body.len() > 1 {
                    body.push(b',');
                }
                write_row(&mut body, row, with_owner)?;
            }
            body.push(b']');
            Ok(body)
        })
    }

    /// Returns how many items of `category`, or of all, `owner` may see.
    pub(crate) fn count(&self, category: Option<i64>, owner: &str) -> Result<i64> {
        let text = match category {
            Some(_) => {
                "select count(*) from items where category = ?1 and (status = 'active' or owner = ?2)"
            }
            None => {
                "select count(*) from items where ?1 is null and (status = 'active' or owner = ?2)"
            }
        };
        self.with(|connection| {
            connection
                .prepare_cached(text)?
                .query_row((category, owner), |row| row.get(0))
        })
    }

    fn with<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        CONNECTION.with_borrow_mut(|slot| match slot {
            Some(connection) => read(connection),
            None => {
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let connection = Connection::open_with_flags(&*self.file, flags)?;
                // As Underpin opens its readers.
                connection
                    .execute_batch("pragma cache_size = -8192; pragma mmap_size = 268435456;")?;
                read(slot.insert(connection))
            }
        })
    }
}

fn write_row(body: &mut Vec<u8>, row: &Row<'_>, with_owner: bool) -> Result<()> {
    for (index, name) in COLUMNS.iter().enumerate() {
        body.extend_from_slice(if index == 0 { b"{\"" } else { b",\"" });
        body.extend_from_slice(name.as_bytes());
        body.extend_from_slice(b"\":");
        write_value(body, row.get_ref(index)?);
    }
    if with_owner {
        body.extend_from_slice(b",\"people\":{\"name\":");
        write_value(body, row.get_ref(COLUMNS.len())?);
        body.push(b'}');
    }
    body.push(b'}');
    Ok(())
}

fn write_value(body: &mut Vec<u8>, value: ValueRef<'_>) {
    match value {
        ValueRef::Integer(number) => body.extend_from_slice(number.to_string().as_bytes()),
        ValueRef::Text(text) => {
            // Writing to memory cannot fail.
            let _ = serde_json::to_writer(body, &String::from_utf8_lossy(text));
        }
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => body.extend_from_slice(b"null"),
    }
}
