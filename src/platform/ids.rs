//! Identities: random integers below 2^53, one type for each kind of object.

/// Declares identity types over `BIGINT` columns.
#[macro_export]
macro_rules! id_types {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow, utoipa::ToSchema,
        )]
        #[serde(transparent)]
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        #[schema(value_type = i64, minimum = 1, maximum = 9_007_199_254_740_991_i64)]
        pub struct $name(pub i64);

        impl From<i64> for $name {
            fn from(id: i64) -> Self {
                Self(id)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl<DB> diesel::deserialize::FromSql<diesel::sql_types::BigInt, DB> for $name
        where
            DB: diesel::backend::Backend,
            i64: diesel::deserialize::FromSql<diesel::sql_types::BigInt, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                i64::from_sql(bytes).map(Self)
            }
        }

        impl<DB> diesel::serialize::ToSql<diesel::sql_types::BigInt, DB> for $name
        where
            DB: diesel::backend::Backend,
            i64: diesel::serialize::ToSql<diesel::sql_types::BigInt, DB>,
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, DB>,
            ) -> diesel::serialize::Result {
                self.0.to_sql(out)
            }
        }
    )+};
}

/// Declares an enum whose variants have names: in JSON, in the database (`TEXT`) and in the
/// OpenAPI document. Gives `as_str`, `ALL`, `FromStr` and `Display`.
#[macro_export]
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:tt),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow, utoipa::ToSchema,
        )]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name, as stored and as served.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> std::result::Result<Self, String> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(format!("{text:?} is not one of {:?}", [$($text),+])),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl<DB> diesel::deserialize::FromSql<diesel::sql_types::Text, DB> for $name
        where
            DB: diesel::backend::Backend,
            String: diesel::deserialize::FromSql<diesel::sql_types::Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                String::from_sql(bytes)?.parse().map_err(Into::into)
            }
        }

        impl<DB> diesel::serialize::ToSql<diesel::sql_types::Text, DB> for $name
        where
            DB: diesel::backend::Backend,
            str: diesel::serialize::ToSql<diesel::sql_types::Text, DB>,
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, DB>,
            ) -> diesel::serialize::Result {
                self.as_str().to_sql(out)
            }
        }
    };
}

id_types! {
    /// A person with an account, or invited to one.
    PersonId,
    /// One edition of a programme.
    CompetitionId,
    /// A step of a competition.
    StageId,
    /// A city, county or region.
    PlaceId,
    /// An amount that a funder offers by one instrument.
    BudgetLineId,
    /// The cross-sector table of one or more places in one competition.
    CoalitionId,
    /// A founder's claim to speak for a place.
    ClaimId,
    /// One person's part in a coalition.
    MemberId,
    /// A place at a coalition's table.
    SeatId,
    /// Somebody asked by e-mail to join a coalition.
    InvitationId,
    /// Somebody's wish to join a coalition.
    JoinRequestId,
    /// The convenor's part passing to another member.
    HandoverId,
    /// A question to the office.
    QuestionId,
    /// An answer that everybody reads.
    PublishedAnswerId,
    /// The act by which answers go out together.
    AnswerPublicationId,
    /// A coalition's one proposal in a competition.
    ProposalId,
    /// An immutable snapshot of a proposal.
    SubmissionId,
    /// More time for one coalition.
    WaiverId,
    /// A submission given back for correction.
    ReturnId,
    /// A file that a proposal shows.
    AttachmentId,
    /// Stored bytes.
    FileId,
    /// A reviewer's part in a stage's panel.
    PanelMemberId,
    /// One reviewer on one submission.
    AssignmentId,
    /// A text about what a reviewer knows.
    ExpertiseDocumentId,
    /// A tie between a person and a proposal.
    ConflictId,
    /// A person or organisation that a coalition names as a tie.
    NamingId,
    /// Scores and narratives on one assignment.
    ReviewId,
    /// What was decided on one submission.
    DecisionId,
    /// The act that tells a stage's decisions.
    AnnouncementId,
    /// An award to a coalition.
    AwardId,
    /// A letter of the office to a group of people.
    MailingId,
    /// A signed-in period.
    SessionId,
    /// An e-mail in the outbox.
    MessageId,
    /// A single-use link in an e-mail.
    LinkId,
}
