//! What the mail part must be told: where links lead, who sends, which way out.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

/// Settings of outgoing mail.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Under which address people reach the server, without a slash at the end. All links in
    /// messages start with it, and its host stands in their `Message-ID`.
    pub public_url: String,
    /// The sender's address.
    pub from: String,
    /// The sender's name.
    pub from_name: String,
    /// The way out.
    pub way: Way,
    /// How long a server holds a message that it is sending, in seconds; as long as all that sending
    /// can wait for, or longer: [`TIMEOUTS_IN_A_LEASE`] time-outs.
    pub lease_seconds: i64,
    /// So many messages leave in any minute at most; 0: as many as there are.
    pub per_minute: u32,
}

/// So many steps of a dialogue can each take a time-out: over a kept connection that breaks,
/// then over a new one with encryption and sign-in. A lease lasts at least that long.
pub const TIMEOUTS_IN_A_LEASE: u64 = 20;

/// The way out for messages.
#[derive(Clone, Debug)]
pub enum Way {
    /// Into a folder, as files `.eml`.
    Folder(PathBuf),
    /// To a mail server.
    Smtp(SmtpSettings),
}

/// How to reach a mail server.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// Its name or address; certificates must be of this name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Encryption.
    pub tls: Tls,
    /// A file with certificates (PEM) of authorities to trust beside those of this machine.
    pub trusted: Option<PathBuf>,
    /// User and password, if it asks for them.
    pub sign_in: Option<(String, SecretString)>,
    /// How long each step may take.
    pub timeout: Duration,
}

/// How the connection to a mail server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte on.
    Wrapped,
    /// After a greeting in the clear; without encryption nothing is sent.
    StartTls,
    /// Not at all.
    None,
}

/// The address that links in letters and previews begin with: `server.public_url`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(pub String);
