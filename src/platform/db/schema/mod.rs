//! Every table, by the module that owns it. Written by hand beside `migrations/`; the parity
//! test migrates both databases, introspects them and compares.
#![allow(
    clippy::wildcard_imports,
    reason = "the table macro's own way to name SQL types"
)]

mod of_awards;
mod of_coalitions;
mod of_competitions;
mod of_decisions;
mod of_mailings;
mod of_panels;
mod of_people;
mod of_platform;
mod of_proposals;
mod of_reviews;

pub use of_awards::*;
pub use of_coalitions::*;
pub use of_competitions::*;
pub use of_decisions::*;
pub use of_mailings::*;
pub use of_panels::*;
pub use of_people::*;
pub use of_platform::*;
pub use of_proposals::*;
pub use of_reviews::*;

diesel::allow_tables_to_appear_in_same_query!(
    signing_keys,
    audit_log,
    audit_worker,
    messages,
    mail_pause,
    idempotency_keys,
    files,
    people,
    recovery_codes,
    sessions,
    refresh_tokens,
    api_tokens,
    links,
    roles,
    sign_in_delays,
    places,
    place_facts,
    competitions,
    competition_changes,
    budget_lines,
    call_dates,
    amendments,
    stages,
    stage_acts,
    stage_texts,
    coalitions,
    claims,
    members,
    coalition_invitations,
    join_requests,
    handovers,
    seats,
    waivers,
    answer_publications,
    published_answers,
    published_answer_versions,
    questions,
    private_answers,
    panel_members,
    expertise_documents,
    conflicts,
    conflict_namings,
    assignments,
    conflict_endings,
    tie_checks,
    review_deadlines_told,
    proposals,
    draft_sections,
    capital_stacks,
    attachments,
    confirmations,
    submissions,
    turned_away_attempts,
    submission_files,
    submission_returns,
    screenings,
    reviews,
    review_versions,
    notes,
    decisions,
    decision_amounts,
    narrative_releases,
    announcement_texts,
    announcements,
    announcement_letters,
    decision_feedback,
    dockets,
    awards,
    line_observers,
    mailings,
    mailing_letters,
);

diesel::joinable!(sessions -> people (person_id));
diesel::joinable!(api_tokens -> people (person_id));
diesel::joinable!(roles -> people (person_id));
