//! Puts the modules' routes, state and background tasks together.

mod audit_log;
mod document;
mod fallback;
mod mail;
mod mailing;
mod pages;

use actix_web::web::{self, Data};
use utoipa_actix_web::service_config::ServiceConfig;

pub use document::openapi;
pub use mail::{Links, tell_of_dead_letters};
pub use mailing::mail_settings;

use crate::awards;
use crate::coalitions;
use crate::competitions;
use crate::decisions;
use crate::mailings;
use crate::panels;
use crate::people::keys::Keys;
use crate::people::passwords::Passwords;
use crate::people::sessions::Lifetimes;
use crate::people::{self, Gate};
use crate::platform::clock::Clock;
use crate::platform::config::{Config, FilesConfig, LimitsConfig, SecondFactor};
use crate::platform::db::Db;
use crate::platform::drift::Drift;
use crate::platform::files::Files;
use crate::platform::health::{self, Leaving};
use crate::platform::http::BodyRules;
use crate::platform::ids::CoalitionId;
use crate::platform::mail::PublicUrl;
use crate::platform::random::Entropy;
use crate::platform::refusal::Result;
use crate::platform::shares::Shares;
use crate::proposals;
use crate::proposals::turned_away::Attempts;
use crate::reviews;

/// Uploads of one coalition that may stream in at once.
const UPLOADS_AT_ONCE: usize = 2;

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
    /// Where uploads lie.
    pub files: Files,
    /// How large uploads may be.
    pub uploads: FilesConfig,
    /// Uploads that stream in now, by coalition.
    pub uploading: Shares<CoalitionId>,
    /// How large other bodies may be.
    pub bodies: BodyRules,
    /// How much of something is enough.
    pub limits: LimitsConfig,
    /// What links begin with.
    pub public_url: PublicUrl,
    /// Attempts to submit that were turned away and are not written down yet.
    pub turned_away: Attempts,
    /// How far the clock is from the database's.
    pub drift: Drift,
    /// Whether the server is about to stop.
    pub leaving: Leaving,
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
    /// Where uploads lie, and how large they may be.
    pub files: FilesConfig,
    /// How large other bodies may be.
    pub bodies: BodyRules,
    /// How much of something is enough.
    pub limits: LimitsConfig,
    /// What links begin with.
    pub public_url: PublicUrl,
}

impl Terms {
    /// What the settings say.
    pub fn of(config: &Config) -> Self {
        let security = &config.security;
        Self {
            second_factor_required: security.second_factor == SecondFactor::Required,
            fresh_for: security.fresh_sign_in_minutes * 60,
            lifetimes: Lifetimes {
                access_seconds: security.access_token_minutes * 60,
                refresh_days: security.refresh_token_days,
            },
            argon2: (
                security.argon2_memory_kib,
                security.argon2_iterations,
                security.argon2_parallelism,
            ),
            files: config.files.clone(),
            bodies: BodyRules {
                limit: config.server.body_limit_bytes,
                seconds: config.server.request_timeout_seconds,
            },
            limits: config.limits.clone(),
            public_url: PublicUrl(config.server.public_url.clone()),
        }
    }
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
                undoes: false,
                running: people::Running::default(),
            },
            entropy: db.entropy().clone(),
            db,
            clock,
            passwords: Passwords::new(memory, passes, lanes)?,
            lifetimes: terms.lifetimes,
            files: Files::of(&terms.files)?,
            uploads: terms.files.clone(),
            uploading: Shares::of(UPLOADS_AT_ONCE),
            bodies: terms.bodies,
            limits: terms.limits.clone(),
            public_url: terms.public_url.clone(),
            turned_away: Attempts::default(),
            drift: Drift::default(),
            leaving: Leaving::default(),
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
            .app_data(Data::new(self.db.clone()))
            .app_data(Data::new(self.files.clone()))
            .app_data(Data::new(self.uploads.clone()))
            .app_data(Data::new(self.uploading.clone()))
            .app_data(Data::new(self.bodies))
            .app_data(Data::new(self.limits.clone()))
            .app_data(Data::new(self.public_url.clone()))
            .app_data(Data::new(self.turned_away.clone()))
            .app_data(Data::new(self.drift.clone()))
            .app_data(Data::new(self.leaving.clone()));
        pages::routes(config);
        let mut documented = ServiceConfig::new(config);
        documented.configure(document::routes);
        documented.configure(health::routes);
        documented.service(utoipa_actix_web::scope("/api/v1").configure(routes));
        config.default_service(web::route().to(fallback::nothing_here));
    }
}

/// Every route of the JSON face, relative to `/api/v1`; one line a module. They are tried in this
/// order, so the busiest come first.
pub fn routes(config: &mut ServiceConfig<'_>) {
    proposals::api::routes(config);
    reviews::routes(config);
    reviews::assignments::routes(config);
    decisions::api::routes(config);
    people::routes(config);
    competitions::routes(config);
    coalitions::api::routes(config);
    panels::routes(config);
    awards::api::routes(config);
    mailings::api::routes(config);
    mail::routes(config);
    audit_log::routes(config);
}
