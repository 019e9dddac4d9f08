//! The coalitions: founded, seated, writing, handing in.

use serde_json::json;

use super::answers::Words;
use super::data::{Coalition, Competition, State};
use super::history::{Founded, History, input};
use crate::coalitions::actions::{answering, claims, founding, inviting, seats};
use crate::coalitions::model::ClaimState;
use crate::competitions::store as competitions;
use crate::people::Person;
use crate::platform::db::Writes;
use crate::platform::http::{IfMatch, Input};
use crate::platform::ids::{CoalitionId, PersonId, ProposalId, StageId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result};
use crate::proposals::actions::{capital, completeness, drafts, proposals, submitting};

/// Who takes the seats of the required sectors, in their order.
const SEATED: [&str; 4] = ["contributor", "signatory", "editor", "convenor"];

/// Invitations that a coalition of the sample may have sent.
const INVITATIONS: i64 = 100;

/// Seats that every table of the sample has beside, still empty.
const EMPTY: [(&str, &str); 2] = [
    ("education", "Superintendent of schools"),
    ("health", "Director of a community clinic"),
];

/// Everyone who applies in a competition does so.
pub fn all<'d>(history: &mut History<'d>, w: &mut Writes<'_>, told: &'d Competition) -> Result<()> {
    let sample = history.sample;
    let Some(stage) = told.stages.first() else {
        return Ok(());
    };
    // Founded over the first two thirds of the time, as far as it has passed.
    let span = (stage.deadline.min(-4) - stage.opens) * 2 / 3;
    let count = i64::try_from(sample.coalitions_of(&told.key).count()).unwrap_or(1);
    for (number, coalition) in (0..).zip(sample.coalitions_of(&told.key)) {
        let day = stage.opens + 1 + number * span / count;
        let mut one = Applying {
            stage: history.stage(&told.key, 0)?,
            handed_in: stage.deadline.min(-1) - 1 - number % 3,
            history: &mut *history,
            told,
            coalition,
            day,
        };
        one.apply(w)?;
        (history.told)();
    }
    Ok(())
}

struct Applying<'h, 'd> {
    history: &'h mut History<'d>,
    told: &'d Competition,
    coalition: &'d Coalition,
    stage: StageId,
    /// The day of founding, and the day of handing in.
    day: i64,
    handed_in: i64,
}

impl Applying<'_, '_> {
    fn apply(&mut self, w: &mut Writes<'_>) -> Result<()> {
        let id = self.found(w)?;
        self.confirm_claims(w, id)?;
        self.seat(w, id)?;
        let proposal = self.begin(w, id)?;
        let key = (self.told.key.clone(), self.coalition.key.clone());
        let signatory = self.member(w, "signatory")?;
        let founded = Founded { id, signatory };
        self.history.founded.insert(key, founded);
        if self.coalition.state >= State::Draft {
            self.write(w, proposal)?;
        }
        if self.coalition.state == State::Submitted {
            self.hand_in(w, proposal)?;
        }
        Ok(())
    }

    fn address(&self, role: &str) -> String {
        let city = self.coalition.city().to_lowercase().replace(' ', "-");
        format!("{role}@{city}.example")
    }

    fn member(&mut self, w: &mut Writes<'_>, role: &str) -> Result<PersonId> {
        let organisation = match role {
            "convenor" | "editor" => self.coalition.lead.clone(),
            "signatory" => format!("City of {}", self.coalition.city()),
            _ => format!("Neighbors of {}", self.coalition.city()),
        };
        let email = self.address(role);
        let names = &self.history.sample.people.names;
        let city = self.coalition.city();
        self.history
            .cast
            .member(w, names, &email, &organisation, city)
    }

    fn acting(&mut self, w: &mut Writes<'_>, role: &str) -> Result<Person> {
        let id = self.member(w, role)?;
        self.history.cast.acting(w, id)
    }

    fn found(&mut self, w: &mut Writes<'_>) -> Result<CoalitionId> {
        let w = &mut w.at(self.history.at(self.day, -4));
        let convenor = self.acting(w, "convenor")?;
        let mut places = Vec::new();
        for city in self.coalition.cities() {
            let found = competitions::search_places(w, &place_asked(city))?;
            let place = found.into_iter().find(|place| place.name == city);
            places.push(json!({"place_id": place.or_not_found()?.id}));
        }
        let agent = &self.coalition.fiscal_agent;
        let founding = input(json!({
            "name": self.coalition.name,
            "lead_organisation": self.coalition.lead,
            "fiscal_agent": (!agent.is_empty()).then_some(agent),
            "places": places,
        }))?;
        let set = self.history.set(&self.told.key)?.id;
        Ok(founding::found(w, &convenor, set, &founding)?.view.id)
    }

    /// The founder's own city is confirmed by their address; an officer confirms a second one.
    fn confirm_claims(&mut self, w: &mut Writes<'_>, id: CoalitionId) -> Result<()> {
        let w = &mut w.at(self.history.at(self.day, 2));
        for claim in crate::coalitions::store::claims_of(w, id)? {
            if claim.state == ClaimState::Claimed {
                let officer = self.history.staff(w, "officer")?;
                claims::confirm(w, &officer, claim.id)?;
            }
        }
        Ok(())
    }

    fn seat(&mut self, w: &mut Writes<'_>, id: CoalitionId) -> Result<()> {
        let roles = match self.coalition.state {
            State::Draft | State::Submitted => SEATED.as_slice(),
            State::Begun => &["convenor", "editor"],
        };
        for (sector, role) in self.told.required_sectors.iter().zip(SEATED) {
            let taken = roles.contains(&role);
            self.one_seat(w, id, sector, seat_of(sector), taken.then_some(role))?;
        }
        for (sector, holder) in EMPTY {
            self.one_seat(w, id, sector, holder, None)?;
        }
        Ok(())
    }

    fn one_seat(
        &mut self,
        w: &mut Writes<'_>,
        id: CoalitionId,
        sector: &str,
        holder: &str,
        taken_by: Option<&str>,
    ) -> Result<()> {
        let w = &mut w.at(self.history.at(self.day, 3));
        let convenor = self.acting(w, "convenor")?;
        let described = input(json!({
            "sector": sector,
            "role": holder,
            "jurisdiction": self.coalition.city(),
        }))?;
        let seat = seats::add(w, &convenor, id, &described)?.view.id;
        let Some(role) = taken_by else {
            return Ok(());
        };
        let asked = if role == "convenor" {
            "contributor"
        } else {
            role
        };
        let invited = input(json!({"email": self.address(role), "role": asked}))?;
        let member = self.acting(w, role)?;
        let invitation = inviting::invite_to_seat(w, &convenor, seat, &invited, INVITATIONS)?
            .view
            .id;
        if role != "convenor" {
            answering::accept(w, &member, invitation)?;
        }
        Ok(())
    }

    fn begin(&mut self, w: &mut Writes<'_>, id: CoalitionId) -> Result<ProposalId> {
        let w = &mut w.at(self.history.at(self.day, 5));
        let convenor = self.acting(w, "convenor")?;
        let title = input(json!({"title": self.coalition.name}))?;
        Ok(proposals::begin(w, &convenor, id, &title)?.view.id)
    }

    fn write(&mut self, w: &mut Writes<'_>, proposal: ProposalId) -> Result<()> {
        let w = &mut w.at(self.history.at(self.handed_in, -8));
        let editor = self.acting(w, "editor")?;
        let stage = competitions::stage(w, self.stage)?.or_not_found()?;
        let form = stage.form.or_not_found()?;
        let sample = self.history.sample;
        let words = Words::of(&sample.answers, self.coalition, &self.told.currency)
            .ok_or_else(|| Failure::broken("a theme of the sample has no words"))?;
        let whole = self.coalition.state == State::Submitted;
        let sections = if whole { form.sections.len() } else { 1 };
        for section in form.sections.iter().take(sections) {
            let before = drafts::show(w, &editor, proposal, &section.key, None)?;
            let answers = input(json!({"answers": words.on(section, w.now())}))?;
            let version = IfMatch::version(&before);
            drafts::save(w, &editor, proposal, &section.key, None, &version, &answers)?;
        }
        if whole {
            let before = capital::show(w, &editor, proposal, None)?;
            let stack = input(words.capital_stack(&self.told.programme))?;
            capital::save(
                w,
                &editor,
                proposal,
                None,
                &IfMatch::version(&before),
                &stack,
            )?;
        }
        Ok(())
    }

    fn hand_in(&mut self, w: &mut Writes<'_>, proposal: ProposalId) -> Result<()> {
        let w = &mut w.at(self.history.at(self.handed_in, -4));
        let signatory = self.acting(w, "signatory")?;
        let report = completeness::show(w, &signatory, proposal, None)?;
        if report.confirmation_asked {
            let confirmed = input(json!({"digest": report.digest}))?;
            completeness::confirm(w, &signatory, proposal, None, &confirmed)?;
        }
        let convenor = self.acting(w, "convenor")?;
        let all = Input::ready(submitting::Submitting::default());
        submitting::submit(w, &convenor, proposal, None, &all)?;
        Ok(())
    }
}

fn place_asked(city: &str) -> competitions::PlacesAsked {
    competitions::PlacesAsked {
        name: Some(city.to_owned()),
        kind: None,
        region: None,
        country: None,
        after: None,
        limit: 50,
    }
}

fn seat_of(sector: &str) -> &'static str {
    match sector {
        "residents" => "Residents' assembly",
        "public" => "Director of planning",
        "business" => "Employer",
        "finance" => "Lender",
        "philanthropy" => "Community foundation",
        _ => "Convening organisation",
    }
}
