//! Panels in the database.

mod assignments;
mod conflicts;
mod endings;
mod members;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::sql_types::Text;

pub use assignments::{
    Filter, answer, assignment, assignments_of, assignments_of_stage, competition_of_stage,
    insert_assignment, keep_review, live_assignment_of, live_assignments, set_due,
};
pub use conflicts::{
    conflict, conflicts_of_competition, conflicts_of_pair, conflicts_of_person, decide,
    insert_conflict, insert_naming, naming, namings_of, namings_of_competition, office_of,
    people_ever_in, remove_naming, reopen_hint, replace_conflict, set_evidence,
};
pub use endings::{
    Ending, endings_of_pair, keep_ending, review_is_in, reviews_that_count, undo_ending,
};
pub use members::{
    document, documents, insert_document, insert_member, member, panel_member, panel_of, panels_of,
    panels_of_competition, remove_document, update_document, update_member,
};

/// A list kept as a JSON document in a text column.
#[derive(Clone, Debug, FromSqlRow)]
pub struct JsonList(Vec<String>);

impl<DB> FromSql<Text, DB> for JsonList
where
    DB: Backend,
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_str(&String::from_sql(bytes)?)?))
    }
}

impl From<JsonList> for Vec<String> {
    fn from(list: JsonList) -> Self {
        list.0
    }
}
