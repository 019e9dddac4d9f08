//! A whole Civitas on a fresh database, with a clock that tests move, reached through the real router.
//!
//! ```ignore
//! for_each_database! {
//!     async fn a_story(w: &mut World) {
//!         let officer = w.person("Olive").await;          // verified account, signed in
//!         let reply = w.post(&officer, "/competitions", json!({…})).await;
//!         assert_eq!(reply.status, 201, "{reply}");
//!     }
//! }
//! ```
#![allow(dead_code, reason = "each story uses what it needs")]

mod asking;
mod databases;
mod documented;

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use actix_web::dev::ServiceResponse;
use actix_web::middleware::from_fn;
use actix_web::test::init_service;
use civitas::app::{App, Terms};
use civitas::people::accounts::{self, Newcomer};
use civitas::people::sessions::{self, Lifetimes};
use civitas::people::{Role, store};
use civitas::platform::clock::{Clock, Instant};
use civitas::platform::config::{Config, FilesConfig};
use civitas::platform::db::{Address, Db, Writes};
use civitas::platform::files::Files;
use civitas::platform::http::BodyRules;
use civitas::platform::ids::{CompetitionId, PersonId};
use civitas::platform::mail::PublicUrl;
use civitas::platform::random::Entropy;
use civitas::platform::refusal::Result as Outcome;
use serde_json::Value;

pub use asking::{Actor, Nobody, Reply, Sender};
pub use databases::{empty_postgres, execute, with_database};
use databases::{migrated_postgres, migrated_sqlite};
pub use documented::{document, is_of_shape};

/// Runs a story on SQLite, and on PostgreSQL where `CIVITAS_TEST_POSTGRES` names a server.
#[macro_export]
macro_rules! for_each_database {
    ($(async fn $name:ident($w:ident: &mut World) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn story($w: &mut $crate::world::World) $body

            #[actix_web::test]
            async fn sqlite() {
                let mut world = $crate::world::World::on_sqlite().await;
                story(&mut world).await;
                world.finish();
            }

            #[actix_web::test]
            async fn postgres() {
                let Some(mut world) = $crate::world::World::on_postgres().await else { return };
                story(&mut world).await;
                world.finish();
            }
        }
    )+};
}

/// When every story begins.
pub const BEGINNING: &str = "2026-03-02T15:00:00Z";

/// The password of everyone in the tests.
pub const PASSWORD: &str = "a table of many chairs";

type Reaches = Rc<dyn Fn(actix_http::Request) -> Pin<Box<dyn Future<Output = ServiceResponse>>>>;

/// A whole Civitas.
pub struct World {
    pub app: App,
    pub clock: Clock,
    reaches: Reaches,
    /// While `reaches` undoes whatever is asked: the way to the application in earnest.
    rehearses: Option<Reaches>,
    /// Removed with everything in it at the end.
    pub folder: tempfile::TempDir,
    database: Option<String>,
    finished: bool,
}

impl World {
    pub async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("civitas.db");
        std::fs::copy(migrated_sqlite(), &path).unwrap();
        Self::over(Address::Sqlite(path), folder, None).await
    }

    /// None, said aloud, where no PostgreSQL was given.
    pub async fn on_postgres() -> Option<Self> {
        let Ok(server) = std::env::var("CIVITAS_TEST_POSTGRES") else {
            eprintln!("skipped: CIVITAS_TEST_POSTGRES names no server (tests/run sets it)");
            return None;
        };
        let name = format!("civitas_{}", Entropy::system().id());
        execute(
            &server,
            &format!(
                "CREATE DATABASE {name} TEMPLATE {}",
                migrated_postgres(&server)
            ),
        );
        let address = Address::Postgres(with_database(&server, &name));
        Some(Self::over(address, tempfile::tempdir().unwrap(), Some(name)).await)
    }

    async fn over(address: Address, folder: tempfile::TempDir, database: Option<String>) -> Self {
        let clock = Clock::standing_at(Instant::parse(BEGINNING).unwrap());
        let db = Db::open(&address, 4, Entropy::system()).unwrap();
        let settings = Config::defaults().unwrap();
        let terms = Terms {
            files: FilesConfig {
                folder: folder.path().join("files"),
                ..settings.files
            },
            bodies: BodyRules::default(),
            limits: settings.limits,
            public_url: PublicUrl("https://civitas.example".to_owned()),
            second_factor_required: false,
            fresh_for: 15 * 60,
            lifetimes: Lifetimes {
                access_seconds: 400 * 24 * 3600,
                refresh_days: 400,
            },
            argon2: (64, 1, 1),
        };
        let app = App::new(db, clock.clone(), &terms).unwrap();
        let reaches = router(&app).await;
        Self {
            app,
            clock,
            reaches,
            rehearses: None,
            folder,
            database,
            finished: false,
        }
    }

    /// Moves the clock to a moment, RFC 3339.
    pub fn set_time(&self, at: &str) {
        self.clock.set(Instant::parse(at).unwrap());
    }

    pub const fn is_postgres(&self) -> bool {
        self.database.is_some()
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// From now on, whatever is asked is done and undone; or, again, done.
    pub async fn rehearse(&mut self, on: bool) {
        if on == self.rehearses.is_some() {
            return;
        }
        if let Some(earnest) = self.rehearses.take() {
            self.reaches = earnest;
            return;
        }
        let mut app = self.app.clone();
        app.gate.undoes = true;
        let rehearsing = router(&app).await;
        self.rehearses = Some(std::mem::replace(&mut self.reaches, rehearsing));
    }

    /// From now on, officers, approvers and administrators need a second factor.
    pub async fn require_second_factor(&mut self) {
        self.change(|app| app.gate.second_factor_required = true)
            .await;
    }

    /// From now on, requests reach a changed application.
    pub async fn change(&mut self, change: impl FnOnce(&mut App)) {
        change(&mut self.app);
        self.reaches = router(&self.app).await;
    }

    /// How many uploads lie in the folder.
    pub fn kept_files(&self) -> usize {
        let kept = std::fs::read_dir(self.folder.path().join("files/kept")).unwrap();
        kept.map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count())
            .sum()
    }

    /// From now on, uploads lie there.
    pub async fn keep_files_in(&mut self, files: Files) {
        self.app.files = files;
        self.reaches = router(&self.app).await;
    }

    /// From now on, a body has only so many seconds to come in.
    pub async fn hurry_bodies(&mut self, seconds: u64) {
        self.change(|app| app.bodies.seconds = seconds).await;
    }

    /// Runs an action directly, as if at the present moment.
    pub fn write<T: Send + 'static>(
        &self,
        act: impl Fn(&mut Writes<'_>) -> Outcome<T> + Send + 'static,
    ) -> T {
        self.app
            .db
            .write_here(self.now(), act)
            .unwrap_or_else(|failure| panic!("{failure}"))
    }

    /// Someone with a verified account, signed in: `NAME@people.example`.
    pub async fn person(&mut self, name: &str) -> Actor {
        self.person_at(&format!(
            "{}@people.example",
            name.to_lowercase().replace(' ', ".")
        ))
        .await
    }

    /// Someone with a verified account at this address, signed in.
    pub async fn person_at(&mut self, email: &str) -> Actor {
        let newcomer = Newcomer {
            email: email.to_owned(),
            name: email.split('@').next().unwrap_or_default().to_owned(),
            ..Newcomer::default()
        };
        let hash = self.app.passwords.hash_here(PASSWORD).unwrap();
        let id = self.write(move |w| Ok(accounts::add(w, &newcomer, Some(hash.clone()), true)?.id));
        self.sign_in(id)
    }

    /// Signs a known person in, with a second factor as far as rights go.
    pub fn sign_in(&self, id: PersonId) -> Actor {
        let (keys, last) = (self.app.gate.keys.clone(), self.app.lifetimes);
        let (email, tokens) = self.write(move |w| {
            let row = store::person(w, id)?.expect("a person");
            Ok((
                row.email.clone(),
                sessions::begin(w, &keys, &row, true, last)?,
            ))
        });
        Actor {
            id,
            email,
            token: tokens.access_token,
        }
    }

    /// Gives a role in a competition.
    pub fn grant(&self, who: &Actor, role: Role, competition: i64) {
        let id = who.id;
        self.write(move |w| store::give_role(w, id, CompetitionId(competition), role, None));
    }

    /// An administrator, signed in.
    pub async fn administrator(&mut self, name: &str) -> Actor {
        let actor = self.person(name).await;
        let id = actor.id;
        self.write(move |w| store::set_administrator(w, id, true));
        actor
    }

    /// The token in the newest message to an address, as its link would carry it.
    pub fn link_to(&self, address: &str) -> String {
        use civitas::platform::db::schema::messages;
        use diesel::prelude::*;
        let address = address.to_owned();
        let fields: String = self.write(move |w| {
            Ok(messages::table
                .filter(messages::address.eq(&address))
                .filter(messages::fields.like("%\"link\"%"))
                .order(messages::created_at.desc())
                .select(messages::fields)
                .first(w.conn())?)
        });
        let link = serde_json::from_str::<Value>(&fields).unwrap()["link"]
            .as_i64()
            .unwrap();
        self.app
            .gate
            .keys
            .link_token(civitas::platform::ids::LinkId(link))
            .unwrap()
    }

    /// The story is over: its database goes.
    pub fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let Some(name) = self.database.take() else {
            return;
        };
        if let Ok(server) = std::env::var("CIVITAS_TEST_POSTGRES") {
            execute(
                &server,
                &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
            );
        }
    }
}

async fn router(app: &App) -> Reaches {
    let app = app.clone();
    let service = init_service(
        actix_web::App::new()
            .configure(move |config| app.configure(config))
            .wrap(from_fn(civitas::platform::http::arrival)),
    )
    .await;
    let service = Rc::new(service);
    Rc::new(move |request| {
        let service = Rc::clone(&service);
        Box::pin(async move {
            match actix_web::dev::Service::call(&*service, request).await {
                Ok(response) => response.map_into_boxed_body(),
                Err(error) => panic!("the router failed: {error}"),
            }
        })
    })
}
