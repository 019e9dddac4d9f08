//! A store without room: no fault of what was sent, so it may be sent again.

use std::error::Error;
use std::io::{self, ErrorKind};

use crate::platform::refusal::{Failure, Refusal};

/// Seconds after which an upload may be tried again: somebody has to make room first.
const MAKING_ROOM_TAKES: i64 = 60;

/// What it means that a file could not be written or read: "try again" where the disk is full or
/// may only be read, which the log is told; else it is broken.
pub(super) fn failed(error: impl Into<anyhow::Error>) -> Failure {
    let error = error.into().context("the file store");
    let Some(why) = error.chain().find_map(hindrance) else {
        return Failure::Broken(error);
    };
    tracing::error!(error = format!("{error:#}"), "{why}: uploads can't be kept");
    Refusal::Unavailable(MAKING_ROOM_TAKES).into()
}

fn hindrance(error: &(dyn Error + 'static)) -> Option<&'static str> {
    match error.downcast_ref::<io::Error>()?.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            Some("the disk is full")
        }
        ErrorKind::ReadOnlyFilesystem => Some("the file system may only be read"),
        ErrorKind::PermissionDenied => Some("the folder may not be written"),
        _ => None,
    }
}
