//! What lists say of submissions to be reviewed, for a page of them at once.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::coalitions::model::ClaimState;
use crate::platform::db::Reads;
use crate::platform::db::schema::{claims, coalitions, places, submissions};
use crate::platform::ids::{CoalitionId, StageId, SubmissionId};
use crate::platform::refusal::Result;
use crate::proposals::model::SubmissionState;

/// A coalition, as lists name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Its name.
    pub coalition: String,
    /// The names of the places that it speaks for, or still claims to.
    pub places: Vec<String>,
    /// Its submissions in force, with their titles; none once it is dissolved.
    pub submissions: HashMap<StageId, (SubmissionId, String)>,
}

/// What lists say of coalitions and what they submitted.
///
/// # Errors
/// When the database fails.
pub fn heads(r: &mut Reads<'_>, of: &[CoalitionId]) -> Result<HashMap<CoalitionId, Head>> {
    let named: Vec<(CoalitionId, String)> = coalitions::table
        .filter(coalitions::id.eq_any(of.to_vec()))
        .select((coalitions::id, coalitions::name))
        .load(r.conn())?;
    let mut heads: HashMap<CoalitionId, Head> = named
        .into_iter()
        .map(|(id, coalition)| {
            let head = Head {
                coalition,
                ..Head::default()
            };
            (id, head)
        })
        .collect();
    for (coalition, place) in places_of(r, of)? {
        let head = heads.entry(coalition).or_default();
        head.places.push(place);
    }
    for (coalition, stage, id, title) in submissions_of(r, of)? {
        let head = heads.entry(coalition).or_default();
        head.submissions.insert(stage, (id, title));
    }
    Ok(heads)
}

fn places_of(r: &mut Reads<'_>, of: &[CoalitionId]) -> Result<Vec<(CoalitionId, String)>> {
    Ok(claims::table
        .inner_join(places::table.on(places::id.eq(claims::place_id)))
        .filter(claims::coalition_id.eq_any(of.to_vec()))
        .filter(claims::state.eq_any([ClaimState::Claimed, ClaimState::Confirmed]))
        .order((places::name, places::id))
        .select((claims::coalition_id, places::name))
        .load(r.conn())?)
}

type Submitted = (CoalitionId, StageId, SubmissionId, String);

fn submissions_of(r: &mut Reads<'_>, of: &[CoalitionId]) -> Result<Vec<Submitted>> {
    Ok(submissions::table
        .inner_join(coalitions::table.on(coalitions::id.eq(submissions::coalition_id)))
        .filter(coalitions::dissolved_at.is_null())
        .filter(submissions::coalition_id.eq_any(of.to_vec()))
        .filter(submissions::state.eq(SubmissionState::InForce))
        .select((
            submissions::coalition_id,
            submissions::stage_id,
            submissions::id,
            submissions::title,
        ))
        .load(r.conn())?)
}
