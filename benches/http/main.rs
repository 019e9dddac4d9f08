//! `cargo bench --bench http`: what the main requests cost the server, beside the bare limit.
//!
//! A thousand proposals with four reviews each lie in one SQLite file. The server runs in a process
//! of its own, then a bare actix-web with diesel on the same file, and both get the same load from
//! this process. The server's processor time is what `/proc` says of its process.
//! `CIVITAS_BENCH_PROPOSALS` names another size.
//!
//! `cargo bench --bench http -- rush`: the last minutes before a deadline; `-- growth`: what the
//! main requests cost at a hundred to a hundred thousand proposals.
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
mod growth;
mod load;
mod rush;

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
    let folder = tempfile::tempdir()?;
    match words.get(1).map(String::as_str) {
        Some("rush") => rushed(folder.path()),
        Some("growth") => grown(folder.path()),
        _ => compared(folder.path()),
    }
}

/// A number that the environment gives, or another.
fn number(name: &str, else_: usize) -> anyhow::Result<usize> {
    match std::env::var(name) {
        Ok(number) => Ok(number.parse()?),
        Err(_) => Ok(else_),
    }
}

fn compared(folder: &Path) -> anyhow::Result<()> {
    let size = number("CIVITAS_BENCH_PROPOSALS", 1_000)?;
    let database = folder.join("civitas.db");
    let crowd = crowd::gather(&opened(&Address::Sqlite(database.clone()))?, size)?;
    println!(
        "\n{size} proposals with {} reviews each, SQLite\n",
        crowd::REVIEWS
    );
    println!("| request | requests | requests/s | median ms | p99 ms | server CPU µs | × bare |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let bare = measured_bare(&database, &crowd)?;
    let server = served(folder, &url_of(&database))?;
    let (ready, server) = (server.ready_after, server.settled()?);
    let resting = server.memory("VmRSS")?;
    let ours = reads(&server, "/api/v1", &crowd, true)?;
    for ((name, bare), (_, ours)) in bare.iter().zip(&ours) {
        shown(&format!("{name}, bare"), bare, None);
        shown(name, ours, Some(bare));
    }
    submissions(&server, &crowd, folder)?;
    connections(&server)?;
    println!("\nfrom start to ready: {:.0} ms", ready.as_secs_f64() * 1e3);
    println!(
        "resident memory: {resting:.0} MiB at rest, {:.0} MiB at most",
        server.memory("VmHWM")?
    );
    Ok(())
}

/// The rush before a deadline, on SQLite or on the PostgreSQL database that
/// `CIVITAS_BENCH_DATABASE` names, with `CIVITAS_BENCH_SERVERS` before it.
fn rushed(folder: &Path) -> anyhow::Result<()> {
    let seconds = number("CIVITAS_BENCH_SECONDS", 120)?;
    let cities = number("CIVITAS_BENCH_CITIES", 2_000)?;
    let url = std::env::var("CIVITAS_BENCH_DATABASE")
        .unwrap_or_else(|_| url_of(&folder.join("civitas.db")));
    let app = opened(&Address::parse(&url)?)?;
    let scene = rush::gather(&app, cities * 3 / 2)?;
    let servers = (0..number("CIVITAS_BENCH_SERVERS", 1)?)
        .map(|_| served(folder, &url)?.settled())
        .collect::<anyhow::Result<Vec<_>>>()?;
    rush::run(&app, &scene, &servers, seconds as u64)?;
    rush::uploads(&app, &scene, &servers[0], 64)?;
    drop(servers);
    let mut command = Command::new(env!("CARGO_BIN_EXE_civitas"));
    command.args(["audit", "verify", "--database", &url]);
    rush::audited(command.current_dir(folder))
}

/// The cost of the main requests at several sizes: `CIVITAS_BENCH_SIZES`, apart by commas.
fn grown(folder: &Path) -> anyhow::Result<()> {
    let sizes = std::env::var("CIVITAS_BENCH_SIZES").unwrap_or("100,1000,10000,100000".into());
    let mut columns = Vec::new();
    for size in sizes.split(',') {
        let database = folder.join(format!("of-{size}.db"));
        let crowd = crowd::gather(&opened(&Address::Sqlite(database.clone()))?, size.parse()?)?;
        let server = served(folder, &url_of(&database))?.settled()?;
        columns.push((
            size,
            growth::costs(&server, &crowd)?,
            server.memory("VmRSS")?,
        ));
    }
    println!("\nserver CPU in µs for each request, by proposals in the stage, SQLite\n");
    let heads: Vec<&str> = columns.iter().map(|column| column.0).collect();
    println!("| request | {} |", heads.join(" | "));
    println!("|---|{}", "---:|".repeat(columns.len()));
    for (row, (name, _)) in columns[0].1.iter().enumerate() {
        let cells: Vec<String> = columns
            .iter()
            .map(|column| format!("{:.0}", column.1[row].1))
            .collect();
        println!("| {name} | {} |", cells.join(" | "));
    }
    let memory: Vec<String> = columns
        .iter()
        .map(|column| format!("{:.0}", column.2))
        .collect();
    println!("| resident memory, MiB | {} |", memory.join(" | "));
    Ok(())
}

fn opened(address: &Address) -> anyhow::Result<App> {
    migrate::run(&mut address.open()?)?;
    let db = Db::open(address, 4, Entropy::system())?;
    Ok(App::new(
        db,
        Clock::system(),
        &Terms::of(&Config::defaults()?),
    )?)
}

fn url_of(database: &Path) -> String {
    format!("sqlite://{}", database.display())
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn served(folder: &Path, database: &str) -> anyhow::Result<Server> {
    let (port, metrics) = (free_port()?, free_port()?);
    let mut command = Command::new(env!("CARGO_BIN_EXE_civitas"));
    command
        .args(["serve", "--database", database])
        .current_dir(folder)
        .env("CIVITAS__SERVER__BIND", format!("127.0.0.1:{port}"))
        .env(
            "CIVITAS__SERVER__METRICS_BIND",
            format!("127.0.0.1:{metrics}"),
        )
        .env("CIVITAS__SECURITY__SECOND_FACTOR", "optional")
        .env("CIVITAS__LOG__LEVEL", "error");
    let mut server = Server::start(&mut command, port)?;
    server.metrics = metrics;
    Ok(server)
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
    let (mut costs, mut commits, mut units) = (Vec::new(), 0.0, 0.0);
    for _ in 0..8 {
        // Each has one change to hand in: what is measured is the handing in alone.
        let rounds = crowd.submitting.iter().enumerate();
        let agent = load::agent();
        for (client, _) in rounds {
            retitled(&agent, client)?;
        }
        let before = (
            server.counted("civitas_sqlite_commits_total")?,
            server.counted("civitas_sqlite_writes_total")?,
        );
        costs.push(load(server, clients, clients, submitted)?);
        commits += server.counted("civitas_sqlite_commits_total")? - before.0;
        units += server.counted("civitas_sqlite_writes_total")? - before.1;
    }
    costs.sort_by(|a, b| a.cpu.total_cmp(&b.cpu));
    let cost = &costs[costs.len() / 2];
    shown("durable submission", cost, None);
    println!("\none-row commits of SQLite on this disk: {disk:.0} per second");
    println!(
        "of the submissions: {:.1} to a commit, which is one fsync ({commits} for {units} units of writing)",
        (clients * 8) as f64 / commits
    );
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
