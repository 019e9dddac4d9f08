//! Ties between reviewers and coalitions: how they are found.

mod detection;
mod gather;
mod names;

pub use detection::{
    CoalitionFacts, Hint, NamingFacts, PlaceFacts, ProposalText, ReviewerFacts, SeatFacts, detect,
};
pub use gather::detect_for_texts;
pub(in crate::panels) use gather::{detect_for_coalition, detect_for_reviewer};
