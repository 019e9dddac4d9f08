//! Several servers on one PostgreSQL, and one whose PostgreSQL is out of reach for a while.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::http::Method;
use civitas::platform::clock::Clock;
use civitas::platform::outbox::MessageState;
use serde_json::{Value, json};

use crate::commands::run;
use crate::competitions::call;
use crate::demo::free_port;
use crate::mail::smtp::Server;
use crate::mail::{address, letter};
use crate::post::take_mail;
use crate::served::{Client, Served};
use crate::world::World;

/// The server of the tests, behind a way that can be cut.
pub struct Way {
    pub port: u16,
    is_cut: Arc<AtomicBool>,
    running: Arc<Mutex<Vec<TcpStream>>>,
}

/// Where the tests' PostgreSQL listens: a socket in a folder, or a host and port.
fn connect(server: &str) -> Box<dyn Duplex> {
    let (_, after) = server.rsplit_once('@').unwrap();
    let (host, _) = after.split_once('/').unwrap();
    let host = host.replace("%2F", "/");
    if host.starts_with('/') {
        let socket = PathBuf::from(host).join(".s.PGSQL.5432");
        return Box::new(UnixStream::connect(socket).unwrap());
    }
    let with_port = if host.contains(':') {
        host
    } else {
        format!("{host}:5432")
    };
    Box::new(TcpStream::connect(with_port).unwrap())
}

/// Both directions of a connection.
trait Duplex: Read + Write + Send {
    fn other(&self) -> Box<dyn Duplex>;
    fn end(&self);
}

impl Duplex for UnixStream {
    fn other(&self) -> Box<dyn Duplex> {
        Box::new(self.try_clone().unwrap())
    }

    fn end(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

impl Duplex for TcpStream {
    fn other(&self) -> Box<dyn Duplex> {
        Box::new(self.try_clone().unwrap())
    }

    fn end(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

/// Carries bytes until either side ends.
fn carry(mut from: Box<dyn Duplex>, mut to: Box<dyn Duplex>) {
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        from.end();
        to.end();
    });
}

impl Way {
    pub fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let way = Self {
            port: listener.local_addr().unwrap().port(),
            is_cut: Arc::default(),
            running: Arc::default(),
        };
        let (is_cut, running) = (Arc::clone(&way.is_cut), Arc::clone(&way.running));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                if is_cut.load(Ordering::SeqCst) {
                    continue;
                }
                running.lock().unwrap().push(client.try_clone().unwrap());
                let there = connect(&server);
                carry(client.other(), there.other());
                carry(there, Box::new(client));
            }
        });
        way
    }

    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        for stream in self.running.lock().unwrap().drain(..) {
            stream.end();
        }
    }

    pub fn mend(&self) {
        self.is_cut.store(false, Ordering::SeqCst);
    }
}

#[actix_web::test]
async fn without_its_database_a_server_asks_to_try_again_and_loses_nothing() {
    let Some(mut w) = World::on_postgres().await else {
        return;
    };
    w.clock.set(Clock::system().now());
    let olive = w.administrator("Olive").await;
    let way = Way::to(std::env::var("CIVITAS_TEST_POSTGRES").unwrap());
    let (_, name) = w
        .database_url()
        .rsplit_once('/')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let database = format!("postgres://postgres@127.0.0.1:{}/{name}", way.port);
    let port = free_port();
    let served = Served::start(&w, &database, port, &[]);
    let client = Client::new(port, &olive.token);
    assert_eq!(client.get("/api/v1/me").unwrap().status, 200);

    way.cut();
    let ask = |method: &Method, path: &str, body: Option<&Value>| {
        let headers = [("idempotency-key", "once")];
        client
            .send(method, path, &headers, body)
            .expect("an answer")
    };
    let call = call();
    for (method, path, body) in [
        (Method::GET, "/api/v1/me", None),
        (Method::GET, "/api/v1/competitions", None),
        (Method::POST, "/api/v1/competitions", Some(&call)),
        (Method::GET, "/health/ready", None),
    ] {
        let refused = ask(&method, path, body);
        assert_eq!(refused.status, 503, "{method} {path}: {refused:?}");
        if path.starts_with("/api") {
            assert!(
                refused.retry_after.is_some(),
                "{method} {path}: {refused:?}"
            );
            assert_eq!(refused.json["type"], "/problems/unavailable");
        }
    }
    assert_eq!(
        ask(&Method::GET, "/health/live", None).status,
        200,
        "it waits, and lives"
    );

    way.mend();
    let made = client.act("/api/v1/competitions", "once", &call);
    assert_eq!(made.status, 201);
    let again = client.act("/api/v1/competitions", "once", &call);
    assert_eq!(again.json["id"], made.json["id"]);
    assert_eq!(
        client.read("/api/v1/competitions").json["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    served.stop();
    w.finish();
}

#[actix_web::test]
async fn two_servers_share_sessions_keys_and_the_outbox() {
    let Some(mut w) = World::on_postgres().await else {
        return;
    };
    let Some(mail) = Server::start(&w, &[]) else {
        return;
    };
    w.clock.set(Clock::system().now());
    let olive = w.administrator("Olive").await;
    let ids: Vec<_> = (0..300)
        .map(|number| {
            let to = format!("resident{number}@example.org");
            w.post_letter(letter(address(&to), &to))
        })
        .collect();
    let settings = |port: u16| {
        [
            (
                "CIVITAS__SERVER__PUBLIC_URL",
                format!("http://127.0.0.1:{port}"),
            ),
            ("CIVITAS__MAIL__TRANSPORT", "smtp".to_owned()),
            ("CIVITAS__MAIL__SMTP_HOST", "127.0.0.1".to_owned()),
            ("CIVITAS__MAIL__SMTP_PORT", mail.port.to_string()),
            ("CIVITAS__MAIL__SMTP_TLS", "none".to_owned()),
        ]
    };
    let ports = [free_port(), free_port()];
    let servers = ports.map(|port| w.serve(port, &settings(ports[0])));
    let clients = ports.map(|port| Client::new(port, &olive.token));

    // The same request to both at once counts once, and both tell of the one thing made.
    let made = std::thread::scope(|scope| {
        let both = clients.each_ref().map(|client| {
            scope.spawn(|| client.act("/api/v1/competitions", "once", &call()).json["id"].clone())
        });
        both.map(|one| one.join().unwrap())
    });
    assert_eq!(made[0], made[1]);
    for client in &clients {
        assert_eq!(
            client.read("/api/v1/competitions").json["items"][0]["id"],
            made[0]
        );
    }
    // What one has ended is over at the other.
    let token = json!({"name": "script", "scopes": ["read"], "days": 1});
    let script = clients[0].act("/api/v1/me/tokens", "token", &token).json;
    let program = Client::new(ports[1], script["token"].as_str().unwrap());
    assert_eq!(program.get("/api/v1/me").unwrap().status, 200);
    let revoked = format!("/api/v1/me/tokens/{}", script["id"]);
    assert_eq!(
        clients[0]
            .send(&Method::DELETE, &revoked, &[], None)
            .unwrap()
            .status,
        204
    );
    assert_eq!(program.get("/api/v1/me").unwrap().status, 401);

    // A new key is known to both by the first token that it signs.
    run(&w, &["admin", "rotate-key"]);
    let keys = w.app.gate.keys.clone();
    w.write(move |w| keys.refresh(w));
    let anew = w.sign_in(olive.id);
    for port in ports {
        let client = Client::new(port, &anew.token);
        assert_eq!(client.get("/api/v1/me").unwrap().status, 200);
    }

    while ids.iter().any(|id| w.fate(*id).0 != MessageState::Sent) {
        std::thread::sleep(Duration::from_millis(50));
    }
    for server in servers {
        server.stop();
    }
    let mut arrived: HashMap<String, usize> = HashMap::new();
    for message in take_mail(&mail.maildir) {
        *arrived.entry(message.id).or_default() += 1;
    }
    assert!(arrived.values().all(|times| *times == 1), "{arrived:?}");
    for id in ids {
        assert!(
            arrived.contains_key(&format!("civitas-{id}@127.0.0.1")),
            "{id}"
        );
    }
    w.finish();
}
