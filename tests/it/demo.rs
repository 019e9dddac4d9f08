//! The sample: it loads on both databases, once, and holds what it promises.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use civitas::cli::demo;
use serde_json::{Value, json};

use crate::for_each_database;
use crate::world::{Actor, Nobody, World};

/// Signs somebody of the sample in.
pub async fn sign_in(w: &World, role: &str) -> Actor {
    let all = demo::sign_ins();
    let one = all.iter().find(|one| one.role == role).unwrap();
    let body = json!({"email": one.email, "password": one.password});
    let reply = w.post(&Nobody, "/sessions", body).await.expect(201);
    Actor {
        id: serde_json::from_value(reply.json["person"].clone()).unwrap(),
        email: one.email.clone(),
        token: reply.json["access_token"].as_str().unwrap().to_owned(),
    }
}

/// Every item of a list, page by page.
async fn all(w: &World, who: &Actor, path: &str) -> Vec<Value> {
    let (mut items, mut next) = (Vec::new(), String::new());
    loop {
        let page = w
            .get(who, &format!("{path}?limit=200{next}"))
            .await
            .expect(200);
        items.extend_from_slice(page.items());
        match page.json["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => return items,
        }
    }
}

/// Competitions by the edition's name.
async fn editions(w: &World, who: &Actor) -> BTreeMap<String, i64> {
    let competitions = all(w, who, "/competitions").await;
    let named = |one: &Value| {
        (
            one["edition"].as_str().unwrap().to_owned(),
            one["id"].as_i64().unwrap(),
        )
    };
    competitions.iter().map(named).collect()
}

async fn first_stage(w: &World, who: &Actor, competition: i64) -> Value {
    all(w, who, &format!("/competitions/{competition}/stages")).await[0].clone()
}

for_each_database! {
    async fn the_sample_loads_once_and_holds_what_it_promises(w: &mut World) {
        let steps = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&steps);
        let count = move || { counted.fetch_add(1, Ordering::SeqCst); };
        assert!(demo::load(&w.app, count).unwrap());
        assert!(steps.load(Ordering::SeqCst) > 50);
        assert!(!demo::load(&w.app, || panic!("loaded twice")).unwrap());

        for one in demo::sign_ins() {
            let who = sign_in(w, one.role).await;
            w.get(&who, "/me").await.expect(200);
        }
        let officer = sign_in(w, "officer").await;
        let editions = editions(w, &officer).await;
        assert_eq!(editions.len(), 3);

        let open = editions["Second edition"];
        let stage = first_stage(w, &officer, open).await;
        assert_eq!(stage["phase"], "open");
        let coalitions = all(w, &officer, &format!("/competitions/{open}/coalitions")).await;
        let cities: usize = coalitions.iter().map(|c| c["places"].as_array().unwrap().len()).sum();
        assert!(coalitions.len() >= 20, "{} coalitions", coalitions.len());
        assert!(cities > coalitions.len(), "a joint coalition of two places");

        let reviewed = editions["Founding edition"];
        let stage = first_stage(w, &officer, reviewed).await;
        assert_eq!(stage["phase"], "reviewing");
        assert_eq!(stage["rubric"]["criteria"].as_array().unwrap().len(), 4);
        let id = stage["id"].as_i64().unwrap();
        assert_eq!(all(w, &officer, &format!("/stages/{id}/submissions")).await.len(), 10);
        assert_eq!(all(w, &officer, &format!("/stages/{id}/panel-members")).await.len(), 9);

        let decided = editions["First edition"];
        let stage = first_stage(w, &officer, decided).await;
        assert_eq!(stage["phase"], "public");
        let awards = w.get(&Nobody, "/awards").await.expect(200);
        assert_eq!(awards.items().len(), 6);

        let reviewer = sign_in(w, "reviewer").await;
        assert!(!all(w, &reviewer, "/me/assignments").await.is_empty());
        let convenor = sign_in(w, "convenor").await;
        let mine = w.get(&convenor, "/me/proposals").await.expect(200).json;
        let mine = mine.get("items").unwrap_or(&mine).as_array().unwrap();
        assert_eq!(mine.len(), 2, "one in each edition");
    }

    async fn a_database_that_holds_something_else_is_left_alone(w: &mut World) {
        w.person("Someone").await;
        let refused = demo::load(&w.app, || {}).unwrap_err().to_string();
        assert!(refused.contains("something else"), "{refused}");
    }
}

/// Ends with the test, whatever happens in it.
pub struct Running(pub Child);

impl Running {
    /// SIGTERM: it finishes what runs, and ends well.
    pub fn stop(mut self) {
        let id = self.0.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(told.success());
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn the_command_prints_one_object_then_serves_until_it_is_told_to_stop() {
    use std::io::{Read as _, Write as _};
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let mut running = Running(
        Command::new(env!("CARGO_BIN_EXE_civitas"))
            .args(["demo", "--json", "--port", &port.to_string(), "--data"])
            .arg(folder.path().join("data"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let mut line = String::new();
    let mut out = BufReader::new(running.0.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let told: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(told["url"], format!("http://127.0.0.1:{port}"));
    assert_eq!(
        told["people"].as_array().unwrap().len(),
        demo::sign_ins().len()
    );

    let mut connection = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    let request = "GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    // Another one in the same folder takes nothing from the one that runs.
    let second = Command::new(env!("CARGO_BIN_EXE_civitas"))
        .args([
            "demo",
            "--fresh",
            "--port",
            &free_port().to_string(),
            "--data",
        ])
        .arg(folder.path().join("data"))
        .output()
        .unwrap();
    let why = String::from_utf8_lossy(&second.stderr);
    assert!(
        !second.status.success() && why.contains("another demo runs"),
        "{why}"
    );
    assert!(folder.path().join("data/civitas.db").exists());

    running.stop();
}
