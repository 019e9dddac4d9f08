//! What can go wrong: a refusal that a person can be told, or something broken that only the
//! log is told. One table gives each refusal its slug, status and title.

use serde::Serialize;
use serde_json::Value;

use super::ids::CoalitionId;

/// The outcome of every action.
pub type Result<T> = std::result::Result<T, Failure>;

/// Why an action gave nothing.
#[derive(Debug)]
pub enum Failure {
    /// The person can be told, and often can mend it.
    Refused(Refusal),
    /// A fault of ours: answered as 500 with the request id, logged once at the edge.
    Broken(anyhow::Error),
}

/// One wrong value in what was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) to the value, or `?name` for a query parameter.
    #[schema(example = "/stages/0/deadline")]
    pub pointer: String,
    /// What is wrong, for the person who typed it.
    pub detail: String,
}

impl FieldError {
    /// An error at a pointer.
    pub fn at(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
        }
    }

    /// Whether it is about another value than each of `others`: none within it, none around it.
    pub fn is_apart_from(&self, others: &[Self]) -> bool {
        let holds = |outer: &str, inner: &str| {
            inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        others.iter().all(|other| {
            !holds(&self.pointer, &other.pointer) && !holds(&other.pointer, &self.pointer)
        })
    }
}

/// The coalition that holds a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TakenBy {
    /// Its identity; whoever is told it may ask to join.
    pub coalition_id: CoalitionId,
    /// What it calls itself.
    #[schema(example = "Chelsea Thrives")]
    pub name: String,
}

/// What a person can be told.
#[derive(Debug)]
pub enum Refusal {
    /// Nobody is signed in, or no longer.
    SignInNeeded,
    /// Address and password don't go together (or the second factor is wrong).
    SignInFailed,
    /// There is no such thing, or the person may not know of it.
    NotFound,
    /// The method is not known on this address; holds the ones that are.
    WrongMethod(String),
    /// The thing is visible, the act is not the person's.
    Forbidden(String),
    /// The token's scopes do not reach this far.
    ScopeTooSmall,
    /// A sign-in within the last minutes is needed first.
    FreshSignInNeeded,
    /// The role asks for a second factor, which this session lacks.
    SecondFactorNeeded,
    /// `If-Match` is missing.
    IfMatchNeeded,
    /// `If-Match` names another version.
    Stale {
        /// The tag of the current version.
        etag: String,
        /// The current version, as the caller may see it.
        current: Value,
    },
    /// The body or a header can't be read.
    Malformed(String),
    /// A query parameter is unknown or out of range.
    BadQuery(Vec<FieldError>),
    /// The body did not come in whole within so many seconds.
    TooSlow(u64),
    /// The body is larger than this many bytes.
    TooLarge(usize),
    /// The body is of a type that this address does not take.
    WrongMediaType(String),
    /// Values are wrong; all of them at once.
    Invalid(Vec<FieldError>),
    /// A rule of the competition stands against it.
    Rule(Rule, String),
    /// A place is held by a coalition that the person may be told of.
    PlaceTaken(String, TakenBy),
    /// The same idempotency key came with another body.
    KeyReused,
    /// The first request with this idempotency key is still running.
    StillRunning,
    /// Too many attempts; try again after so many seconds.
    TooMany(i64),
    /// Busy or cut off from the database; try again after so many seconds.
    Unavailable(i64),
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident => $slug:literal, $title:literal;)+) => {
        /// Rules of the competition that can stand against an act; all answer 409.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Rule { $($(#[$doc])* $name,)+ }

        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            const fn words(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($slug, $title),)+ }
            }
        }
    };
}

rules! {
    /// The stage is not open yet.
    NotOpenYet => "not-open-yet", "The stage is not open yet";
    /// The deadline, grace included, is over.
    DeadlinePassed => "deadline-passed", "The deadline has passed";
    /// The stage or object is in a phase that does not allow the act.
    WrongPhase => "wrong-phase", "This can't be done in the present phase";
    /// The place is held by another coalition.
    PlaceTaken => "place-taken", "Another coalition speaks for this place";
    /// The place does not meet the competition's rules.
    NotEligible => "not-eligible", "This place may not apply";
    /// The address of the person is not verified.
    AddressNotVerified => "address-not-verified", "Verify your e-mail address first";
    /// The proposal is not complete.
    Incomplete => "incomplete", "The proposal is not complete";
    /// The signatory has not confirmed this version.
    NotConfirmed => "not-confirmed", "The signatory has not confirmed this version";
    /// The reviewer conflicts with the proposal.
    Conflicted => "conflicted", "This person has a conflict with the proposal";
    /// The pair is assigned already.
    AlreadyAssigned => "already-assigned", "This reviewer has this proposal already";
    /// The reviewer would have more than their maximum.
    LoadExceeded => "load-exceeded", "This reviewer has as many proposals as agreed";
    /// The own review must come first.
    OwnReviewFirst => "own-review-first", "Submit your own review first";
    /// The budget line has less left.
    BudgetExceeded => "budget-exceeded", "The budget line has less left";
    /// The object exists already.
    AlreadyThere => "already-there", "This exists already";
    /// The link or invitation is used up, expired or called back.
    LinkUsedUp => "link-used-up", "This link can no longer be used";
    /// Something must be done by someone else before.
    NotReady => "not-ready", "Something is still lacking";
    /// A quota is used up.
    QuotaUsedUp => "quota-used-up", "The quota is used up";
    /// The announcement previewed is not the one there would be now.
    PreviewOutdated => "preview-outdated", "Something changed since the preview";
}

impl Refusal {
    /// Slug under `/problems/`, HTTP status, title.
    pub const fn words(&self) -> (&'static str, u16, &'static str) {
        match self {
            Self::SignInNeeded => ("sign-in-needed", 401, "Sign in first"),
            Self::SignInFailed => ("sign-in-failed", 401, "These do not go together"),
            Self::NotFound => ("not-found", 404, "There is nothing here"),
            Self::WrongMethod(_) => ("wrong-method", 405, "This can't be done with this address"),
            Self::Forbidden(_) => ("forbidden", 403, "This is not yours to do"),
            Self::ScopeTooSmall => ("scope-too-small", 403, "The token does not reach this far"),
            Self::FreshSignInNeeded => ("fresh-sign-in-needed", 403, "Sign in again for this"),
            Self::SecondFactorNeeded => ("second-factor-needed", 403, "A second factor is needed"),
            Self::IfMatchNeeded => ("if-match-needed", 428, "Say which version you change"),
            Self::Stale { .. } => ("stale", 412, "Someone changed this meanwhile"),
            Self::Malformed(_) => ("malformed", 400, "This can't be read"),
            Self::BadQuery(_) => ("bad-query", 400, "The address has wrong parameters"),
            Self::TooSlow(_) => ("too-slow", 408, "The body took too long"),
            Self::TooLarge(_) => ("too-large", 413, "This is too large"),
            Self::WrongMediaType(_) => ("wrong-media-type", 415, "This type is not taken here"),
            Self::Invalid(_) => ("invalid", 422, "Some values are wrong"),
            Self::Rule(rule, _) => {
                let (slug, title) = rule.words();
                (slug, 409, title)
            }
            Self::PlaceTaken(..) => {
                let (slug, title) = Rule::PlaceTaken.words();
                (slug, 409, title)
            }
            Self::KeyReused => ("key-reused", 422, "This key came with another body"),
            Self::StillRunning => ("still-running", 409, "The first request is still running"),
            Self::TooMany(_) => ("too-many", 429, "Too many attempts"),
            Self::Unavailable(_) => ("unavailable", 503, "Busy: try again soon"),
        }
    }

    /// What happened here, for the person who reads it; constant where nothing may be told.
    pub fn detail(&self) -> String {
        match self {
            Self::SignInNeeded => "Nobody is signed in, or the session has ended.".into(),
            Self::SignInFailed => "Address, password or code is wrong.".into(),
            Self::NotFound => "It does not exist, or you may not see it.".into(),
            Self::WrongMethod(known) => format!("This address knows {known}."),
            Self::ScopeTooSmall => "Make a token with the scope that this needs.".into(),
            Self::FreshSignInNeeded => "Your last sign-in is too long ago for this act.".into(),
            Self::SecondFactorNeeded => {
                "Your role asks for a one-time code at sign-in. Set it up, then sign in with it."
                    .into()
            }
            Self::IfMatchNeeded => "Send If-Match with the ETag that you read.".into(),
            Self::Stale { .. } => {
                "Your text was not saved. Compare it with the current version.".into()
            }
            Self::BadQuery(_) | Self::Invalid(_) => "See errors for each of them.".into(),
            Self::TooSlow(seconds) => {
                format!("It must come in whole within {seconds} seconds. Nothing was stored.")
            }
            Self::TooLarge(limit) => format!("At most {limit} bytes are taken here."),
            Self::KeyReused => "An Idempotency-Key belongs to one request and its body.".into(),
            Self::StillRunning => "Wait for its answer, then ask again.".into(),
            Self::TooMany(seconds) | Self::Unavailable(seconds) => {
                format!("Try again in {seconds} seconds.")
            }
            Self::Forbidden(text)
            | Self::Malformed(text)
            | Self::WrongMediaType(text)
            | Self::Rule(_, text)
            | Self::PlaceTaken(text, _) => text.clone(),
        }
    }
}

impl Failure {
    /// A rule of the competition stands against it.
    pub fn rule(rule: Rule, detail: impl Into<String>) -> Self {
        Self::Refused(Refusal::Rule(rule, detail.into()))
    }

    /// The act is not the person's.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::Refused(Refusal::Forbidden(detail.into()))
    }

    /// One wrong value.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Refused(Refusal::Invalid(vec![FieldError::at(pointer, detail)]))
    }

    /// There is no such thing, or the person may not know of it.
    pub const fn not_found() -> Self {
        Self::Refused(Refusal::NotFound)
    }

    /// A fault of ours, in words for the log.
    pub fn broken(what: impl std::fmt::Display) -> Self {
        Self::Broken(anyhow::anyhow!("{what}"))
    }
}

/// Refuses when there are errors, all of them at once.
pub fn refuse_if_any(errors: Vec<FieldError>) -> Result<()> {
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Invalid(errors).into())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(Refusal::Invalid(errors) | Refusal::BadQuery(errors)) => {
                let told: Vec<&str> = errors.iter().map(|error| error.detail.as_str()).collect();
                f.write_str(&told.join(" "))
            }
            Self::Refused(refusal) => write!(f, "{}: {}", refusal.words().2, refusal.detail()),
            Self::Broken(error) => write!(f, "{error:#}"),
        }
    }
}

impl std::error::Error for Failure {}

/// Turns an absent row into "not found".
pub trait OrNotFound<T> {
    /// The value, or the refusal that tells nothing.
    fn or_not_found(self) -> Result<T>;
}

impl<T> OrNotFound<T> for Option<T> {
    fn or_not_found(self) -> Result<T> {
        self.ok_or(Failure::Refused(Refusal::NotFound))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_rule_has_a_slug_of_its_own() {
        let slugs: HashSet<&str> = Rule::ALL.iter().map(|rule| rule.words().0).collect();
        assert_eq!(slugs.len(), Rule::ALL.len());
        for slug in slugs {
            assert!(
                slug.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{slug}"
            );
        }
    }
}
