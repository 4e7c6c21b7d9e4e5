//! The errors of the driver and of the server, said as PostgreSQL says them.

use mysql_async::{Error as DriverError, ServerError};
use underpin_base::{Code, Error};

/// Turns an error into ours. What nobody foresaw is internal, and its text goes to the log alone.
pub(super) fn convert(cause: DriverError) -> Error {
    let cause_text = cause.to_string();
    match cause {
        DriverError::Server(server) => of_server(&server),
        DriverError::Driver(mysql_async::DriverError::PacketTooLarge) => too_large(&cause_text),
        other => unreachable(&other),
    }
}

fn too_large(cause: &dyn std::fmt::Display) -> Error {
    Error::new(
        Code::TOO_COMPLEX,
        "a value is larger than the database takes",
    )
    .hint("Raise max_allowed_packet of the database.")
    .cause(cause)
}

/// Returns the error of a database that does not answer.
pub(super) fn unreachable(cause: &dyn std::fmt::Display) -> Error {
    Error::new(
        Code::DATABASE_UNREACHABLE,
        "Database connection error. Retrying the connection.",
    )
    .cause(cause)
}

/// Returns the error of a write whose connection was lost before its commit was answered.
pub(super) fn unknown_outcome(cause: &dyn std::fmt::Display) -> Error {
    Error::new(
        Code::DATABASE_UNREACHABLE,
        "the connection to the database was lost while the change was being committed",
    )
    .details("It is not known whether the change was made.")
    .hint("Read the rows before you repeat the request.")
    .cause(cause)
}

/// Returns the error of a statement whose time is over.
pub(super) fn out_of_time() -> Error {
    Error::new(
        Code::QUERY_CANCELED,
        "canceling statement due to statement timeout",
    )
}

/// Turns an error that the server reports into ours.
pub(super) fn of_server(server: &ServerError) -> Error {
    let plain = |code: Code, message: &str| Error::new(code, message).cause(server);
    match server.code {
        // A deadlock, of rows or of named locks; nothing of the transaction stays.
        1213 | 3058 => plain(
            Code::SERIALIZATION,
            "could not serialize access due to concurrent update",
        ),
        1205 => plain(
            Code::new("55P03"),
            "canceling statement due to lock timeout",
        ),
        1969 | 3024 | 1317 => out_of_time(),
        1040 | 1203 | 1226 => plain(Code::new("53300"), "the database has no connection left"),
        1044 | 1045 | 1049 | 1698 => plain(
            Code::DATABASE_UNREACHABLE,
            "the database refuses the connection",
        )
        .hint("Check the user, the password and the name of the database in database.url."),
        1142 | 1143 | 1227 | 1370 => plain(
            Code::INTERNAL,
            "the user of the database lacks a right that Underpin needs",
        )
        .hint("Grant it all privileges on the database of the project."),
        1290 | 1792 | 1836 => plain(Code::READ_ONLY, "the database is read-only"),
        1021 | 1041 | 1114 => plain(
            Code::DISK_FULL,
            "could not extend file: No space left on device",
        )
        .hint("Check free disk space."),
        1264 | 1690 | 167 => plain(Code::new("22003"), "numeric value out of range"),
        1406 => plain(
            Code::new("22001"),
            "value too long for the column's type in this database",
        )
        .hint("A text in a key has at most 700 characters; see docs/mysql.md."),
        1153 => too_large(server),
        _ => Error::internal(server),
    }
}

/// Returns the refusal of a row of the table `name` that is the row's own fault, but for its keys; where the tables are ours, SQLite's
/// machine refuses most of it before.
pub(super) fn of_row(server: &ServerError, name: &str) -> Option<Error> {
    let column = server.message.split('\'').nth(1).unwrap_or_default();
    let error = match server.code {
        1048 | 1364 => Error::new(
            Code::NOT_NULL,
            format!(
                "null value in column \"{column}\" of relation \"{name}\" violates not-null constraint"
            ),
        ),
        3819 | 4025 => {
            let check = server.message.split(['\'', '`', '"']).nth(1);
            Error::new(
                Code::CHECK,
                format!(
                    "new row for relation \"{name}\" violates check constraint \"{}\"",
                    check.unwrap_or_default()
                ),
            )
        }
        1906 | 3105 => Error::new(
            Code::new("428C9"),
            format!("cannot insert a non-DEFAULT value into column \"{column}\""),
        )
        .details(format!("Column \"{column}\" is a generated column.")),
        1288 | 1347 | 1348 | 1394 | 1395 | 1423 | 1471 => {
            Error::new(Code::new("55000"), format!("cannot change view \"{name}\""))
                .hint("Change the rows of the tables that it is made of.")
        }
        // `signal sqlstate '45000'` of a trigger, whose words are meant to be read.
        1644 => Error::new(Code::new("P0001"), server.message.clone()),
        1292 | 1366 | 1265 | 1411 | 4079 => Error::new(
            Code::new("22P02"),
            format!("invalid input value for a column of relation \"{name}\""),
        ),
        1142 | 1143 => Error::new(
            Code::PRIVILEGE,
            format!("permission denied for table {name}"),
        )
        .hint("The user of database.url lacks this right: grant it in the database."),
        _ => return None,
    };
    Some(error.cause(server))
}
