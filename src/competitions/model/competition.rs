//! Competitions and what belongs to their call.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::eligibility::EligibilityRule;
use crate::platform::clock::Instant;
use crate::platform::counting::characters;
use crate::platform::ids::{BudgetLineId, CompetitionId, PersonId};
use crate::platform::plain;
use crate::platform::refusal::FieldError;

crate::text_enum! {
    /// Where people at a coalition's table come from.
    Sector {
        /// Residents.
        Residents = "residents",
        /// Public bodies.
        Public = "public",
        /// Schools and universities.
        Education = "education",
        /// Health.
        Health = "health",
        /// Business.
        Business = "business",
        /// Banks, CDFIs, other lenders and investors.
        Finance = "finance",
        /// Foundations and donors.
        Philanthropy = "philanthropy",
        /// Nonprofit organisations.
        Nonprofit = "nonprofit",
        /// Congregations and civic groups.
        FaithAndCivic = "faith_and_civic",
    }
}

crate::text_enum! {
    /// By what kind of money an amount is given.
    Instrument {
        /// A grant.
        Grant = "grant",
        /// First-loss money or a guarantee.
        FirstLossOrGuarantee = "first_loss_or_guarantee",
        /// Equity or a tax credit.
        EquityOrTaxCredit = "equity_or_tax_credit",
        /// A programme-related investment, or other subordinate debt.
        PriOrSubordinateDebt = "pri_or_subordinate_debt",
        /// Senior commercial debt.
        SeniorCommercialDebt = "senior_commercial_debt",
        /// In kind: shown beside the stack, never summed into it.
        InKind = "in_kind",
    }
}

crate::text_enum! {
    /// What happens on a date of a call.
    CallDateKind {
        /// A workshop.
        Workshop = "workshop",
        /// Office hours.
        OfficeHours = "office_hours",
        /// An information session.
        InformationSession = "information_session",
        /// Anything else.
        Other = "other",
    }
}

/// One edition of a programme.
#[derive(Clone, Debug, PartialEq)]
pub struct Competition {
    /// Its identity.
    pub id: CompetitionId,
    /// The programme, for example "Working Cities Challenge".
    pub programme: String,
    /// The edition, for example "Massachusetts, round 1".
    pub edition: String,
    /// What the call is about, in plain text.
    pub summary: String,
    /// IANA name of the time zone that deadlines are shown in.
    pub time_zone: String,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// The language of its letters where a reader has none of their own: ISO 639-1.
    pub language: String,
    /// Sectors without which a coalition's table is not complete.
    pub required_sectors: Vec<Sector>,
    /// Which places may apply.
    pub eligibility: Vec<EligibilityRule>,
    /// Match in percent of the grant that is asked.
    pub match_required_percent: i32,
    /// The earlier edition it continues.
    pub continues: Option<CompetitionId>,
    /// Whether the names of jurors are published (never who read what).
    pub roster_public: bool,
    /// The last moment at which questions to the office are taken; while nobody said, they are taken
    /// as long as a stage is open or to come.
    pub questions_until: Option<Instant>,
    /// Since when the call is visible to everyone.
    pub published_at: Option<Instant>,
    /// Who set it up.
    pub created_by: PersonId,
    /// When.
    pub created_at: Instant,
    /// Counts changes.
    pub version: i64,
}

impl Competition {
    /// Programme and edition, for letters and headings.
    pub fn title(&self) -> String {
        format!("{}: {}", self.programme, self.edition)
    }

    /// Whether everyone may see the call.
    pub fn is_published(&self, now: Instant) -> bool {
        self.published_at.is_some_and(|at| at <= now)
    }

    /// What is wrong with the values, all of it.
    pub fn errors(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        for (at, text, longest) in [
            ("/programme", &self.programme, 200),
            ("/edition", &self.edition, 200),
        ] {
            if text.trim().is_empty() || characters(text) > longest {
                errors.push(FieldError::at(at, format!("1 to {longest} characters.")));
            }
            errors.extend(plain::objection(at, text));
        }
        if characters(&self.summary) > 20_000 {
            errors.push(FieldError::at("/summary", "At most 20000 characters."));
        }
        if jiff::tz::TimeZone::get(&self.time_zone).is_err() {
            errors.push(FieldError::at(
                "/time_zone",
                "Name a time zone like America/New_York.",
            ));
        }
        if self.currency.len() != 3 || !self.currency.bytes().all(|b| b.is_ascii_uppercase()) {
            errors.push(FieldError::at(
                "/currency",
                "Three capital letters, like USD.",
            ));
        }
        if self.language.len() != 2 || !self.language.bytes().all(|b| b.is_ascii_lowercase()) {
            errors.push(FieldError::at("/language", "Two small letters, like en."));
        }
        if !(0..=1000).contains(&self.match_required_percent) {
            errors.push(FieldError::at(
                "/match_required_percent",
                "Between 0 and 1000 percent.",
            ));
        }
        for (number, sector) in self.required_sectors.iter().enumerate() {
            if self.required_sectors[..number].contains(sector) {
                errors.push(FieldError::at(
                    format!("/required_sectors/{number}"),
                    "This sector is listed already.",
                ));
            }
        }
        for (number, rule) in self.eligibility.iter().enumerate() {
            errors.extend(rule.errors(&format!("/eligibility/{number}")));
        }
        errors
    }
}

/// An amount that a funder offers by one instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetLine {
    /// Its identity.
    pub id: BudgetLineId,
    /// The competition it belongs to.
    pub competition_id: CompetitionId,
    /// Who gives.
    pub funder: String,
    /// By what instrument.
    pub instrument: Instrument,
    /// In minor units of the competition's currency.
    pub amount: i64,
    /// What it may be used for; empty when it is free.
    pub restriction: String,
    /// Its place in the list, from 1.
    pub position: i32,
}

/// A date of the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallDate {
    /// Its identity.
    pub id: i64,
    /// What happens.
    pub kind: CallDateKind,
    /// Its name for people.
    pub title: String,
    /// When it begins.
    pub starts_at: Instant,
    /// Where on the web; empty when there is nothing to open.
    pub link: String,
}

/// A numbered change to a published call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Amendment {
    /// Its identity.
    pub id: i64,
    /// From 1, without gaps.
    pub number: i32,
    /// What changes, in plain text.
    pub body: String,
    /// When it was published.
    pub published_at: Instant,
}
