//! E-mail: the catalogue of texts, their rendering, the ways out, the worker that sends what the
//! outbox holds, and the reports of mail that came back.

pub mod catalogue;
pub mod merge;
