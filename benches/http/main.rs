//! `cargo bench --bench http`: what the main requests cost the server, beside the bare limit.
//!
//! A thousand proposals with four reviews each lie in one SQLite file. The server runs in a process
//! of its own, then a bare actix-web with diesel on the same file, and both get the same load from
//! this process. The server's processor time is what `/proc` says of its process.
//! `CIVITAS_BENCH_PROPOSALS` names another size.
#![allow(
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    reason = "figures for a table"
)]
#![allow(missing_docs, reason = "a program")]

mod bare;
mod crowd;
mod load;

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::ensure;
use civitas::app::{App, Terms};
use civitas::platform::clock::Clock;
use civitas::platform::config::Config;
use civitas::platform::db::{Address, Db, migrate};
use civitas::platform::random::Entropy;

use crowd::Crowd;
use load::{Cost, Server, load};

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().collect();
    if let [_, bare, database, port] = words.as_slice()
        && bare == "--bare"
    {
        return bare::serve(database, port.parse()?);
    }
    let size = match std::env::var("CIVITAS_BENCH_PROPOSALS") {
        Ok(size) => size.parse()?,
        Err(_) => 1_000,
    };
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("civitas.db");
    let crowd = gathered(&database, size)?;
    println!(
        "\n{size} proposals with {} reviews each, SQLite\n",
        crowd::REVIEWS
    );
    println!("| request | requests | requests/s | median ms | p99 ms | server CPU µs | × bare |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let bare = measured_bare(&database, &crowd)?;
    let server = served(folder.path(), &database)?;
    let (ready, resting) = (server.ready_after, server.memory("VmRSS")?);
    let ours = reads(&server, "/api/v1", &crowd, true)?;
    for ((name, bare), (_, ours)) in bare.iter().zip(&ours) {
        shown(&format!("{name}, bare"), bare, None);
        shown(name, ours, Some(bare));
    }
    submissions(&server, &crowd, folder.path())?;
    connections(&server)?;
    println!("\nfrom start to ready: {:.0} ms", ready.as_secs_f64() * 1e3);
    println!(
        "resident memory: {resting:.0} MiB at rest, {:.0} MiB at most",
        server.memory("VmHWM")?
    );
    Ok(())
}

fn gathered(database: &Path, size: usize) -> anyhow::Result<Crowd> {
    let address = Address::Sqlite(database.to_owned());
    migrate::run(&mut address.open()?)?;
    let db = Db::open(&address, 4, Entropy::system())?;
    let app = App::new(db, Clock::system(), &Terms::of(&Config::defaults()?))?;
    crowd::gather(&app, size)
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn served(folder: &Path, database: &Path) -> anyhow::Result<Server> {
    let port = free_port()?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_civitas"));
    command
        .args([
            "serve",
            "--database",
            &format!("sqlite://{}", database.display()),
        ])
        .current_dir(folder)
        .env("CIVITAS__SERVER__BIND", format!("127.0.0.1:{port}"))
        .env("CIVITAS__SERVER__METRICS_BIND", "")
        .env("CIVITAS__SECURITY__SECOND_FACTOR", "optional")
        .env("CIVITAS__LOG__LEVEL", "error");
    Server::start(&mut command, port)
}

fn measured_bare(database: &Path, crowd: &Crowd) -> anyhow::Result<Vec<(&'static str, Cost)>> {
    let port = free_port()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--bare").arg(database).arg(port.to_string());
    reads(&Server::start(&mut command, port)?, "", crowd, false)
}

/// The reads, each of which both servers answer.
fn reads(
    server: &Server,
    prefix: &str,
    crowd: &Crowd,
    signed_in: bool,
) -> anyhow::Result<Vec<(&'static str, Cost)>> {
    let one = format!("{prefix}/submissions/{}", crowd.submission);
    let list = format!("{prefix}/stages/{}/results?limit=50", crowd.stage);
    let mut costs = Vec::new();
    for (name, path, token, requests) in [
        ("one proposal, as a reviewer", one, &crowd.reviewer, 8_000),
        (
            "fifty with scores, as an officer",
            list,
            &crowd.officer,
            200,
        ),
    ] {
        let url = format!("http://127.0.0.1:{}{path}", server.port);
        let ask = |agent: &ureq::Agent, _| {
            let mut request = agent.get(&url);
            if signed_in {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            let mut answer = request.call()?;
            ensure!(
                answer.status() == 200,
                "{url}: {}",
                answer.body_mut().read_to_string()?
            );
            answer.body_mut().read_to_vec()?;
            Ok(())
        };
        load(server, 8, requests / 10, ask)?;
        costs.push((name, load(server, 8, requests, ask)?));
    }
    Ok(costs)
}

/// Each convenor retitles their proposal and submits it, again and again.
fn submissions(server: &Server, crowd: &Crowd, folder: &Path) -> anyhow::Result<()> {
    let disk = load::commits_per_second(folder)?;
    let number = AtomicUsize::new(0);
    let retitled = |agent: &ureq::Agent, client: usize| {
        let (proposal, token) = &crowd.submitting[client];
        let url = format!(
            "http://127.0.0.1:{}/api/v1/proposals/{proposal}",
            server.port
        );
        let bearer = format!("Bearer {token}");
        let read = agent.get(&url).header("authorization", &bearer).call()?;
        let etag = read
            .headers()
            .get("etag")
            .and_then(|tag| tag.to_str().ok())
            .unwrap_or_default();
        let title = format!("Version {}", number.fetch_add(1, Ordering::Relaxed));
        let saved = agent
            .put(&url)
            .header("authorization", &bearer)
            .header("if-match", etag)
            .send_json(serde_json::json!({"title": title}))?;
        ensure!(saved.status() == 200, "PUT {url}: {}", saved.status());
        Ok(())
    };
    let submitted = |agent: &ureq::Agent, client: usize| {
        let (proposal, token) = &crowd.submitting[client];
        let url = format!(
            "http://127.0.0.1:{}/api/v1/proposals/{proposal}/submissions",
            server.port
        );
        let mut answer = agent
            .post(&url)
            .header("authorization", format!("Bearer {token}"))
            .send_json(serde_json::json!({}))?;
        ensure!(
            answer.status() == 201,
            "POST {url}: {}",
            answer.body_mut().read_to_string()?
        );
        Ok(())
    };
    let clients = crowd::SUBMITTING;
    let mut costs = Vec::new();
    for _ in 0..8 {
        // Each has one change to hand in: what is measured is the handing in alone.
        let rounds = crowd.submitting.iter().enumerate();
        let agent = load::agent();
        for (client, _) in rounds {
            retitled(&agent, client)?;
        }
        costs.push(load(server, clients, clients, submitted)?);
    }
    costs.sort_by(|a, b| a.cpu.total_cmp(&b.cpu));
    let cost = &costs[costs.len() / 2];
    shown("durable submission", cost, None);
    println!("\ncommits of the disk: {disk:.0} per second");
    Ok(())
}

/// Memory with 256 connections open.
fn connections(server: &Server) -> anyhow::Result<()> {
    let url = format!("http://127.0.0.1:{}/health/live", server.port);
    let ask = |agent: &ureq::Agent, _| {
        agent.get(&url).call()?.body_mut().read_to_vec()?;
        Ok(())
    };
    load(server, 256, 2_560, ask)?;
    println!(
        "\nresident memory with 256 connections: {:.0} MiB",
        server.memory("VmRSS")?
    );
    Ok(())
}

fn shown(name: &str, cost: &Cost, bare: Option<&Cost>) {
    let times = bare.map_or_else(String::new, |bare| format!("{:.1}", cost.cpu / bare.cpu));
    println!(
        "| {name} | {} | {:.0} | {:.2} | {:.2} | {:.0} | {times} |",
        cost.requests, cost.per_second, cost.median, cost.p99, cost.cpu
    );
}
