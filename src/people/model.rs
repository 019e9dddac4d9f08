//! Who someone is, and what they may do where.

use crate::platform::clock::Instant;
use crate::platform::ids::{CompetitionId, PersonId, SessionId};
use crate::platform::refusal::{Refusal, Result};
use crate::text_enum;

text_enum! {
    /// A role in one competition.
    Role {
        /// Sets up, screens, assigns, decides, announces.
        Officer = "officer",
        /// Screens, invites, reads.
        Assistant = "assistant",
        /// Approves the docket of recorded decisions.
        Approver = "approver",
        /// Sees counts before the announcement and its own awards after.
        Funder = "funder",
    }
}

text_enum! {
    /// What a personal token may be used for.
    Scope {
        /// Reading whatever its owner may read.
        Read = "read",
        /// Changing, short of acts that need a fresh sign-in; the answers show what was changed.
        Write = "write",
        /// Handing in bounce reports.
        Bounces = "bounces",
    }
}

/// The signed-in caller, with rights as they are in this transaction.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their identity.
    pub id: PersonId,
    /// How others see them named.
    pub name: String,
    /// Their address, in lower case.
    pub email: String,
    /// The language they read, as BCP 47.
    pub language: String,
    /// Whether they administer the instance.
    pub administrator: bool,
    /// Whether their address is verified.
    pub verified: bool,
    /// The session they act in; none for a personal token.
    pub session: Option<SessionId>,
    /// When they last proved who they are in this session.
    pub authenticated_at: Option<Instant>,
    /// The scopes of the token they act by; none for a session.
    pub scopes: Option<Vec<Scope>>,
    /// Their role asks for a second factor that this session lacks: no role counts until then.
    pub lacks_second_factor: bool,
    /// How long a sign-in counts as fresh, in seconds.
    pub fresh_for: i64,
    pub(super) roles: Vec<(CompetitionId, Role)>,
}

impl Person {
    /// Whether they hold this role in the competition.
    pub fn is(&self, role: Role, competition: CompetitionId) -> bool {
        self.roles.contains(&(competition, role))
    }

    /// Whether they are an officer or assistant of the competition.
    pub fn works_for(&self, competition: CompetitionId) -> bool {
        self.is(Role::Officer, competition) || self.is(Role::Assistant, competition)
    }

    /// Whether they hold any role in the competition.
    pub fn has_any_role(&self, competition: CompetitionId) -> bool {
        self.roles.iter().any(|(of, _)| *of == competition)
    }

    /// Whether they are an officer of any competition.
    pub fn is_officer_somewhere(&self) -> bool {
        self.roles.iter().any(|(_, role)| *role == Role::Officer)
    }

    /// Every role they hold, by competition.
    pub fn roles(&self) -> &[(CompetitionId, Role)] {
        &self.roles
    }

    /// The competitions in which they hold the role.
    pub fn competitions_as(&self, role: Role) -> Vec<CompetitionId> {
        self.roles
            .iter()
            .filter(|(_, held)| *held == role)
            .map(|(of, _)| *of)
            .collect()
    }

    /// From here on they have no role and administer nothing.
    pub(super) fn without_rights(&mut self) {
        self.roles.clear();
        self.administrator = false;
    }

    /// Asks that they signed in a short while ago, in person.
    ///
    /// # Errors
    /// 403 when the last sign-in is too old, or they act by a token.
    pub fn require_fresh(&self, now: Instant) -> Result<()> {
        match self.authenticated_at {
            Some(at) if self.session.is_some() && now.is_within(self.fresh_for, at) => Ok(()),
            _ => Err(Refusal::FreshSignInNeeded.into()),
        }
    }

    /// Asks that their address is verified.
    ///
    /// # Errors
    /// 409 when it is not.
    pub fn require_verified(&self) -> Result<()> {
        if self.verified {
            return Ok(());
        }
        Err(crate::platform::refusal::Failure::rule(
            crate::platform::refusal::Rule::AddressNotVerified,
            "Open the link in the e-mail that we sent you, then try again.",
        ))
    }

    /// Asks that the means by which they act reaches to this scope.
    ///
    /// # Errors
    /// 403 when a token lacks the scope.
    pub fn require_scope(&self, scope: Scope) -> Result<()> {
        match &self.scopes {
            Some(scopes) if !scopes.contains(&scope) => Err(Refusal::ScopeTooSmall.into()),
            _ => Ok(()),
        }
    }
}
