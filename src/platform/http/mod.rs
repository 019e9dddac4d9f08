//! The JSON face: what every route shares.

mod address;
mod answer;
mod call;
mod doorway;
mod form;
mod input;
mod page;
mod problem;
mod scan;
mod shape;
mod table;

pub use address::{Asked, PathId, PathIds, unread_query};
pub use answer::{Answer, Created, HttpFile, etag_of, file, no_content, shown, written};
pub use call::{IfMatch, RequestFacts, arrival};
pub use doorway::{ClientAddress, Doorway};
pub use form::Form;
pub use input::{Body, BodyRules, Input, RawInput, leave_body_digest, sent_body};
pub use page::{Page, PageAsked, PageQuery, Paged};
pub use problem::Problem;
pub use table::csv_file;
