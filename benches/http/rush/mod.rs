//! The rush before a deadline: thousands of cities save, attach and submit in its last minutes,
//! while reviewers and officers work.

mod run;
mod scene;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::ensure;
use civitas::app::App;
use civitas::competitions::store as competitions;
use civitas::platform::clock::Clock;
use serde_json::Value;

use self::run::{Run, expect};
use self::scene::Scene;
pub use self::scene::gather;
use crate::load::{Server, agent};

const GRACE: i64 = 10;

/// What became of a run.
#[derive(Default)]
pub struct Seen {
    saves: Vec<f64>,
    submissions: Vec<f64>,
    others: Vec<f64>,
    receipts: Vec<(usize, Value)>,
    late: usize,
    busy: usize,
    wrong: Vec<String>,
}

/// The whole benchmark on one database.
pub fn run(app: &App, scene: &Scene, servers: &[Server], seconds: u64) -> anyhow::Result<()> {
    let all = scene.cities.len();
    let half = one_run(app, scene, servers, 0..all / 3, seconds)?;
    let full = one_run(app, scene, servers, all / 3..all, seconds)?;
    println!("| load | cities | what | median ms | p99 ms | most ms |");
    println!("|---|---:|---|---:|---:|---:|");
    for (name, seen, cities) in [("half", &half, all / 3), ("full", &full, all - all / 3)] {
        for (what, taken) in [
            ("save a section", &seen.saves),
            ("submit", &seen.submissions),
            ("reviewers and officers", &seen.others),
        ] {
            println!(
                "| {name} | {cities} | {what} | {:.2} | {:.2} | {:.2} |",
                at(taken, 0.5),
                at(taken, 0.99),
                at(taken, 1.0)
            );
        }
    }
    for (name, seen) in [("half", &half), ("full", &full)] {
        println!(
            "\n{name} load: {} submissions with receipt, {} refused as too late, {} told to try again",
            seen.receipts.len(),
            seen.late,
            seen.busy
        );
        for wrong in seen.wrong.iter().take(5) {
            println!("WRONG: {wrong}");
        }
        ensure!(
            seen.wrong.is_empty(),
            "{} answers were wrong",
            seen.wrong.len()
        );
        true_receipts(scene, &servers[0], &seen.receipts)?;
    }
    println!(
        "p99 of a save at full load: {:.1} times the median at half the load",
        at(&full.saves, 0.99) / at(&half.saves, 0.5)
    );
    for (number, server) in servers.iter().enumerate() {
        println!(
            "server {number}: {:.0} MiB at most",
            server.memory("VmHWM")?
        );
    }
    Ok(())
}

fn at(taken: &[f64], part: f64) -> f64 {
    taken
        .get((taken.len().saturating_sub(1) as f64 * part) as usize)
        .copied()
        .unwrap_or_default()
}

fn one_run(
    app: &App,
    scene: &Scene,
    servers: &[Server],
    cities: std::ops::Range<usize>,
    seconds: u64,
) -> anyhow::Result<Seen> {
    extend(app, scene, seconds.cast_signed())?;
    let ports = servers.iter().map(|server| server.port).collect();
    let mut seen = Run::of(scene, ports, cities, seconds as f64);
    for taken in [&mut seen.saves, &mut seen.submissions, &mut seen.others] {
        taken.sort_by(f64::total_cmp);
    }
    Ok(seen)
}

/// Gives the stage so many seconds from now.
fn extend(app: &App, scene: &Scene, seconds: i64) -> anyhow::Result<()> {
    let (stage, now) = (scene.stage, Clock::system().now());
    let deadline = now.plus_seconds(seconds);
    Ok(app.db.write_here(now, move |w| {
        if let Some(mut stage) = competitions::stage(w, stage)? {
            stage.deadline = Some(deadline);
            stage.grace_seconds = i32::try_from(GRACE).unwrap_or(0);
            competitions::update_stage(w, &stage)?;
        }
        Ok(())
    })?)
}

/// A file of its own for each, in the form of an upload.
pub fn file(number: usize, size: usize) -> Vec<u8> {
    let mut body = b"--edge\r\ncontent-disposition: form-data; name=\"file\"; \
        filename=\"plan.pdf\"\r\ncontent-type: application/pdf\r\n\r\n"
        .to_vec();
    let mut bytes = format!("%PDF-1.7\n% {number}\n").into_bytes();
    bytes.resize(size, b'x');
    body.extend(bytes);
    body.extend(b"\r\n--edge--\r\n");
    body
}

/// Whether each receipt says what the server still says, and was given within the time.
fn true_receipts(
    scene: &Scene,
    server: &Server,
    receipts: &[(usize, Value)],
) -> anyhow::Result<()> {
    let agent = agent();
    for (city, receipt) in receipts {
        let id = &receipt["submission_id"];
        let answer = agent
            .get(format!(
                "http://127.0.0.1:{}/api/v1/submissions/{id}/receipt",
                server.port
            ))
            .header(
                "authorization",
                format!("Bearer {}", scene.cities[*city].token),
            )
            .call()?;
        let kept = expect(answer, 200)?;
        ensure!(
            &kept == receipt,
            "a receipt changed: {receipt} is now {kept}"
        );
    }
    println!("{} receipts are true", receipts.len());
    Ok(())
}

/// So many uploads of 20 MiB at once: gives the server's most memory, in MiB, and how many came in.
pub fn uploads(app: &App, scene: &Scene, server: &Server, count: usize) -> anyhow::Result<()> {
    extend(app, scene, 3_600)?;
    let before = server.memory("VmRSS")?;
    let (done, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let started = Instant::now();
    std::thread::scope(|scope| {
        for (number, city) in scene.cities.iter().take(count).enumerate() {
            let (done, refused) = (&done, &refused);
            scope.spawn(move || {
                let sent = agent()
                    .post(format!(
                        "http://127.0.0.1:{}/api/v1/proposals/{}/attachments?question=plan",
                        server.port, city.proposal
                    ))
                    .header("authorization", format!("Bearer {}", city.token))
                    .header("content-type", "multipart/form-data; boundary=edge")
                    .send(file(number, 20 * 1024 * 1024 - 1024));
                let came_in = sent.is_ok_and(|answer| answer.status() == 201);
                if came_in { done } else { refused }.fetch_add(1, Ordering::Relaxed);
            });
        }
    });
    println!(
        "\n{count} uploads of 20 MiB at once: {} came in, {} did not, in {:.1} s; resident memory {before:.0} MiB before, {:.0} MiB at most",
        done.into_inner(),
        refused.into_inner(),
        started.elapsed().as_secs_f64(),
        server.memory("VmHWM")?
    );
    Ok(())
}

/// `civitas audit verify` on what is left.
pub fn audited(command: &mut std::process::Command) -> anyhow::Result<()> {
    let told = command.output()?;
    let text = String::from_utf8_lossy(&told.stdout);
    ensure!(
        told.status.success(),
        "audit verify: {text}{}",
        String::from_utf8_lossy(&told.stderr)
    );
    println!("audit verify: {}", text.trim());
    Ok(())
}
