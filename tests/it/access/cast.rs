//! Everybody who asks in the access table.

use crate::world::{Actor, Sender};

/// Declares the personas with the names that the table calls them by.
macro_rules! personas {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal,)+) => {
        /// Somebody's standing towards the city of Lawrence and its competition.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Persona { $($(#[doc = $doc])* $name,)+ }

        impl Persona {
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

personas! {
    /// Not signed in.
    Nobody = "nobody",
    /// A member of Lawrence's coalition whose account was disabled.
    DisabledMember = "disabled",
    /// An officer's access token, too old.
    ExpiredToken = "expired",
    /// An officer's personal token that may only read.
    ReadOnlyToken = "read-only-token",
    /// An account with no part in anything.
    Stranger = "stranger",
    Convenor = "convenor",
    Editor = "editor",
    /// Answers the section that the table asks for.
    Contributor = "contributor",
    /// Answers another section.
    ContributorElsewhere = "contributor-elsewhere",
    Signatory = "signatory",
    /// Founded the coalition, handed over, and stays as an editor.
    FormerConvenor = "former-convenor",
    RemovedMember = "removed",
    Invited = "invited",
    AskedToJoin = "asked-to-join",
    /// Convenor of another place, whose claim nobody confirmed.
    UnconfirmedClaimant = "unconfirmed",
    /// Convenor of another city.
    OtherCity = "other-city",
    /// Assigned to Lawrence, own review not in.
    JurorBefore = "juror-before",
    /// Assigned to Lawrence, own review in: the assignment and review of the table.
    JurorAfter = "juror-after",
    UnassignedJuror = "juror-unassigned",
    ConflictedJuror = "juror-conflicted",
    DeclinedJuror = "juror-declined",
    RecusedJuror = "juror-recused",
    JurorElsewhere = "juror-elsewhere",
    Officer = "officer",
    Assistant = "assistant",
    Approver = "approver",
    OfficerElsewhere = "officer-elsewhere",
    ConflictedOfficer = "officer-conflicted",
    /// Assigned to Lawrence, own review not in.
    OfficerWhoIsJuror = "officer-juror",
    Funder = "funder",
    /// Assigned to Lawrence, own review not in.
    FunderWhoIsJuror = "funder-juror",
    Administrator = "administrator",
    ConflictedAdministrator = "administrator-conflicted",
}

impl Persona {
    /// Whether this is somebody who can't be known as signed in.
    pub const fn is_turned_away(self) -> bool {
        matches!(
            self,
            Self::Nobody | Self::DisabledMember | Self::ExpiredToken
        )
    }

    /// Whether a conflict closes every door to Lawrence for them.
    pub const fn is_conflicted(self) -> bool {
        matches!(
            self,
            Self::ConflictedJuror | Self::ConflictedOfficer | Self::ConflictedAdministrator
        )
    }

    /// Whether they have no part in Lawrence, and none in its competition's office or panel.
    pub const fn is_outside(self) -> bool {
        matches!(
            self,
            Self::Stranger
                | Self::RemovedMember
                | Self::UnconfirmedClaimant
                | Self::OtherCity
                | Self::JurorElsewhere
                | Self::OfficerElsewhere
        )
    }
}

/// What each may read in some answer, so that it may stand there.
impl Persona {
    /// Whether they hold office in the competition with open doors.
    const fn is_of_the_office(self) -> bool {
        matches!(
            self,
            Self::Officer
                | Self::ReadOnlyToken
                | Self::Assistant
                | Self::Approver
                | Self::OfficerWhoIsJuror
        )
    }

    /// Whether they may know who reviews. A conflicted officer knows the panel, not who reads what.
    pub const fn reads_the_panel(self) -> bool {
        self.is_of_the_office()
            || matches!(
                self,
                Self::ConflictedOfficer | Self::Administrator | Self::ConflictedAdministrator
            )
    }

    /// Whether they may read the review that is in; members its released words, once told.
    pub fn reads_others_reviews(self, phase: &str) -> bool {
        matches!(
            self,
            Self::Officer
                | Self::ReadOnlyToken
                | Self::Assistant
                | Self::Approver
                | Self::JurorAfter
        ) || self.is_member() && matches!(phase, "told" | "public")
    }

    /// Whether they may read why it was decided so.
    pub const fn reads_decisions(self) -> bool {
        self.is_of_the_office()
    }

    pub const fn sits_on_the_panel(self) -> bool {
        matches!(
            self,
            Self::JurorBefore
                | Self::JurorAfter
                | Self::UnassignedJuror
                | Self::ConflictedJuror
                | Self::DeclinedJuror
                | Self::RecusedJuror
                | Self::OfficerWhoIsJuror
                | Self::FunderWhoIsJuror
        )
    }

    /// Whether they are a member of Lawrence's coalition.
    pub const fn is_member(self) -> bool {
        matches!(
            self,
            Self::Convenor
                | Self::Editor
                | Self::Contributor
                | Self::ContributorElsewhere
                | Self::Signatory
                | Self::FormerConvenor
        )
    }
}

/// The people that play the personas.
#[derive(Default)]
pub struct Cast(Vec<(Persona, Actor)>);

impl Cast {
    /// Adds someone, or puts them in the place of who was there.
    pub fn add(&mut self, persona: Persona, actor: &Actor) {
        self.0.retain(|(known, _)| *known != persona);
        self.0.push((persona, actor.clone()));
    }

    pub fn find(&self, persona: Persona) -> Option<&Actor> {
        let found = self.0.iter().find(|(known, _)| *known == persona);
        found.map(|(_, actor)| actor)
    }

    pub fn of(&self, persona: Persona) -> &Actor {
        self.find(persona)
            .unwrap_or_else(|| panic!("nobody plays {persona:?}"))
    }

    /// Gives everybody a new sign-in, those apart whose token is the point of them.
    pub fn renew(&mut self, sign_in: impl Fn(&Actor) -> Actor) {
        for (persona, actor) in &mut self.0 {
            let fixed = matches!(persona, Persona::ReadOnlyToken | Persona::ExpiredToken);
            if !fixed && *persona != Persona::DisabledMember {
                *actor = sign_in(actor);
            }
        }
    }

    /// Who asks as a persona.
    pub fn sender(&self, persona: Persona) -> Asker<'_> {
        Asker((persona != Persona::Nobody).then(|| self.of(persona).token.as_str()))
    }
}

pub struct Asker<'c>(Option<&'c str>);

impl Sender for Asker<'_> {
    fn token(&self) -> Option<&str> {
        self.0
    }
}
