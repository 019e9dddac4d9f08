//! Previewing letters to a group: each as its recipient would read it.

use std::collections::{BTreeSet, HashSet};

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::competition_of_officer;
use crate::coalitions::model::Coalition;
use crate::coalitions::{doors, store as coalitions};
use crate::competitions::model::{Competition, Stage};
use crate::competitions::store as competitions;
use crate::mailings::drafting::{About, Drafted, draft, is_sealed};
use crate::mailings::model::{
    COALITIONS_AT_MOST, DAYS_AT_MOST, LANGUAGES_AT_MOST, MailingDraft, MailingFilter, MailingText,
    OfStage,
};
use crate::people::Person;
use crate::people::store::PersonRow;
use crate::platform::db::Reads;
use crate::platform::http::Input;
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId};
use crate::platform::mail;
use crate::platform::mail::catalogue::FALLBACK;
use crate::platform::mail::texts::{Text, in_language, is_language};
use crate::platform::refusal::{Failure, FieldError, Result, Rule, refuse_if_any};
use crate::reviews::rules::plain;

/// The kind of the letters.
pub const KIND: &str = "mailing";

/// What would be sent to a group as it is now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MailingPreview {
    /// Names all that is shown here: the sending repeats it.
    pub digest: String,
    /// Whether nobody may know now who is in the group: it is worked out when the letters are
    /// written. There is a sample with made-up names for each language then.
    pub sealed: bool,
    /// How many letters there would be; null while nobody may know. Without those of coalitions
    /// that are closed to the reader, which are sent with the others.
    pub recipients: Option<usize>,
    /// Every letter, as its recipient would read it.
    pub messages: Vec<MailingMessage>,
    /// Who is in the group but is not written to.
    pub left_out: Vec<LeftOut>,
}

/// A letter as its recipient would read it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MailingMessage {
    /// Who gets it; null in a sample.
    pub person_id: Option<PersonId>,
    /// Their name.
    pub name: String,
    /// Their address; empty in a sample.
    pub address: String,
    /// The name of the coalition as whose member they get it.
    pub coalition: Option<String>,
    /// The language it is written in.
    pub language: String,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same in HTML.
    pub html: String,
}

/// Somebody in a group who is not written to: the account is disabled, or nobody has proven that
/// the address is theirs (an invitation is sent again instead).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LeftOut {
    /// Who.
    pub person_id: PersonId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub address: String,
    /// Whether the account is disabled; else the address is not proven.
    pub disabled: bool,
}

/// Writes out every letter to a group; sends nothing.
///
/// # Errors
/// 404 and 403 as everywhere; 409 for a stage that has not opened, where the group turns on what is
/// submitted; 422 for a group, filter or text that can't be.
pub fn preview(
    r: &mut Reads<'_>,
    who: &Person,
    id: CompetitionId,
    input: &Input<MailingDraft>,
    public_url: &str,
) -> Result<MailingPreview> {
    let competition = competition_of_officer(r, who, id)?;
    let about = checked(r, who, competition, input.get()?, "")?;
    if about.sealed {
        return samples(&about, public_url);
    }
    let closed = doors::closed_to(r, who.id)?;
    let drafts = draft(r, &about, &closed)?;
    let mut messages = Vec::new();
    for letter in &drafts.letters {
        if let Some(text) = &letter.shown {
            messages.push(shown(letter, text, public_url)?);
        }
    }
    Ok(MailingPreview {
        digest: about.digest(&drafts.letters),
        sealed: false,
        recipients: Some(messages.len()),
        messages,
        left_out: drafts.left_out.into_iter().map(LeftOut::from).collect(),
    })
}

impl From<PersonRow> for LeftOut {
    fn from(person: PersonRow) -> Self {
        Self {
            person_id: person.id,
            disabled: person.disabled_at.is_some(),
            name: person.name,
            address: person.email,
        }
    }
}

fn shown(letter: &Drafted, text: &Text, public_url: &str) -> Result<MailingMessage> {
    let words = mail::preview(KIND, &letter.language, &message_fields(text), public_url)?;
    Ok(MailingMessage {
        person_id: Some(letter.person.id),
        name: letter.person.name.clone(),
        address: letter.person.email.clone(),
        coalition: Some(letter.coalition.clone()).filter(|name| !name.is_empty()),
        language: letter.language.clone(),
        subject: words.subject,
        text: words.text,
        html: words.html,
    })
}

fn samples(about: &About, public_url: &str) -> Result<MailingPreview> {
    let mut messages = Vec::new();
    for written in &about.draft.texts {
        let fields = message_fields(&about.sample(written)?);
        let words = mail::preview(KIND, &written.language, &fields, public_url)?;
        messages.push(MailingMessage {
            person_id: None,
            name: String::new(),
            address: String::new(),
            coalition: None,
            language: written.language.clone(),
            subject: words.subject,
            text: words.text,
            html: words.html,
        });
    }
    Ok(MailingPreview {
        digest: about.digest(&[]),
        sealed: true,
        recipients: None,
        messages,
        left_out: Vec::new(),
    })
}

/// The merge fields of the message that carries a letter.
pub fn message_fields(text: &Text) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("subject".into(), text.subject.clone().into());
    fields.insert("body".into(), text.body.clone().into());
    fields
}

/// Checks what is to be written to whom, all at once; `within` stands before the pointers.
///
/// # Errors
/// 422 for a group, filter or text that can't be; 409 for a stage that has not opened, where the
/// group turns on what is submitted.
pub fn checked(
    r: &mut Reads<'_>,
    who: &Person,
    competition: Competition,
    sent: MailingDraft,
    within: &str,
) -> Result<About> {
    let draft = tidied(sent);
    let mut errors = Vec::new();
    let stage = stage_meant(r, &competition, &draft, within, &mut errors)?;
    errors.extend(filters_wrong(&draft, within));
    errors.extend(coalitions_wrong(r, who, competition.id, &draft, within)?);
    errors.extend(texts_wrong(&competition, &draft, within));
    refuse_if_any(errors)?;
    let now = r.now();
    let group = draft.group;
    if group.tells_of_submitting() && stage.as_ref().is_some_and(|stage| !stage.has_opened(now)) {
        let words = "This stage is not open yet: nothing is drafted for it or submitted.";
        return Err(Failure::rule(Rule::NotOpenYet, words));
    }
    Ok(About {
        sealed: is_sealed(group, stage.as_ref(), now),
        competition,
        stage,
        draft,
    })
}

fn tidied(mut draft: MailingDraft) -> MailingDraft {
    for text in &mut draft.texts {
        text.subject = text.subject.trim().to_owned();
        text.body = plain(&text.body).trim().to_owned();
    }
    let filters = &mut draft.filters;
    filters.roles.sort_unstable();
    filters.roles.dedup();
    filters.lacking.sort_unstable();
    filters.lacking.dedup();
    draft
}

fn stage_meant(
    r: &mut Reads<'_>,
    competition: &Competition,
    draft: &MailingDraft,
    within: &str,
    errors: &mut Vec<FieldError>,
) -> Result<Option<Stage>> {
    let pointer = format!("{within}/stage");
    let Some(id) = draft.stage else {
        if draft.group.of_stage() == OfStage::Always {
            errors.push(FieldError::at(pointer, "Say of which stage."));
        }
        return Ok(None);
    };
    if draft.group.of_stage() == OfStage::Never {
        let words = "This group is of the whole competition: leave the stage out.";
        errors.push(FieldError::at(pointer, words));
        return Ok(None);
    }
    let stage = competitions::stage(r, id)?.filter(|stage| stage.competition_id == competition.id);
    if stage.is_none() {
        errors.push(FieldError::at(pointer, "There is no such stage here."));
    }
    Ok(stage)
}

fn filters_wrong(draft: &MailingDraft, within: &str) -> Vec<FieldError> {
    let known = draft.group.filters();
    let mut errors: Vec<FieldError> = draft
        .filters
        .used()
        .into_iter()
        .filter(|filter| !known.contains(filter))
        .map(|filter| {
            let pointer = format!("{within}/filters/{filter}");
            FieldError::at(pointer, "This group is not narrowed by it.")
        })
        .collect();
    let days = draft.filters.within_days.unwrap_or(0);
    let of_group = known.contains(&MailingFilter::WithinDays);
    if of_group && !(0..=DAYS_AT_MOST).contains(&days) {
        let pointer = format!("{within}/filters/within_days");
        errors.push(FieldError::at(
            pointer,
            format!("0 to {DAYS_AT_MOST} days."),
        ));
    }
    errors
}

/// A coalition that is closed to the officer is one that is not there.
fn coalitions_wrong(
    r: &mut Reads<'_>,
    who: &Person,
    competition: CompetitionId,
    draft: &MailingDraft,
    within: &str,
) -> Result<Vec<FieldError>> {
    let named = &draft.filters.coalitions;
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let pointer = format!("{within}/filters/coalitions");
    if named.len() > COALITIONS_AT_MOST {
        let words = format!("At most {COALITIONS_AT_MOST} coalitions.");
        return Ok(vec![FieldError::at(pointer, words)]);
    }
    let closed = doors::closed_to(r, who.id)?;
    let open: HashSet<CoalitionId> = coalitions::coalitions_of(r, competition)?
        .iter()
        .map(|one: &Coalition| one.id)
        .filter(|id| !closed.contains(id))
        .collect();
    Ok(named
        .iter()
        .enumerate()
        .filter(|(_, id)| !open.contains(id))
        .map(|(at, _)| {
            FieldError::at(
                format!("{pointer}/{at}"),
                "There is no such coalition here.",
            )
        })
        .collect())
}

fn texts_wrong(competition: &Competition, draft: &MailingDraft, within: &str) -> Vec<FieldError> {
    let pointer = format!("{within}/texts");
    let texts = &draft.texts;
    if !(1..=LANGUAGES_AT_MOST).contains(&texts.len()) {
        let words = format!("1 to {LANGUAGES_AT_MOST} texts, one a language.");
        return vec![FieldError::at(pointer, words)];
    }
    let (fields, mut seen, mut errors) = (draft.group.fields(), BTreeSet::new(), Vec::new());
    for (at, one) in texts.iter().enumerate() {
        let pointer = format!("{pointer}/{at}");
        let language = format!("{pointer}/language");
        if !is_language(&one.language) {
            let words = "Two small letters, perhaps with a country: en, pt-BR.";
            errors.push(FieldError::at(language, words));
        } else if !seen.insert(&one.language) {
            errors.push(FieldError::at(language, "There is a text in it already."));
        }
        errors.extend(one.text().errors(&fields, &pointer));
    }
    let own = competition.language.as_str();
    let for_all_others = in_language(texts, language_of, own, own);
    if errors.is_empty() && for_all_others.is_none() {
        let words = format!(
            "One of them is for whoever reads none of the others: in “{own}”, or “{FALLBACK}”."
        );
        errors.push(FieldError::at(pointer, words));
    }
    errors
}

fn language_of(text: &MailingText) -> &str {
    &text.language
}
