//! What README.md tells to type works.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::demo::{Running, free_port};

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

#[test]
fn a_backup_as_told_can_be_read() {
    let there = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !there("sqlite3") || !there("rsync") {
        eprintln!("skipped: there is no sqlite3 or no rsync (tests/run installs them)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("files/kept")).unwrap();
    let civitas = |words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_civitas"))
            .args(words)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{words:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    civitas(&["admin", "create", "you@example.org"]);
    let head = civitas(&["audit", "head"]);
    let made = Command::new("bash")
        .args([
            "-euo",
            "pipefail",
            "-c",
            &blocks("Running it for real").concat(),
        ])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let copy = ["--database", "sqlite://backup/civitas.db"];
    civitas(&[&["audit", "verify", "--head", head.trim()], &copy[..]].concat());
}
