//! What README.md tells to type works.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use civitas::platform::db::Address;

use crate::demo::{Running, free_port};
use crate::world::empty_postgres;

const README: &str = include_str!("../../README.md");

/// The shell blocks of the section with this heading.
fn blocks(heading: &str) -> Vec<&'static str> {
    let (_, section) = README
        .split_once(&format!("\n## {heading}\n"))
        .expect("the section");
    let section = section.split("\n## ").next().unwrap();
    let mut blocks: Vec<&str> = section.split("```sh\n").skip(1).collect();
    for block in &mut blocks {
        *block = block.split("```").next().unwrap();
    }
    blocks
}

#[test]
fn the_tour_leads_through_the_demo() {
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
    BufReader::new(running.0.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();

    let tour = blocks("Five minutes with curl").concat();
    let here = tour.replace("http://127.0.0.1:8080", &format!("http://127.0.0.1:{port}"));
    assert_ne!(tour, here, "the tour says where the demo is");
    // curl does as in the text, and lets the shell know of a refusal.
    let script = format!("curl() {{ command curl --fail-with-body \"$@\"; }}\n{here}");
    let walked = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(folder.path())
        .output()
        .expect("bash");
    let told = String::from_utf8_lossy(&walked.stdout).into_owned();
    let wrong = String::from_utf8_lossy(&walked.stderr).into_owned();
    assert!(walked.status.success(), "{told}\n{wrong}");
    assert!(told.contains("One table for the whole city"), "{told}");
}

/// Runs blocks of the README in a folder, where `civitas` is this program; gives what was told.
fn typed(folder: &Path, blocks: &str, database: &str) -> String {
    let (folder_of_program, _) = env!("CARGO_BIN_EXE_civitas").rsplit_once('/').unwrap();
    let path = format!("{folder_of_program}:{}", std::env::var("PATH").unwrap());
    let done = Command::new("bash")
        .args(["-euo", "pipefail", "-c", blocks])
        .current_dir(folder)
        .env("PATH", path)
        .env("CIVITAS__DATABASE__URL", database)
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stdout).unwrap()
}

/// The blocks of the chapter on running it that speak of PostgreSQL, or those that do not.
fn of_running_it(with_postgres: bool) -> Vec<&'static str> {
    let mut blocks = blocks("Running it for real");
    blocks.retain(|block| block.contains("kept/") == with_postgres);
    blocks
}

#[test]
fn a_backup_as_told_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let (here, database) = (folder.path(), "sqlite://civitas.db");
    typed(here, "civitas admin create you@example.org", database);
    let head = typed(here, "civitas audit head", database);
    let told = typed(here, &of_running_it(false).concat(), database);
    assert!(told.contains("is good"), "{told}");
    let elsewhere = "sqlite://elsewhere/civitas.db";
    typed(here, "civitas restore backups/*.tar", elsewhere);
    let verify = format!("civitas audit verify --head {head}");
    typed(here, &verify, elsewhere);
}

#[test]
fn a_backup_of_postgres_as_told_can_be_laid_back() {
    let there = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !there("pg_dump") || !there("rsync") {
        eprintln!("skipped: there is no pg_dump or no rsync (tests/run installs them)");
        return;
    }
    let Some(Address::Postgres(database)) = empty_postgres() else {
        return;
    };
    let Some(Address::Postgres(another)) = empty_postgres() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::create_dir_all(here.join("files/kept/ab")).unwrap();
    std::fs::write(here.join("files/kept/ab/abc"), "an upload").unwrap();
    typed(
        here,
        "civitas migrate && civitas admin create you@example.org",
        &database,
    );
    let head = typed(here, "civitas audit head", &database);
    let both = of_running_it(true);
    let [backup, back] = both.as_slice() else {
        panic!("{both:?}");
    };
    typed(here, backup, &database);
    std::fs::remove_dir_all(here.join("files/kept/ab")).unwrap();
    typed(here, back, &another);
    assert!(here.join("files/kept/ab/abc").exists());
    let verify = format!("civitas audit verify --head {head}");
    typed(here, &verify, &another);
}
