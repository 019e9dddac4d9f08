//! What is shipped for running it for real: `docker-compose.yml` says what the settings know, and
//! `deploy/Caddyfile` does in a real Caddy, before two servers, what it promises.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::http::Method;
use civitas::platform::clock::Clock;
use civitas::platform::config::Config;
use serde_json::{Value, json};

use crate::competitions::call;
use crate::demo::{Running, free_port};
use crate::served::{Client, Served};
use crate::servers::Way;
use crate::world::World;

const COMPOSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docker-compose.yml");
const CADDYFILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/Caddyfile");

/// The compose file as JSON; none, said aloud, where no Python was given.
fn compose() -> Option<Value> {
    let Ok(python) = std::env::var("CIVITAS_TEST_PYTHON") else {
        eprintln!("skipped: CIVITAS_TEST_PYTHON names no Python (tests/run sets it)");
        return None;
    };
    let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let read = Command::new(python)
        .args(["-c", script, COMPOSE])
        .output()
        .unwrap();
    assert!(
        read.status.success(),
        "{}",
        String::from_utf8_lossy(&read.stderr)
    );
    Some(serde_json::from_slice(&read.stdout).unwrap())
}

/// A value where nothing is set from outside: `${NAME:-default}` is its default.
fn by_default(value: &str) -> String {
    let Some((before, rest)) = value.split_once("${") else {
        return value.to_owned();
    };
    let (variable, after) = rest.split_once('}').expect("a closing brace");
    let (_, default) = variable.split_once(":-").expect("a default");
    format!("{before}{default}{}", by_default(after))
}

fn texts(of: &Value) -> Vec<(String, String)> {
    let entries = of.as_object().unwrap().iter();
    entries
        .map(|(name, value)| (name.clone(), by_default(value.as_str().unwrap())))
        .collect()
}

#[test]
fn the_compose_file_fits_together_and_says_what_the_settings_know() {
    let Some(compose) = compose() else { return };
    let services = compose["services"].as_object().unwrap();
    let proxy = &services["proxy"];
    let servers: Vec<&String> = services
        .keys()
        .filter(|name| name.starts_with("civitas-"))
        .collect();
    assert_eq!(servers.len(), 2);
    for name in &servers {
        let config = Config::load(None, texts(&services[*name]["environment"]), None).unwrap();
        let trusted: Vec<String> = config
            .server
            .trusted_proxies
            .iter()
            .map(ToString::to_string)
            .collect();
        let address = proxy["networks"]["default"]["ipv4_address"]
            .as_str()
            .unwrap();
        assert_eq!(
            trusted,
            [format!("{address}/32")],
            "the proxy alone is let in"
        );
        assert!(!config.files.s3_links, "nobody outside reaches the store");
        assert!(services.contains_key(&config.mail.smtp_host));
        let listens = format!("{name}:{}", config.server.bind.port());
        let before = proxy["environment"]["CIVITAS_SERVERS"].as_str().unwrap();
        assert!(
            before.split(' ').any(|server| server == listens),
            "{before}"
        );
    }
    let volumes = compose["volumes"].as_object().unwrap();
    for (name, service) in services {
        if let Some(image) = service["image"]
            .as_str()
            .filter(|image| *image != "civitas")
        {
            let (_, version) = image.split_once(':').expect("a version");
            assert!(version.contains(|c: char| c.is_ascii_digit()), "{image}");
        }
        for other in service["depends_on"]
            .as_object()
            .into_iter()
            .flat_map(|all| all.keys())
        {
            assert!(services.contains_key(other), "{name} waits for {other}");
        }
        for mount in service["volumes"].as_array().into_iter().flatten() {
            let source = mount.as_str().unwrap().split(':').next().unwrap();
            let in_folder = source.strip_prefix("./").is_some_and(|path| {
                std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
                    .join(path)
                    .exists()
            });
            assert!(
                in_folder || volumes.contains_key(source),
                "{name} mounts {source}"
            );
        }
        for port in service["ports"].as_array().into_iter().flatten() {
            assert!(
                port.as_str().unwrap().starts_with("127.0.0.1:"),
                "{name}: {port}"
            );
        }
    }
}

/// Caddy with the Caddyfile, before these servers; none, said aloud, where there is no Caddy.
fn proxy(w: &World, port: u16, servers: &[u16]) -> Option<Running> {
    let servers: Vec<String> = servers
        .iter()
        .map(|port| format!("127.0.0.1:{port}"))
        .collect();
    let process = Command::new("caddy")
        .args(["run", "--config", CADDYFILE, "--adapter", "caddyfile"])
        .env("CIVITAS_SITE", format!("http://localhost:{port}"))
        .env("CIVITAS_SERVERS", servers.join(" "))
        .env("XDG_CONFIG_HOME", w.folder.path())
        .env("XDG_DATA_HOME", w.folder.path())
        .stderr(Stdio::null())
        .spawn();
    let Ok(process) = process else {
        eprintln!("skipped: there is no caddy (tests/run installs it)");
        return None;
    };
    let running = Running(process);
    while Client::at("localhost", port, "")
        .get("/health/ready")
        .is_none_or(|answer| answer.status != 200)
    {
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(running)
}

/// A server behind the proxy.
fn behind(w: &World, database: &str, port: u16) -> Served {
    let settings = [
        ("CIVITAS__SERVER__TRUSTED_PROXIES", "127.0.0.1".to_owned()),
        ("CIVITAS__SERVER__LEAVE_SECONDS", "6".to_owned()),
    ];
    Served::start(w, database, port, &settings)
}

#[actix_web::test]
async fn servers_are_restarted_in_turn_and_nobody_notices() {
    let Some(mut w) = World::on_postgres().await else {
        return;
    };
    w.clock.set(Clock::system().now());
    let olive = w.administrator("Olive").await;
    let (ports, before) = ([free_port(), free_port()], free_port());
    let mut servers = ports.map(|port| Some(behind(&w, &w.database_url(), port)));
    let Some(_proxy) = proxy(&w, before, &ports) else {
        return;
    };
    let (over, read, made) = (
        AtomicBool::new(false),
        AtomicUsize::new(0),
        AtomicUsize::new(0),
    );
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let client = Client::at("localhost", before, &olive.token);
                while !over.load(Ordering::SeqCst) {
                    let answer = client.get("/api/v1/me").expect("an answer");
                    assert_eq!(answer.status, 200, "{answer:?}");
                    read.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        scope.spawn(|| {
            let client = Client::at("localhost", before, &olive.token);
            while !over.load(Ordering::SeqCst) {
                let mut edition = call();
                let number = made.load(Ordering::SeqCst);
                edition["edition"] = json!(format!("Edition {number}"));
                client.act("/api/v1/competitions", &number.to_string(), &edition);
                made.fetch_add(1, Ordering::SeqCst);
            }
        });
        for at in [0, 1, 0, 1] {
            let seen = read.load(Ordering::SeqCst);
            servers[at].take().unwrap().stop();
            std::thread::sleep(Duration::from_millis(500));
            servers[at] = Some(behind(&w, &w.database_url(), ports[at]));
            while read.load(Ordering::SeqCst) < seen + 200 {
                std::thread::sleep(Duration::from_millis(10));
            }
            // The proxy looks every two seconds who is there.
            std::thread::sleep(Duration::from_millis(2500));
        }
        over.store(true, Ordering::SeqCst);
    });
    let client = Client::at("localhost", before, &olive.token);
    let editions = client.read("/api/v1/competitions?limit=200").json;
    let there = editions["items"].as_array().unwrap().len();
    assert_eq!(there, made.load(Ordering::SeqCst).min(200), "each once");
    servers.into_iter().flatten().for_each(Served::stop);
    w.finish();
}

#[actix_web::test]
async fn a_server_that_is_not_ready_gets_no_requests() {
    let Some(mut w) = World::on_postgres().await else {
        return;
    };
    w.clock.set(Clock::system().now());
    let olive = w.administrator("Olive").await;
    let way = Way::to(std::env::var("CIVITAS_TEST_POSTGRES").unwrap());
    let url = w.database_url();
    let (_, name) = url.rsplit_once('/').unwrap();
    let by_the_way = format!("postgres://postgres@127.0.0.1:{}/{name}", way.port);
    let (ports, before) = ([free_port(), free_port()], free_port());
    let servers = [
        behind(&w, &url, ports[0]),
        behind(&w, &by_the_way, ports[1]),
    ];
    let Some(_proxy) = proxy(&w, before, &ports) else {
        return;
    };
    let client = Client::at("localhost", before, &olive.token);
    way.cut();
    let own = Client::new(ports[1], "");
    while own.get("/health/ready").unwrap().status != 503 {}
    std::thread::sleep(Duration::from_secs(5));
    for _ in 0..100 {
        assert_eq!(client.get("/api/v1/me").unwrap().status, 200);
    }
    way.mend();
    servers.into_iter().for_each(Served::stop);
    w.finish();
}

#[actix_web::test]
async fn the_proxy_tells_where_clients_come_from_and_bounds_what_they_send() {
    let mut w = World::on_sqlite().await;
    w.clock.set(Clock::system().now());
    let olive = w.administrator("Olive").await;
    let (port, before) = (free_port(), free_port());
    let server = behind(&w, &w.database_url(), port);
    let Some(_proxy) = proxy(&w, before, &[port]) else {
        return;
    };
    let client = Client::at("localhost", before, &olive.token);
    // Whoever makes up addresses is one client all the same.
    let guess = json!({"email": olive.email, "password": "not it, certainly"});
    let statuses: Vec<u16> = (1..10)
        .map(|number| {
            let made_up = format!("192.0.2.{number}");
            let headers = [
                ("x-forwarded-for", made_up.as_str()),
                ("forwarded", "for=192.0.2.9"),
            ];
            client
                .send(&Method::POST, "/api/v1/sessions", &headers, Some(&guess))
                .unwrap()
                .status
        })
        .collect();
    assert_eq!(statuses[0], 401);
    assert!(statuses.contains(&429), "{statuses:?}");
    // What is too large for a server, it says; what is larger than anything, the proxy cuts off.
    let send = |megabytes: usize| {
        let large = json!({"edition": "x".repeat(megabytes * 1024 * 1024)});
        client.send(&Method::POST, "/api/v1/competitions", &[], Some(&large))
    };
    let told = send(3).unwrap();
    assert_eq!(
        (told.status, &told.json["type"]),
        (413, &json!("/problems/too-large"))
    );
    let cut_off = send(30);
    assert!(
        cut_off.as_ref().is_none_or(|answer| answer.status == 413),
        "{cut_off:?}"
    );
    server.stop();
    w.finish();
}
