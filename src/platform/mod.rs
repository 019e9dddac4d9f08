//! What any service needs, and nothing that knows what a competition is.

pub mod archive;
pub mod audit;
pub mod clock;
pub mod config;
pub mod counting;
pub mod db;
pub mod digest;
pub mod drift;
pub mod files;
pub mod health;
pub mod http;
pub mod ids;
pub mod logs;
pub mod mail;
pub mod mail_providers;
pub mod metrics;
pub mod money;
pub mod outbox;
pub mod plain;
pub mod random;
pub mod refusal;
pub mod shares;
pub mod sheet;
