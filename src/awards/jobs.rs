//! Letters that the clock brings about. An offer opens and lapses by itself: see
//! [`crate::decisions::budget::offer_state`].

use super::actions::offers::{About, awards_of};
pub use super::actions::to_funders::tell_of_public_awards as tell_funders;
use super::model::Award;
use super::store;
use crate::coalitions::store as coalitions;
use crate::competitions::store as competitions;
use crate::decisions::budget::OfferState;
use crate::decisions::store as decisions;
use crate::platform::clock::Instant;
use crate::platform::db::Writes;
use crate::platform::refusal::Result;

/// Hours before the last moment at which those who can answer are reminded.
const REMINDED_HOURS: i64 = 72;
/// For how long a lapse is still told, if the server was down.
const TOLD_DAYS: i64 = 7;

/// Reminds of offers that end soon, and tells of those that lapsed; each once.
///
/// # Errors
/// When the database fails.
pub fn tell_of_ends(w: &mut Writes<'_>) -> Result<()> {
    let now = w.now();
    let soon = now.plus_hours(REMINDED_HOURS);
    tell(w, (now, soon), OfferState::Offered)?;
    tell(w, (now.plus_days(-TOLD_DAYS), now), OfferState::Lapsed)
}

/// From when who can answer is reminded: so many hours before the last moment, and never before
/// half of the time to answer has passed, so that no reminder comes with the offer itself.
fn reminded_from(award: &Award) -> Instant {
    let decision = &award.decision;
    let (Some(last), Some(told)) = (decision.content.answer_by, decision.telling()) else {
        return decision.recorded_at;
    };
    let half = last.seconds_since(told.told_at) / 2;
    last.plus_hours(-REMINDED_HOURS)
        .max(told.told_at.plus_seconds(half))
}

fn tell(w: &mut Writes<'_>, (from, until): (Instant, Instant), state: OfferState) -> Result<()> {
    let now = w.now();
    for id in store::offers_ending_between(w, from, until)? {
        let Some(decision) = decisions::decision(w, id)? else {
            continue;
        };
        let Some(coalition) = coalitions::coalition(w, decision.coalition)? else {
            continue;
        };
        let Some(competition) = competitions::competition(w, decision.competition)? else {
            continue;
        };
        let award = awards_of(w, &coalition)?
            .into_iter()
            .find(|award| award.decision.id == id && award.state == state);
        let Some(award) = award else {
            continue;
        };
        if state == OfferState::Offered && now < reminded_from(&award) {
            continue;
        }
        let about = About::of(&competition, &coalition, &award);
        if state == OfferState::Offered {
            about.to_answerers(w, "award-answer-due")?;
        } else {
            about.to_members(w, "award-lapsed")?;
            about.to_officers(w, "award-lapsed-office", "")?;
        }
    }
    Ok(())
}
