//! Load from this process on a server of another, and what it cost there.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use civitas::platform::db::Address;
use diesel::{RunQueryDsl as _, sql_query};

/// A server in a process of its own; killed at the end.
pub struct Server {
    process: Child,
    pub port: u16,
    /// Where its metrics are.
    pub metrics: u16,
    /// From its start until it was ready.
    pub ready_after: Duration,
}

impl Server {
    /// Starts it and waits until it serves.
    pub fn start(command: &mut Command, port: u16) -> anyhow::Result<Self> {
        let started = Instant::now();
        let process = command.stdout(Stdio::null()).spawn()?;
        let mut server = Self {
            process,
            port,
            metrics: 0,
            ready_after: Duration::ZERO,
        };
        let agent = agent();
        let url = format!("http://127.0.0.1:{port}/health/ready");
        while !agent
            .get(&url)
            .call()
            .is_ok_and(|answer| answer.status() == 200)
        {
            ensure!(
                server.process.try_wait()?.is_none(),
                "the server ended by itself"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
        server.ready_after = started.elapsed();
        Ok(server)
    }

    /// What one of its counters says.
    pub fn counted(&self, name: &str) -> anyhow::Result<f64> {
        let url = format!("http://127.0.0.1:{}/metrics", self.metrics);
        let text = agent().get(url).call()?.body_mut().read_to_string()?;
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        Ok(line.map_or(Ok(0.0), |value| value.trim().parse())?)
    }

    /// Waits until it has nothing to do by itself: the sample's letters left, and what each minute
    /// brings is done.
    pub fn settled(self) -> anyhow::Result<Self> {
        let (mut before, mut quiet) = (self.cpu()?, 0);
        for _ in 0..1_200 {
            std::thread::sleep(Duration::from_millis(100));
            let now = self.cpu()?;
            quiet = if now - before < 0.005 { quiet + 1 } else { 0 };
            before = now;
            if quiet == 15 {
                return Ok(self);
            }
        }
        anyhow::bail!("the server found no rest in two minutes")
    }

    /// Seconds of processor time that it has used, by user and system.
    fn cpu(&self) -> anyhow::Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let (_, after_name) = stat.rsplit_once(')').context("a process has a name")?;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
        Ok(ticks / 100.0)
    }

    /// A line of `/proc/PID/status` in MiB, `VmRSS` or `VmHWM`.
    pub fn memory(&self, line: &str) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let value = status
            .lines()
            .find_map(|found| found.strip_prefix(line)?.strip_prefix(':'))
            .and_then(|value| value.split_whitespace().next())
            .context("no such line")?;
        Ok(value.parse::<f64>()? / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(60)))
        .build()
        .into()
}

/// What a load came to.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub requests: usize,
    pub per_second: f64,
    /// Milliseconds.
    pub median: f64,
    pub p99: f64,
    /// Microseconds of the server's processors for each request.
    pub cpu: f64,
}

/// `clients` at once share so many `requests` evenly; each asks by its number.
pub fn load(
    server: &Server,
    clients: usize,
    requests: usize,
    ask: impl Fn(&ureq::Agent, usize) -> anyhow::Result<()> + Sync,
) -> anyhow::Result<Cost> {
    let (before, started) = (server.cpu()?, Instant::now());
    let per_client = std::thread::scope(|scope| {
        let all: Vec<_> = (0..clients)
            .map(|client| {
                let ask = &ask;
                scope.spawn(move || {
                    let (agent, mut taken) = (agent(), Vec::new());
                    for _ in 0..requests / clients {
                        let asked = Instant::now();
                        ask(&agent, client)?;
                        taken.push(asked.elapsed().as_secs_f64() * 1e3);
                    }
                    anyhow::Ok(taken)
                })
            })
            .collect();
        all.into_iter()
            .map(|one| {
                one.join()
                    .map_err(|_| anyhow::anyhow!("a client stopped"))?
            })
            .collect::<anyhow::Result<Vec<_>>>()
    })?;
    let seconds = started.elapsed().as_secs_f64();
    let mut taken: Vec<f64> = per_client.into_iter().flatten().collect();
    taken.sort_by(f64::total_cmp);
    let at = |part: f64| taken[((taken.len() - 1) as f64 * part) as usize];
    Ok(Cost {
        requests: taken.len(),
        per_second: taken.len() as f64 / seconds,
        median: at(0.5),
        p99: at(0.99),
        cpu: (server.cpu()? - before) * 1e6 / taken.len() as f64,
    })
}

/// Commits of one row each, per second, that SQLite does in a file in this folder, set as ours is.
pub fn commits_per_second(folder: &std::path::Path) -> anyhow::Result<f64> {
    let address = Address::Sqlite(folder.join("commits.db"));
    let mut conn = address.open()?;
    sql_query("CREATE TABLE one (id INTEGER PRIMARY KEY, text TEXT)").execute(&mut conn)?;
    let started = Instant::now();
    let rounds = 500;
    for _ in 0..rounds {
        sql_query("INSERT INTO one (text) VALUES ('of no weight')").execute(&mut conn)?;
    }
    Ok(f64::from(rounds) / started.elapsed().as_secs_f64())
}
