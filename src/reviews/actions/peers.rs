//! Reading the reviews of a submission side by side.

use std::collections::HashMap;

use super::{before_submission, names_of};
use crate::people::Person;
use crate::platform::db::Reads;
use crate::platform::http::{Asked, Page, PageQuery};
use crate::platform::ids::{PersonId, SubmissionId};
use crate::platform::refusal::{Failure, Result};
use crate::reviews::access::{self, Sight};
use crate::reviews::model::Review;
use crate::reviews::shown::{AuthorView, OfficeView, PeerReviewView};
use crate::reviews::store;

/// How a reader knows authors: always by pseudonym, perhaps by name too.
pub(super) struct Authors {
    reader: PersonId,
    names: Option<HashMap<PersonId, String>>,
}

impl Authors {
    pub(super) fn seen(
        r: &mut Reads<'_>,
        who: &Person,
        sight: Sight,
        people: &[PersonId],
    ) -> Result<Self> {
        let names = match sight {
            Sight::Names => Some(names_of(r, people)?),
            Sight::Hidden | Sight::NothingYet | Sight::Pseudonyms => None,
        };
        Ok(Self {
            reader: who.id,
            names,
        })
    }

    pub(super) fn show(&self, person: PersonId, pseudonym: &str) -> AuthorView {
        AuthorView {
            pseudonym: pseudonym.to_owned(),
            own: person == self.reader,
            person_id: self.names.is_some().then_some(person),
            name: self
                .names
                .as_ref()
                .map(|names| names.get(&person).cloned().unwrap_or_default()),
        }
    }
}

/// The submitted reviews of a submission, in the order of the names drawn for it. A reviewer
/// whose own review is not in sees none, as if there were none.
pub fn reviews(
    r: &mut Reads<'_>,
    who: &Person,
    id: SubmissionId,
    asked: &Asked<PageQuery>,
) -> Result<Page<PeerReviewView>> {
    let before = before_submission(r, who, id)?;
    let sight = access::sight(&before.facts);
    let mut reviews = match sight {
        Sight::Hidden => return Err(Failure::not_found()),
        Sight::NothingYet => Vec::new(),
        Sight::Pseudonyms | Sight::Names => {
            store::submitted_reviews_of(r, before.stage.id, before.submission.coalition_id)?
        }
    };
    reviews.sort_by(|a, b| a.pseudonym.cmp(&b.pseudonym));
    let people: Vec<PersonId> = reviews.iter().map(|review| review.person_id).collect();
    let authors = Authors::seen(r, who, sight, &people)?;
    // Nothing of the cursor may tell more than the page: pseudonyms are unique on a submission.
    let page = Page::of_all(reviews, &asked.get()?.page()?, |review| {
        review.pseudonym.clone()
    })?;
    let mut shown = Vec::new();
    for review in &page.items {
        let office = match sight {
            Sight::Names => Some(for_office(r, review)?),
            Sight::Hidden | Sight::NothingYet | Sight::Pseudonyms => None,
        };
        shown.push(PeerReviewView {
            reviewer: authors.show(review.person_id, &review.pseudonym),
            scores: review.text.scores.clone(),
            narratives: review.text.narratives.clone(),
            confidential_note: review.text.confidential_note.clone(),
            total: review.total,
            office,
        });
    }
    Ok(Page {
        items: shown,
        next: page.next,
    })
}

fn for_office(r: &mut Reads<'_>, review: &Review) -> Result<OfficeView> {
    let versions = store::versions(r, review.id)?;
    Ok(OfficeView {
        review_id: review.id,
        assignment_id: review.assignment_id,
        submitted_at: review.submitted_at,
        independent: review.independent.clone(),
        changed_after_seeing_others: versions
            .iter()
            .filter(|version| version.after_seeing_others)
            .map(|version| version.at)
            .collect(),
    })
}
