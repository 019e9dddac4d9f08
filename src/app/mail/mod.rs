//! What officers and administrators see of outgoing mail, and reports of mail that came back.
//! It lies here and not in `platform`, because who may see a message depends on the competition
//! and on conflicts.

mod dead_letters;
mod links;
mod routes;
mod store;

use crate::platform::mail::{Mailer, Settings};

pub use dead_letters::tell as tell_of_dead_letters;
pub use links::Links;
pub(super) use routes::routes;

impl super::App {
    /// The worker that sends this application's mail; run it or drain it.
    ///
    /// # Errors
    /// When mail can't be sent as it is set.
    pub fn mailer(&self, settings: Settings) -> anyhow::Result<Mailer> {
        let links = std::sync::Arc::new(Links::new(self.gate.keys.clone()));
        Mailer::new(self.db.clone(), self.clock.clone(), settings, links)
    }
}
