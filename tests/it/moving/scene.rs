//! A competition that is open today, an upload in its draft, and a server over it.

use std::path::{Path, PathBuf};
use std::process::Output;

use civitas::platform::clock::Clock;
use civitas::platform::db::Address;
use civitas::platform::db::schema::stages;
use diesel::prelude::*;

use crate::commands::civitas;
use crate::demo::free_port;
use crate::proposals::scene::Scene;
use crate::served::{Client, Served};
use crate::world::{Actor, World};

pub const WORDS: &str = "A letter of commitment.\n";

pub struct Today {
    pub w: World,
    pub scene: Scene,
    pub editor: Actor,
    pub attachment: i64,
}

impl Today {
    pub async fn begin() -> Self {
        let mut w = World::on_sqlite().await;
        let scene = Scene::open(&mut w).await;
        w.clock.set(Clock::system().now());
        w.write(|w| {
            let tomorrow = Some(w.now().plus_days(1));
            diesel::update(stages::table)
                .set(stages::deadline.eq(tomorrow))
                .execute(w.conn())?;
            Ok(())
        });
        let editor = w.sign_in(scene.editor.id);
        let mut today = Self {
            w,
            scene,
            editor,
            attachment: 0,
        };
        let (served, client) = today.serve();
        let path = format!(
            "/api/v1{}",
            today.scene.path("/attachments?question=letters")
        );
        let kept = client.upload(&path, WORDS);
        assert_eq!(kept.status, 201, "{kept:?}");
        today.attachment = kept.json["id"].as_i64().unwrap();
        served.stop();
        today
    }

    /// A server, and the editor at it.
    pub fn serve(&self) -> (Served, Client) {
        let port = free_port();
        let served = self.w.serve(port, &[]);
        (served, Client::new(port, &self.editor.token))
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.w.folder.path().join(name)
    }

    /// Runs a command over the instance.
    pub fn command(&self, words: &[&str]) -> Output {
        civitas(self.w.folder.path(), self.w.app.db.address(), words)
    }

    /// Makes a backup; gives where it is.
    pub fn backup(&self, name: &str) -> PathBuf {
        well(&self.command(&["backup", name]));
        self.at(name)
    }

    /// Where the bytes of the only upload lie.
    pub fn kept(&self) -> PathBuf {
        let kept = self.at("files/kept");
        let folder = only(&kept);
        only(&folder)
    }
}

fn only(folder: &Path) -> PathBuf {
    let mut inside: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(inside.len(), 1, "{inside:?}");
    inside.pop().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// It did well; gives what it said.
pub fn well(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// It did not; gives why.
pub fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    text(&output.stderr)
}

/// Somewhere else, where nothing is yet.
pub struct Elsewhere(pub tempfile::TempDir);

impl Elsewhere {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn database(&self) -> Address {
        Address::Sqlite(self.0.path().join("civitas.db"))
    }

    pub fn command(&self, words: &[&str]) -> Output {
        civitas(self.0.path(), &self.database(), words)
    }

    pub fn with(&self, command: &str, file: &Path) -> Output {
        self.command(&[command, file.to_str().unwrap()])
    }

    pub fn check(&self, file: &Path) -> Output {
        self.command(&["restore", "--check", file.to_str().unwrap()])
    }

    /// Nothing was laid down but, if anything, empty folders.
    pub fn is_bare(&self) {
        let mut folders = vec![self.0.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                assert!(path.is_dir(), "{} was left", path.display());
                folders.push(path);
            }
        }
    }
}
