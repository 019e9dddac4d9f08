//! What the main requests cost as a stage grows: the same, whether it has a hundred proposals or a
//! hundred thousand.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::ensure;
use serde_json::json;

use crate::crowd::Crowd;
use crate::load::{Server, load};

/// Requests of one kind; a change is asked for less often.
const READS: usize = 400;
const CHANGES: usize = 64;

/// Microseconds of the server's processors for each kind of request.
pub fn costs(server: &Server, crowd: &Crowd) -> anyhow::Result<Vec<(&'static str, f64)>> {
    let (stage, submission) = (crowd.stage, crowd.submission);
    let mut costs = Vec::new();
    for (name, path, token) in [
        (
            "one proposal, as a reviewer",
            format!("/submissions/{submission}"),
            &crowd.reviewer,
        ),
        (
            "own assignments, as a reviewer",
            "/me/assignments?limit=50".to_owned(),
            &crowd.reviewer,
        ),
        (
            "fifty submissions, as an officer",
            format!("/stages/{stage}/submissions?limit=50"),
            &crowd.officer,
        ),
        (
            "fifty with scores, as an officer",
            format!("/stages/{stage}/results?limit=50"),
            &crowd.officer,
        ),
        (
            "own proposals, as a convenor",
            "/me/proposals".to_owned(),
            &crowd.submitting[0].1,
        ),
    ] {
        let url = format!("http://127.0.0.1:{}/api/v1{path}", server.port);
        let ask = |agent: &ureq::Agent, _| read(agent, &url, token).map(drop);
        load(server, 4, 40, ask)?;
        costs.push((name, load(server, 4, READS, ask)?.cpu));
    }
    costs.push(("save a title, as a convenor", saves(server, crowd)?));
    costs.push(("submit, as a convenor", submits(server, crowd)?));
    costs.push((
        "the first list after a change",
        after_a_change(server, crowd)?,
    ));
    Ok(costs)
}

fn read(agent: &ureq::Agent, url: &str, token: &str) -> anyhow::Result<String> {
    let mut answer = agent
        .get(url)
        .header("authorization", format!("Bearer {token}"))
        .call()?;
    let tag = answer
        .headers()
        .get("etag")
        .and_then(|tag| tag.to_str().ok());
    let tag = tag.unwrap_or_default().to_owned();
    let status = answer.status();
    let text = answer.body_mut().read_to_string()?;
    ensure!(status == 200, "{url}: {status} {text}");
    Ok(tag)
}

fn proposal(server: &Server, crowd: &Crowd, client: usize) -> (String, String) {
    let (proposal, token) = &crowd.submitting[client % crowd.submitting.len()];
    let url = format!(
        "http://127.0.0.1:{}/api/v1/proposals/{proposal}",
        server.port
    );
    (url, token.clone())
}

fn retitled(
    server: &Server,
    crowd: &Crowd,
    agent: &ureq::Agent,
    client: usize,
) -> anyhow::Result<()> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let (url, token) = proposal(server, crowd, client);
    let etag = read(agent, &url, &token)?;
    let title = format!("Version {}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let saved = agent
        .put(&url)
        .header("authorization", format!("Bearer {token}"))
        .header("if-match", etag)
        .send_json(json!({"title": title}))?;
    ensure!(saved.status() == 200, "PUT {url}: {}", saved.status());
    Ok(())
}

/// With the reading before it.
fn saves(server: &Server, crowd: &Crowd) -> anyhow::Result<f64> {
    let cost = load(server, CHANGES, CHANGES, |agent, client| {
        retitled(server, crowd, agent, client)
    })?;
    Ok(cost.cpu)
}

fn submitted(
    server: &Server,
    crowd: &Crowd,
    agent: &ureq::Agent,
    client: usize,
) -> anyhow::Result<()> {
    let (url, token) = proposal(server, crowd, client);
    let answer = agent
        .post(format!("{url}/submissions"))
        .header("authorization", format!("Bearer {token}"))
        .send_json(json!({}))?;
    ensure!(answer.status() == 201, "POST {url}: {}", answer.status());
    Ok(())
}

fn submits(server: &Server, crowd: &Crowd) -> anyhow::Result<f64> {
    let cost = load(server, CHANGES, CHANGES, |agent, client| {
        submitted(server, crowd, agent, client)
    })?;
    Ok(cost.cpu)
}

/// A submission in the competition under review, then the list of its results.
fn after_a_change(server: &Server, crowd: &Crowd) -> anyhow::Result<f64> {
    let url = format!(
        "http://127.0.0.1:{}/api/v1/stages/{}/results?limit=50",
        server.port, crowd.stage
    );
    let mut total = 0.0;
    let rounds = 3;
    for _ in 0..rounds {
        crowd.change()?;
        total += load(server, 1, 1, |agent, _| {
            read(agent, &url, &crowd.officer).map(drop)
        })?
        .cpu;
    }
    Ok(total / f64::from(rounds))
}
