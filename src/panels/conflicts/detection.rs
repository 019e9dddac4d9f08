//! What speaks for a tie between a reviewer and a coalition: pure comparison of what is known of
//! both. All of it are hints; only people's own word, a seat, a membership or an officer closes a
//! door.

use super::names::{self, City, Word};
use crate::panels::model::{ConflictKind, ConflictSource};
use crate::platform::ids::PersonId;

/// What is known of a reviewer.
#[derive(Clone, Debug)]
pub struct ReviewerFacts {
    /// Who they are.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Where they work, by their account and by the panel.
    pub organisations: Vec<String>,
    /// Where they live, by their account and by the panel.
    pub home_cities: Vec<String>,
}

/// A seat at the coalition's table.
#[derive(Clone, Debug, Default)]
pub struct SeatFacts {
    /// Who sits there.
    pub person: Option<PersonId>,
    /// Who is meant to sit there, in the coalition's words.
    pub holder_name: String,
    /// Where they come from, in the coalition's words.
    pub organisation: String,
}

/// A place of the coalition.
#[derive(Clone, Debug, Default)]
pub struct PlaceFacts {
    /// Its name.
    pub name: String,
    /// Its state or province.
    pub region: String,
    /// The domain of its government's mail.
    pub mail_domain: Option<String>,
}

/// A text of the proposal.
#[derive(Clone, Debug)]
pub struct ProposalText {
    /// Where it stands: the title of the section or question, the name of an attachment.
    pub heading: String,
    /// The text.
    pub text: String,
}

/// Whom the coalition named.
#[derive(Clone, Debug, Default)]
pub struct NamingFacts {
    /// A person's name, or nothing.
    pub name: String,
    /// An organisation, or nothing.
    pub organisation: String,
    /// Why, in the coalition's words.
    pub reason: String,
}

/// What is known of a coalition.
#[derive(Clone, Debug, Default)]
pub struct CoalitionFacts {
    /// Lead organisation, fiscal agent, and the organisations of its members' accounts.
    pub organisations: Vec<String>,
    /// Addresses of its members and of those whom it invited.
    pub addresses: Vec<String>,
    /// Its places.
    pub places: Vec<PlaceFacts>,
    /// Its members, and who was one.
    pub members: Vec<PersonId>,
    /// The names of its members.
    pub member_names: Vec<String>,
    /// Its table.
    pub seats: Vec<SeatFacts>,
    /// Whom it named.
    pub namings: Vec<NamingFacts>,
    /// What its proposal says.
    pub texts: Vec<ProposalText>,
}

/// What speaks for a tie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Of what kind.
    pub kind: ConflictKind,
    /// Found by rule, or named by the coalition.
    pub source: ConflictSource,
    /// What it was found in, one finding a line.
    pub evidence: String,
}

/// Everything that speaks for a tie, at most one hint of a kind and source.
pub fn detect(reviewer: &ReviewerFacts, coalition: &CoalitionFacts) -> Vec<Hint> {
    let by_rule = |kind, findings: Vec<String>| (kind, ConflictSource::Rule, findings);
    let found = [
        by_rule(
            ConflictKind::Organisation,
            same_organisation(reviewer, coalition),
        ),
        by_rule(
            ConflictKind::MailDomain,
            same_mail_domain(reviewer, coalition),
        ),
        by_rule(ConflictKind::HomeCity, same_city(reviewer, coalition)),
        by_rule(ConflictKind::Seat, seats(reviewer, coalition)),
        by_rule(ConflictKind::Membership, memberships(reviewer, coalition)),
        by_rule(ConflictKind::Named, named_in_texts(reviewer, coalition)),
        (
            ConflictKind::Named,
            ConflictSource::Coalition,
            named_by_coalition(reviewer, coalition),
        ),
    ];
    found
        .into_iter()
        .filter(|(_, _, findings)| !findings.is_empty())
        .map(|(kind, source, findings)| Hint {
            kind,
            source,
            evidence: lines(findings),
        })
        .collect()
}

/// How much evidence is kept of one hint.
const FINDINGS_AT_MOST: usize = 5;

fn lines(mut findings: Vec<String>) -> String {
    findings.dedup();
    findings.truncate(FINDINGS_AT_MOST);
    findings.join("\n")
}

fn same_organisation(reviewer: &ReviewerFacts, coalition: &CoalitionFacts) -> Vec<String> {
    let theirs = coalition
        .organisations
        .iter()
        .chain(coalition.seats.iter().map(|seat| &seat.organisation));
    let mut findings: Vec<String> = theirs
        .filter(|theirs| names_one_of(theirs, &reviewer.organisations))
        .map(|theirs| format!("Organisation: {theirs}"))
        .collect();
    findings.sort();
    findings
}

fn names_one_of(organisation: &str, own: &[String]) -> bool {
    let theirs = names::organisation(organisation);
    !theirs.is_empty() && own.iter().any(|own| names::organisation(own) == theirs)
}

fn same_mail_domain(reviewer: &ReviewerFacts, coalition: &CoalitionFacts) -> Vec<String> {
    let Some(own) = names::own_mail_domain(&reviewer.email) else {
        return Vec::new();
    };
    let of_places = coalition
        .places
        .iter()
        .filter_map(|place| place.mail_domain.as_ref());
    let mut findings: Vec<String> = coalition
        .addresses
        .iter()
        .chain(of_places)
        .filter_map(|address| names::own_mail_domain(address))
        .filter(|theirs| names::same_domain(&own, theirs))
        .map(|theirs| format!("Mail domain: {theirs}"))
        .collect();
    findings.sort();
    findings
}

fn same_city(reviewer: &ReviewerFacts, coalition: &CoalitionFacts) -> Vec<String> {
    let homes: Vec<City> = reviewer
        .home_cities
        .iter()
        .map(|home| City::read(home))
        .collect();
    coalition
        .places
        .iter()
        .filter(|place| {
            let place = City::of(&place.name, &place.region);
            homes.iter().any(|home| home.is_same_as(&place))
        })
        .map(|place| format!("Home city: {}, {}", place.name, place.region))
        .collect()
}

fn seats(reviewer: &ReviewerFacts, coalition: &CoalitionFacts) -> Vec<String> {
    coalition
        .seats
        .iter()
        .filter_map(|seat| {
            if seat.person == Some(reviewer.person) {
                Some("Sits at the coalition's table".to_owned())
            } else if is_named(&seat.holder_name, &reviewer.name) {
                Some(format!("A seat is meant for {}", seat.holder_name))
            } else {
                None
            }
        })
        .collect()
}

fn memberships(reviewer: &ReviewerFacts, coalition: &CoalitionFacts) -> Vec<String> {
    if coalition.members.contains(&reviewer.person) {
        return vec!["Is or was a member of the coalition".to_owned()];
    }
    if coalition
        .addresses
        .iter()
        .any(|address| address.eq_ignore_ascii_case(&reviewer.email))
    {
        return vec!["Was invited to the coalition".to_owned()];
    }
    coalition
        .member_names
        .iter()
        .filter(|name| is_named(name, &reviewer.name))
        .map(|name| format!("A member is called {name}"))
        .collect()
}

/// Whether both are the full name of one person; a first name alone names nobody.
fn is_named(text: &str, name: &str) -> bool {
    let name = names::person(name);
    name.len() > 1 && names::person(text) == name
}

fn named_by_coalition(reviewer: &ReviewerFacts, coalition: &CoalitionFacts) -> Vec<String> {
    coalition
        .namings
        .iter()
        .filter_map(|naming| {
            let theirs = names_one_of(&naming.organisation, &reviewer.organisations);
            let named = if is_named(&naming.name, &reviewer.name) {
                naming.name.clone()
            } else if theirs && naming.name.is_empty() {
                naming.organisation.clone()
            } else if theirs {
                format!("{} of {}", naming.name, naming.organisation)
            } else {
                return None;
            };
            Some(format!("The coalition named {named}: {}", naming.reason))
        })
        .collect()
}

fn named_in_texts(reviewer: &ReviewerFacts, coalition: &CoalitionFacts) -> Vec<String> {
    let name = names::person(&reviewer.name);
    let organisations: Vec<Vec<String>> = reviewer
        .organisations
        .iter()
        .map(|text| names::organisation(text))
        .collect();
    coalition
        .texts
        .iter()
        .flat_map(|text| passages(text, &name, &organisations))
        .collect()
}

fn passages(text: &ProposalText, name: &[String], organisations: &[Vec<String>]) -> Vec<String> {
    let words = names::words(&text.text);
    let as_person = (name.len() > 1)
        .then(|| find(&words, name, |word| word.folded.chars().count() == 1))
        .flatten();
    let as_organisation = organisations
        .iter()
        .filter(|organisation| is_telling(organisation))
        .filter_map(|organisation| {
            find(&words, organisation, |word| {
                names::is_link_word(&word.folded)
            })
        });
    as_person
        .into_iter()
        .chain(as_organisation)
        .map(|(from, to)| format!("{}: “{}”", text.heading, passage(&text.text, from, to)))
        .collect()
}

/// Whether a name is rare enough to be looked for in running text.
fn is_telling(organisation: &[String]) -> bool {
    match organisation {
        [] => false,
        [word] => word.chars().count() >= 4,
        _ => true,
    }
}

/// Where the wanted words first follow each other, passing over words that may stand between;
/// the first must be written with a capital.
fn find(
    words: &[Word],
    wanted: &[String],
    passes_over: impl Fn(&Word) -> bool,
) -> Option<(usize, usize)> {
    let first = wanted.first()?;
    words
        .iter()
        .enumerate()
        .filter(|(_, word)| word.capital && word.folded == *first)
        .find_map(|(at, word)| {
            let mut rest = words[at + 1..].iter();
            let mut to = word.to;
            for wanted in &wanted[1..] {
                let next = rest.find(|word| word.folded == *wanted || !passes_over(word))?;
                if next.folded != *wanted {
                    return None;
                }
                to = next.to;
            }
            Some((word.from, to))
        })
}

/// How many bytes of the text are shown before and after what was found.
const AROUND: usize = 80;

fn passage(text: &str, from: usize, to: usize) -> String {
    let start = boundary_before(text, from.saturating_sub(AROUND));
    let end = boundary_before(text, (to + AROUND).min(text.len()));
    let shown = text[start..end]
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let before = if start > 0 { "…" } else { "" };
    let after = if end < text.len() { "…" } else { "" };
    format!("{before}{shown}{after}")
}

/// The end of the last whole character before a byte offset.
fn boundary_before(text: &str, offset: usize) -> usize {
    (0..=offset)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests;
