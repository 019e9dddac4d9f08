//! Ties between reviewers and coalitions: how they are found.

mod detection;
mod names;

pub use detection::{
    CoalitionFacts, Hint, NamingFacts, PlaceFacts, ProposalText, ReviewerFacts, SeatFacts, detect,
};
