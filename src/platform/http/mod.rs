//! The JSON face: what every route shares.

mod answer;
mod call;
mod doorway;
mod input;
mod nul;
mod page;
mod problem;
mod table;

pub use answer::{Answer, Created, HttpFile, etag_of, file, no_content, shown, written};
pub use call::{IfMatch, RequestFacts, arrival};
pub use doorway::{ClientAddress, Doorway};
pub use input::{Asked, Body, BodyRules, Input, PathId, PathIds, RawInput, leave_body_digest};
pub use page::{Page, PageAsked};
pub use problem::{Problem, respond};
pub use table::csv_file;
