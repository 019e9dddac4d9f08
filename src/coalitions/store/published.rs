//! Answers that everybody reads, in the versions that were published.

use diesel::prelude::*;

use crate::coalitions::questions::{AnswerVersion, Publication};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{
    answer_publications as publications, published_answer_versions as versions,
    published_answers as answers,
};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{AnswerPublicationId, CompetitionId, PersonId, PublishedAnswerId};
use crate::platform::refusal::Result;

type VersionRow = (
    PublishedAnswerId,
    CompetitionId,
    i32,
    AnswerPublicationId,
    Instant,
    i32,
    String,
    String,
);

fn version_of(row: VersionRow) -> AnswerVersion {
    let (answer_id, competition_id, place, publication_id, published_at, number, question, answer) =
        row;
    AnswerVersion {
        answer_id,
        competition_id,
        place,
        publication_id,
        published_at,
        number,
        question,
        answer,
    }
}

macro_rules! all_versions {
    () => {
        versions::table
            .inner_join(answers::table.on(answers::id.eq(versions::answer_id)))
            .inner_join(publications::table.on(publications::id.eq(versions::publication_id)))
            .order((answers::number, versions::number))
            .select((
                answers::id,
                answers::competition_id,
                answers::number,
                publications::id,
                publications::published_at,
                versions::number,
                versions::question,
                versions::answer,
            ))
    };
}

/// Every version of a competition's answers from a place on, by place and number: of so many
/// answers at most.
///
/// # Errors
/// When the database fails.
pub fn answer_versions_in(
    r: &mut Reads<'_>,
    competition: CompetitionId,
    after: i32,
    limit: i64,
) -> Result<Vec<AnswerVersion>> {
    let page: Vec<PublishedAnswerId> = answers::table
        .filter(answers::competition_id.eq(competition))
        .filter(answers::number.gt(after))
        .order(answers::number)
        .limit(limit)
        .select(answers::id)
        .load(r.conn())?;
    let rows: Vec<VersionRow> = all_versions!()
        .filter(versions::answer_id.eq_any(page))
        .load(r.conn())?;
    Ok(rows.into_iter().map(version_of).collect())
}

/// Every version of one answer, by number.
///
/// # Errors
/// When the database fails.
pub fn versions_of_answer(r: &mut Reads<'_>, id: PublishedAnswerId) -> Result<Vec<AnswerVersion>> {
    let rows: Vec<VersionRow> = all_versions!()
        .filter(versions::answer_id.eq(id))
        .load(r.conn())?;
    Ok(rows.into_iter().map(version_of).collect())
}

/// What a publication brought, in its order.
///
/// # Errors
/// When the database fails.
pub fn versions_of_publication(
    r: &mut Reads<'_>,
    id: AnswerPublicationId,
) -> Result<Vec<AnswerVersion>> {
    let rows: Vec<VersionRow> = all_versions!()
        .filter(versions::publication_id.eq(id))
        .load(r.conn())?;
    Ok(rows.into_iter().map(version_of).collect())
}

/// The places of some answers in the list of their competition.
///
/// # Errors
/// When the database fails.
pub fn places_of_answers(
    r: &mut Reads<'_>,
    ids: &[PublishedAnswerId],
) -> Result<Vec<(PublishedAnswerId, i32)>> {
    Ok(answers::table
        .filter(answers::id.eq_any(ids.to_vec()))
        .select((answers::id, answers::number))
        .load(r.conn())?)
}

/// A publication.
///
/// # Errors
/// When the database fails.
pub fn publication(r: &mut Reads<'_>, id: AnswerPublicationId) -> Result<Option<Publication>> {
    type Row = (
        AnswerPublicationId,
        CompetitionId,
        PersonId,
        Instant,
        Option<Instant>,
    );
    let row: Option<Row> = publications::table
        .find(id)
        .select(publications::all_columns)
        .first(r.conn())
        .optional()?;
    Ok(row.map(
        |(id, competition_id, published_by, published_at, letters_at)| Publication {
            id,
            competition_id,
            published_by,
            published_at,
            letters_at,
        },
    ))
}

/// The publications whose letters are not all written.
///
/// # Errors
/// When the database fails.
pub fn publications_to_tell(r: &mut Reads<'_>) -> Result<Vec<AnswerPublicationId>> {
    Ok(publications::table
        .filter(publications::letters_at.is_null())
        .order(publications::id)
        .select(publications::id)
        .load(r.conn())?)
}

/// Records a publication by somebody, now.
///
/// # Errors
/// When the database fails.
pub fn insert_publication(
    w: &mut Writes<'_>,
    competition: CompetitionId,
    by: PersonId,
) -> Result<AnswerPublicationId> {
    let id: AnswerPublicationId = w.fresh_id();
    let now = w.now();
    diesel::insert_into(publications::table)
        .values((
            publications::id.eq(id),
            publications::competition_id.eq(competition),
            publications::published_by.eq(by),
            publications::published_at.eq(now),
        ))
        .execute(w.conn())?;
    Ok(id)
}

/// Notes that all letters of a publication are written.
///
/// # Errors
/// When the database fails.
pub fn note_publication_told(w: &mut Writes<'_>, id: AnswerPublicationId) -> Result<()> {
    let now = w.now();
    diesel::update(publications::table.find(id))
        .set(publications::letters_at.eq(Some(now)))
        .execute(w.conn())?;
    Ok(())
}

/// Adds an answer at the end of its competition's list; it has no version yet.
///
/// # Errors
/// When the database fails.
pub fn insert_published_answer(
    w: &mut Writes<'_>,
    competition: CompetitionId,
) -> Result<PublishedAnswerId> {
    let last: Option<i32> = answers::table
        .filter(answers::competition_id.eq(competition))
        .select(diesel::dsl::max(answers::number))
        .first(w.conn())?;
    let id: PublishedAnswerId = w.fresh_id();
    diesel::insert_into(answers::table)
        .values((
            answers::id.eq(id),
            answers::competition_id.eq(competition),
            answers::number.eq(last.unwrap_or(0) + 1),
        ))
        .execute(w.conn())?;
    Ok(id)
}

/// Adds the next version of an answer.
///
/// # Errors
/// When the database fails.
pub fn insert_answer_version(
    w: &mut Writes<'_>,
    answer: PublishedAnswerId,
    publication: AnswerPublicationId,
    number: i32,
    (question, words): (&str, &str),
) -> Result<()> {
    let id = w.fresh_id::<i64>();
    diesel::insert_into(versions::table)
        .values((
            versions::id.eq(id),
            versions::answer_id.eq(answer),
            versions::publication_id.eq(publication),
            versions::number.eq(number),
            versions::question.eq(question),
            versions::answer.eq(words),
        ))
        .execute(w.conn())?;
    Ok(())
}
