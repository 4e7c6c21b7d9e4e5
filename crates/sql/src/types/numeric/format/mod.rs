//! Templates of numbers: `to_char(number, '999,990.00')` and `to_number`.

mod read;
mod template;
mod write;

#[cfg(test)]
mod tests;

pub use read::to_number;
pub use write::to_char;
