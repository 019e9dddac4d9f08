//! What keeps a server from writing: a full disk, a database that may only be read. Nothing that was
//! acknowledged is lost, people are asked to come back, and the operator is told.

mod full;
mod read_only;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use civitas::platform::db::Address;
use diesel::connection::SimpleConnection as _;

use crate::world::World;

/// A command with file systems of its own, which `setup` mounts; whatever is added to it is
/// what the program `civitas` is told. None, said aloud, where that is not allowed.
fn with_own_mounts(setup: &str) -> Option<Command> {
    let apart = |script: &str| {
        let mut command = Command::new("unshare");
        if !is_root() {
            command.arg("--map-root-user");
        }
        command.args(["--mount", "bash", "-ec", script]);
        command
    };
    let folder = tempfile::tempdir().unwrap();
    let tried = apart(&format!("mount -t tmpfs none {}", folder.path().display()))
        .stderr(Stdio::null())
        .status();
    if !tried.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no file system can be mounted here (root, or unshare, may)");
        return None;
    }
    let mut command = apart(&format!("{setup}\nexec \"$@\""));
    command.args(["bash", env!("CARGO_BIN_EXE_civitas")]);
    Some(command)
}

fn is_root() -> bool {
    let told = Command::new("id").arg("-u").output().unwrap().stdout;
    told == b"0\n"
}

/// A path as a process with file systems of its own sees it.
fn seen_by(process: u32, path: &Path) -> PathBuf {
    let inside = path.strip_prefix("/").unwrap();
    Path::new(&format!("/proc/{process}/root")).join(inside)
}

/// What a command says on standard error, kept in a file.
fn log_of(command: &mut Command, w: &World) -> PathBuf {
    let log = w.folder.path().join("log");
    command.stderr(File::create(&log).unwrap());
    log
}

impl World {
    /// A copy of the world's embedded database, in a folder of its own.
    fn seed(&self) -> PathBuf {
        let folder = self.folder.path().join("seed");
        std::fs::create_dir(&folder).unwrap();
        let Address::Sqlite(_) = self.app.db.address() else {
            panic!("an embedded database");
        };
        let mut conn = self.app.db.address().open().unwrap();
        let copy = folder.join("civitas.db");
        conn.batch_execute(&format!("VACUUM INTO '{}'; ", copy.display()))
            .unwrap();
        let mut copied = Address::Sqlite(copy).open().unwrap();
        copied
            .batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
            .unwrap();
        folder
    }
}
