//! What any service needs, and nothing that knows what a competition is.

pub mod audit;
pub mod clock;
pub mod db;
pub mod digest;
pub mod http;
pub mod ids;
pub mod money;
pub mod random;
pub mod refusal;
