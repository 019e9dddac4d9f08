//! All that a database holds, table by table, in lines that are the same on both databases: out of
//! the one, into the other, and compared.

mod catalogue;
mod cells;
mod filling;
mod lifting;
mod lines;
mod uploads;
mod values;

pub use catalogue::{Columns, Kind, Tables, ours};
pub use filling::Filling;
pub use lines::{Lines, write_lines};
pub use uploads::{Upload, uploads};
