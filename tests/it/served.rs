//! Servers of their own process over the world's database, reached over TCP like any other.

use std::process::{Command, Stdio};
use std::time::Duration;

use actix_web::http::Method;
use civitas::platform::db::Address;
use serde_json::Value;

use crate::demo::Running;
use crate::world::World;

/// `civitas serve`; killed at the end, whatever happens.
pub struct Served {
    process: Running,
}

impl World {
    /// The database as commands take it.
    pub fn database_url(&self) -> String {
        match self.app.db.address() {
            Address::Sqlite(path) => format!("sqlite://{}", path.display()),
            Address::Postgres(url) => url.clone(),
        }
    }

    /// Starts a server with these settings over this world's database, and waits until it serves.
    pub fn serve(&self, port: u16, settings: &[(&str, String)]) -> Served {
        Served::start(self, &self.database_url(), port, settings)
    }
}

impl Served {
    /// As [`World::serve`], over another address of a database.
    pub fn start(w: &World, database: &str, port: u16, settings: &[(&str, String)]) -> Self {
        let civitas = Command::new(env!("CARGO_BIN_EXE_civitas"));
        Self::by(civitas, w, database, port, settings)
    }

    /// As [`Served::start`], by a command that ends in becoming the program.
    pub fn by(
        mut command: Command,
        w: &World,
        database: &str,
        port: u16,
        settings: &[(&str, String)],
    ) -> Self {
        let process = command
            .args(["serve", "--database", database])
            .current_dir(w.folder.path())
            .env("CIVITAS__SERVER__BIND", format!("127.0.0.1:{port}"))
            .env("CIVITAS__SERVER__METRICS_BIND", "")
            .env("CIVITAS__SECURITY__SECOND_FACTOR", "optional")
            .env("CIVITAS__FILES__FOLDER", w.folder.path().join("files"))
            .env("CIVITAS__MAIL__FOLDER", w.folder.path().join("mail"))
            .env("CIVITAS__LOG__LEVEL", "error")
            .envs(settings.iter().map(|(name, value)| (*name, value)))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut served = Self {
            process: Running(process),
        };
        let client = Client::new(port, "");
        while client
            .get("/health/ready")
            .is_none_or(|answer| answer.status != 200)
        {
            let ended = served.process.0.try_wait().unwrap();
            assert!(ended.is_none(), "the server ended by itself: {ended:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
        served
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.0.id()
    }

    /// SIGKILL: it has no time for anything.
    pub fn kill(&mut self) {
        self.process.0.kill().unwrap();
        self.process.0.wait().unwrap();
    }

    /// SIGTERM: it finishes what runs, and ends well.
    pub fn stop(self) {
        self.process.stop();
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub etag: String,
    pub retry_after: Option<String>,
    pub json: Value,
}

fn answered(mut answer: ureq::http::Response<ureq::Body>) -> Option<Answer> {
    let text = answer.body_mut().read_to_string().ok()?;
    let header = |name: &str| {
        let value = answer.headers().get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    Some(Answer {
        status: answer.status().as_u16(),
        etag: header("etag").unwrap_or_default(),
        retry_after: header("retry-after"),
        json: serde_json::from_str(&text).unwrap_or_default(),
    })
}

/// A program that talks to a server for somebody.
pub struct Client {
    agent: ureq::Agent,
    base: String,
    token: String,
}

impl Client {
    pub fn new(port: u16, token: &str) -> Self {
        Self::at("127.0.0.1", port, token)
    }

    /// As [`Client::new`], by another name of this machine.
    pub fn at(host: &str, port: u16, token: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        Self {
            agent,
            base: format!("http://{host}:{port}"),
            token: token.to_owned(),
        }
    }

    /// Asks; none when no answer came.
    pub fn send(
        &self,
        method: &Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Option<Answer> {
        let mut request = self.request(method, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_string()).unwrap())
            }
            None => self.agent.run(request.body(()).unwrap()),
        };
        answered(answer.ok()?)
    }

    fn request(&self, method: &Method, path: &str) -> ureq::http::request::Builder {
        let request = ureq::http::Request::builder()
            .method(method.as_str())
            .uri(format!("{}{path}", self.base));
        if self.token.is_empty() {
            return request;
        }
        request.header("authorization", format!("Bearer {}", self.token))
    }

    /// Sends a file of plain text as a form.
    pub fn upload(&self, path: &str, text: &str) -> Answer {
        let form = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"letter.txt\"\r\n\
             Content-Type: text/plain\r\n\r\n{text}\r\n--edge--\r\n"
        );
        let request = self
            .request(&Method::POST, path)
            .header("content-type", "multipart/form-data; boundary=edge");
        let answer = self.agent.run(request.body(form).unwrap()).unwrap();
        answered(answer).expect("an answer")
    }

    pub fn get(&self, path: &str) -> Option<Answer> {
        self.send(&Method::GET, path, &[], None)
    }

    /// The words of what is served there.
    pub fn text(&self, path: &str) -> String {
        let answer = self
            .agent
            .run(self.request(&Method::GET, path).body(()).unwrap());
        answer.unwrap().body_mut().read_to_string().unwrap()
    }

    /// Reads until an answer comes.
    pub fn read(&self, path: &str) -> Answer {
        loop {
            match self.get(path) {
                Some(answer) if answer.status == 200 => return answer,
                Some(answer) if answer.status == 503 => {}
                Some(other) => panic!("GET {path}: {other:?}"),
                None => {}
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Acts under a key, again and again until an answer comes, as a careful program does.
    pub fn act(&self, path: &str, key: &str, body: &Value) -> Answer {
        loop {
            let answer = self.send(&Method::POST, path, &[("idempotency-key", key)], Some(body));
            match answer {
                Some(answer) if answer.status < 300 => return answer,
                Some(answer) if answer.status == 503 => {}
                Some(answer) if answer.json["type"] == "/problems/still-running" => {}
                Some(other) => panic!("POST {path}: {other:?}"),
                None => {}
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Changes what is read until it is as wanted, as a person does who saw the connection break.
    pub fn save(&self, path: &str, body: &Value, is_there: impl Fn(&Value) -> bool) {
        loop {
            let read = self.read(path);
            if is_there(&read.json) {
                return;
            }
            let headers = [("if-match", read.etag.as_str())];
            match self.send(&Method::PUT, path, &headers, Some(body)) {
                Some(answer) if answer.status == 200 => return,
                Some(answer) if matches!(answer.status, 412 | 503) => {}
                Some(other) => panic!("PUT {path}: {other:?}"),
                None => {}
            }
        }
    }
}
