//! Answers to a form's questions, put together from the sample's texts.

use serde_json::{Map, Value, json};

use super::data::{Answers, Coalition, Theme};
use crate::competitions::model::Section;
use crate::platform::clock::Instant;

/// A coalition's words on everything.
pub struct Words<'d> {
    common: &'d std::collections::BTreeMap<String, String>,
    theme: &'d Theme,
    coalition: &'d Coalition,
    currency: &'d str,
}

impl<'d> Words<'d> {
    /// The words of a coalition, if there are any on its theme.
    pub fn of(answers: &'d Answers, coalition: &'d Coalition, currency: &'d str) -> Option<Self> {
        Some(Self {
            common: &answers.common,
            theme: answers.themes.get(&coalition.theme)?,
            coalition,
            currency,
        })
    }

    /// The answers to a section's questions; what the sample has no words on stays empty.
    pub fn on(&self, section: &Section, now: Instant) -> Map<String, Value> {
        section
            .questions
            .iter()
            .filter_map(|question| Some((question.key.clone(), self.answer(&question.key, now)?)))
            .collect()
    }

    fn answer(&self, question: &str, now: Instant) -> Option<Value> {
        Some(match question {
            "initiative_name" => json!(self.coalition.name),
            "issue_areas" => json!(self.theme.issue_areas),
            "likely_request" | "grant_requested" => self.money(self.coalition.grant),
            "people_reached" => json!(self.theme.people_reached),
            "indicators" => json!([{
                "indicator": self.theme.indicator,
                "baseline": self.theme.baseline,
                "target": self.theme.target,
                "source": "Yearly survey of the table (invented)",
            }]),
            "consider_seed" => json!("yes"),
            "lender" => json!("named"),
            "table_since" => json!(day(now, -400)),
            "work_plan" => self.work_plan(now)?,
            other => json!(self.text(other)?),
        })
    }

    fn work_plan(&self, now: Instant) -> Option<Value> {
        let step = |key: &str, owner: &str, days: i64| -> Option<Value> {
            Some(json!({
                "step": self.text(key)?,
                "owner": owner,
                "done_by": day(now, days),
            }))
        };
        Some(json!([
            step("first_step", "The coordinator", 120)?,
            step("second_step", "The convenor", 180)?,
            step("third_step", "The lender", 330)?,
        ]))
    }

    fn money(&self, whole: i64) -> Value {
        json!({"amount": whole * 100, "currency": self.currency})
    }

    fn text(&self, key: &str) -> Option<String> {
        let text = self.theme.texts.get(key).or_else(|| self.common.get(key))?;
        Some(
            filled(text, self.coalition)
                .replace("{lead}", &self.coalition.lead)
                .replace("{lender}", &self.coalition.lender)
                .replace("{theme}", &self.coalition.theme),
        )
    }

    /// The proposal's money.
    pub fn capital_stack(&self, programme: &str) -> Value {
        let who = self.coalition;
        let lender = who.lender.as_str();
        let city = format!("City of {}", who.city());
        let lines = [
            (
                programme,
                "philanthropy",
                "grant",
                who.grant,
                "idea",
                "asked",
            ),
            (
                programme,
                "finance",
                "pri_or_subordinate_debt",
                who.pri,
                "talking",
                "asked",
            ),
            (
                lender,
                "finance",
                "senior_commercial_debt",
                who.commercial,
                "letter",
                "other",
            ),
            (
                &city,
                "public",
                "grant",
                who.other_match,
                "committed",
                "other",
            ),
        ];
        let lines: Vec<Value> = lines
            .into_iter()
            .filter(|line| line.3 > 0)
            .map(|(source, sector, instrument, amount, status, origin)| {
                json!({
                    "source": source,
                    "sector": sector,
                    "instrument": instrument,
                    "amount": self.money(amount),
                    "use": "As in the work plan",
                    "status": status,
                    "origin": origin,
                })
            })
            .collect();
        json!({ "lines": lines })
    }
}

/// A text with the coalition's own city and name in it.
pub fn filled(text: &str, coalition: &Coalition) -> String {
    let cities: Vec<&str> = coalition.cities().collect();
    text.replace("{city}", &cities.join(" and "))
        .replace("{name}", &coalition.name)
}

fn day(now: Instant, days: i64) -> String {
    now.plus_days(days).to_string().chars().take(10).collect()
}
