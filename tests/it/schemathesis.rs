//! Schemathesis against the demo, as everyone who may sign in there: nothing breaks, and no answer
//! is other than the document says.
//!
//! `CIVITAS_TEST_SCHEMATHESIS` holds options for `tests/schemathesis/run.py`, `--long --seed 7`, say.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use civitas::platform::db::Address;

use crate::demo::{Running, free_port};
use crate::world::empty_postgres;

fn civitas(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_civitas"));
    command.args(words).current_dir(folder);
    command
}

/// Serves the demo with these options, and looks at the answers to what is made up for it.
fn every_answer_is_as_documented(python: &str, folder: &Path, options: &[&str]) {
    let log = folder.join("log");
    let mut server = Running(
        civitas(folder, &["demo", "--json", "--port"])
            .arg(free_port().to_string())
            .args(options)
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap(),
    );
    let mut people = String::new();
    BufReader::new(server.0.stdout.take().unwrap())
        .read_line(&mut people)
        .unwrap();
    let people_file = folder.join("people.json");
    std::fs::write(&people_file, people).unwrap();

    let wanted = std::env::var("CIVITAS_TEST_SCHEMATHESIS").unwrap_or_default();
    let run = Command::new(python)
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/schemathesis/run.py"
        ))
        .arg(&people_file)
        .args(wanted.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stdout);
    println!("{told}");
    assert!(
        run.status.success(),
        "{told}\n{}\nThe server's log:\n{}",
        String::from_utf8_lossy(&run.stderr),
        std::fs::read_to_string(&log).unwrap()
    );
}

fn python() -> Option<String> {
    let python = std::env::var("CIVITAS_TEST_PYTHON").ok();
    if python.is_none() {
        eprintln!("skipped: CIVITAS_TEST_PYTHON names no Python (tests/run sets it)");
    }
    python
}

#[test]
fn every_answer_of_the_demo_is_as_documented_on_sqlite() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    every_answer_is_as_documented(&python, folder.path(), &[]);
}

#[test]
fn every_answer_of_the_demo_is_as_documented_on_postgres() {
    let (Some(python), Some(Address::Postgres(url))) = (python(), empty_postgres()) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let migrated = civitas(folder.path(), &["migrate", "--database", &url])
        .output()
        .unwrap();
    assert!(migrated.status.success(), "{migrated:?}");
    every_answer_is_as_documented(&python, folder.path(), &["--database", &url]);
}
