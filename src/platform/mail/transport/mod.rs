//! The ways out: a mail server, or a folder.

mod folder;
mod smtp;

use std::sync::Arc;

use super::compose::Outgoing;
use super::settings::{Settings, Way};

pub use folder::Folder;
pub use smtp::Smtp;

/// What became of an attempt to send a message. Each but the first says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken.
    Sent,
    /// This message will never be taken.
    Rejected(String),
    /// It may be taken later; nobody knows whether it was taken now, if the answer was lost.
    Later(String),
    /// No message can be sent now: the connection, its encryption, the sign-in or the sender was
    /// refused.
    Held(String),
}

/// A way out. Sending blocks its thread; one message at a time.
pub trait Transport: Send + Sync {
    /// Sends one message.
    fn send(&self, message: &Outgoing) -> Outcome;
}

/// The way out that the settings name.
///
/// # Errors
/// When they can't be used: no certificates to trust, or a password that would travel in the
/// clear.
pub fn open(settings: &Settings) -> anyhow::Result<Arc<dyn Transport>> {
    Ok(match &settings.way {
        Way::Folder(folder) => Arc::new(Folder::new(folder.clone())),
        Way::Smtp(smtp) => Arc::new(Smtp::new(smtp.clone())?),
    })
}
