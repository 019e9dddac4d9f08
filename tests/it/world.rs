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

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::OnceLock;

use actix_web::body::to_bytes;
use actix_web::dev::ServiceResponse;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, init_service};
use civitas::app::{App, Terms};
use civitas::people::accounts::{self, Newcomer};
use civitas::people::sessions::{self, Lifetimes};
use civitas::people::{Role, store};
use civitas::platform::clock::{Clock, Instant};
use civitas::platform::config::{Config, FilesConfig};
use civitas::platform::db::{Address, Conn, Db, Writes, migrate};
use civitas::platform::http::BodyRules;
use civitas::platform::ids::{CompetitionId, PersonId};
use civitas::platform::mail::PublicUrl;
use civitas::platform::random::Entropy;
use civitas::platform::refusal::Result as Outcome;
use diesel::connection::SimpleConnection as _;
use serde_json::Value;

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

/// Someone signed in.
#[derive(Clone, Debug)]
pub struct Actor {
    pub id: PersonId,
    pub email: String,
    pub token: String,
}

/// Who sends a request: an [`Actor`], or nobody.
pub trait Sender {
    fn token(&self) -> Option<&str>;
}

impl Sender for Actor {
    fn token(&self) -> Option<&str> {
        Some(&self.token)
    }
}

/// Nobody is signed in.
pub struct Nobody;

impl Sender for Nobody {
    fn token(&self) -> Option<&str> {
        None
    }
}

/// What came back.
pub struct Reply {
    pub status: u16,
    pub headers: actix_web::http::header::HeaderMap,
    pub bytes: Vec<u8>,
    /// The body as JSON; null when it is none.
    pub json: Value,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn etag(&self) -> String {
        self.header("etag").expect("an ETag").to_owned()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The `id` of the object served.
    pub fn id(&self) -> i64 {
        self.json["id"]
            .as_i64()
            .unwrap_or_else(|| panic!("no id in {self}"))
    }

    /// The slug of the problem.
    pub fn problem(&self) -> &str {
        self.json["type"]
            .as_str()
            .unwrap_or("")
            .trim_start_matches("/problems/")
    }

    /// The items of a list.
    pub fn items(&self) -> &[Value] {
        self.json["items"]
            .as_array()
            .unwrap_or_else(|| panic!("no items in {self}"))
    }

    /// The same reply, once its status is as wanted.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.text())
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A request being put together.
pub struct Ask<'w> {
    world: &'w World,
    request: TestRequest,
}

impl Ask<'_> {
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        self.request = self.request.insert_header((name, value.as_ref()));
        self
    }

    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.request = self.request.set_json(body);
        self
    }

    #[must_use]
    pub fn body(mut self, media_type: &str, bytes: impl Into<actix_web::web::Bytes>) -> Self {
        self.request = self
            .request
            .insert_header(("content-type", media_type))
            .set_payload(bytes);
        self
    }

    pub async fn send(self) -> Reply {
        let response = (self.world.reaches)(self.request.to_request()).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = to_bytes(response.into_body())
            .await
            .map(|b| b.to_vec())
            .unwrap_or_default();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        assert_ne!(
            status,
            500,
            "a fault of ours: {}",
            String::from_utf8_lossy(&bytes)
        );
        Reply {
            status,
            headers,
            bytes,
            json,
        }
    }
}

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

    /// A request for a page, by nobody.
    pub fn ask_page(&self, method: Method, path: &str) -> Ask<'_> {
        let request = TestRequest::with_uri(path)
            .method(method)
            .peer_addr("127.0.0.1:4000".parse().unwrap());
        Ask {
            world: self,
            request,
        }
    }

    pub fn ask(&self, sender: &impl Sender, method: Method, path: &str) -> Ask<'_> {
        let uri = if path.starts_with("/api") || path.starts_with("/health") {
            path.to_owned()
        } else {
            format!("/api/v1{path}")
        };
        let mut request = TestRequest::with_uri(&uri)
            .method(method)
            .peer_addr("127.0.0.1:4000".parse().unwrap());
        if let Some(token) = sender.token() {
            request = request.insert_header(("authorization", format!("Bearer {token}")));
        }
        Ask {
            world: self,
            request,
        }
    }

    pub async fn get(&self, sender: &impl Sender, path: &str) -> Reply {
        self.ask(sender, Method::GET, path).send().await
    }

    pub async fn post(&self, sender: &impl Sender, path: &str, body: Value) -> Reply {
        self.ask(sender, Method::POST, path)
            .json(&body)
            .send()
            .await
    }

    pub async fn delete(&self, sender: &impl Sender, path: &str) -> Reply {
        self.ask(sender, Method::DELETE, path).send().await
    }

    /// PUT under the version that `etag` names.
    pub async fn put(&self, sender: &impl Sender, path: &str, etag: &str, body: Value) -> Reply {
        self.ask(sender, Method::PUT, path)
            .header("if-match", etag)
            .json(&body)
            .send()
            .await
    }

    /// Reads the object, lets `edit` change its JSON to what is sent, and puts it back.
    pub async fn edit(
        &self,
        sender: &impl Sender,
        path: &str,
        edit: impl FnOnce(&Value) -> Value,
    ) -> Reply {
        let current = self.get(sender, path).await.expect(200);
        self.put(sender, path, &current.etag(), edit(&current.json))
            .await
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

fn migrated_sqlite() -> &'static std::path::Path {
    static TEMPLATE: OnceLock<(tempfile::TempDir, std::path::PathBuf)> = OnceLock::new();
    let (_, path) = TEMPLATE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("template.db");
        let mut conn = Address::Sqlite(path.clone()).open().unwrap();
        migrate::run(&mut conn).unwrap();
        conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
            .unwrap();
        (folder, path)
    });
    path
}

fn migrated_postgres(server: &str) -> &'static str {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let name = format!("civitas_template_{}", Entropy::system().id());
        execute(server, &format!("CREATE DATABASE {name}"));
        let mut conn = Address::Postgres(with_database(server, &name))
            .open()
            .unwrap();
        migrate::run(&mut conn).unwrap();
        name
    })
}

fn with_database(server: &str, name: &str) -> String {
    let (before, _) = server.rsplit_once('/').expect("a URL with a database");
    format!("{before}/{name}")
}

fn execute(server: &str, sql: &str) {
    let mut conn: Conn = Address::Postgres(server.to_owned()).open().unwrap();
    conn.batch_execute(sql).unwrap();
}

/// An empty database on the PostgreSQL server of the tests; none, said aloud, without a server.
/// It stays until the server, which is a throw-away one, goes.
pub fn empty_postgres() -> Option<Address> {
    let Ok(server) = std::env::var("CIVITAS_TEST_POSTGRES") else {
        eprintln!("skipped: CIVITAS_TEST_POSTGRES names no server (tests/run sets it)");
        return None;
    };
    let name = format!("civitas_empty_{}", Entropy::system().id());
    execute(&server, &format!("CREATE DATABASE {name}"));
    Some(Address::Postgres(with_database(&server, &name)))
}
