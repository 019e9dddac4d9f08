//! Puts the modules' routes, state and background tasks together.

mod audit_log;
mod document;
mod fallback;
mod mail;
mod pages;

use actix_web::web::{self, Data};
use utoipa_actix_web::service_config::ServiceConfig;

pub use document::openapi;
pub use mail::Links;

use crate::coalitions;
use crate::competitions;
use crate::decisions;
use crate::panels;
use crate::people::keys::Keys;
use crate::people::passwords::Passwords;
use crate::people::sessions::Lifetimes;
use crate::people::{self, Gate};
use crate::platform::clock::Clock;
use crate::platform::db::Db;
use crate::platform::random::Entropy;
use crate::platform::refusal::Result;
use crate::proposals;
use crate::reviews;

/// Everything that requests are answered with; cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub entropy: Entropy,
    /// Who calls.
    pub gate: Gate,
    /// Passwords' hashing.
    pub passwords: Passwords,
    /// How long sessions last.
    pub lifetimes: Lifetimes,
}

/// What an [`App`] is made of beside its database.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Officers, approvers and administrators need a second factor.
    pub second_factor_required: bool,
    /// How long a sign-in counts as fresh, in seconds.
    pub fresh_for: i64,
    /// How long sessions last.
    pub lifetimes: Lifetimes,
    /// Argon2id: memory in KiB, passes, lanes.
    pub argon2: (u32, u32, u32),
}

impl App {
    /// Puts an application together over a migrated database.
    ///
    /// # Errors
    /// When the database fails or a setting is out of range.
    pub fn new(db: Db, clock: Clock, terms: &Terms) -> Result<Self> {
        let keys = Keys::default();
        let loading = keys.clone();
        db.write_here(clock.now(), move |w| loading.load(w))?;
        let (memory, passes, lanes) = terms.argon2;
        Ok(Self {
            gate: Gate {
                db: db.clone(),
                keys,
                second_factor_required: terms.second_factor_required,
                fresh_for: terms.fresh_for,
            },
            entropy: db.entropy().clone(),
            db,
            clock,
            passwords: Passwords::new(memory, passes, lanes)?,
            lifetimes: terms.lifetimes,
        })
    }

    /// Adds state and routes to an actix application; wrap it in [`crate::platform::http::arrival`].
    pub fn configure(&self, config: &mut web::ServiceConfig) {
        config
            .app_data(Data::new(self.gate.clone()))
            .app_data(Data::new(self.clock.clone()))
            .app_data(Data::new(self.entropy.clone()))
            .app_data(Data::new(self.passwords.clone()))
            .app_data(Data::new(self.lifetimes))
            .service(document::serve);
        pages::routes(config);
        let mut documented = ServiceConfig::new(config);
        documented.service(utoipa_actix_web::scope("/api/v1").configure(routes));
        config.default_service(web::route().to(fallback::nothing_here));
    }
}

/// Every route of the JSON face, relative to `/api/v1`; one line a module.
pub fn routes(config: &mut ServiceConfig<'_>) {
    people::routes(config);
    competitions::routes(config);
    coalitions::api::routes(config);
    panels::routes(config);
    proposals::api::routes(config);
    decisions::api::routes(config);
    reviews::assignments::routes(config);
    mail::routes(config);
    reviews::routes(config);
    audit_log::routes(config);
}
