//! The settings as typed values; `config/default.toml` explains each at length.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};

/// Every setting.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How it listens and serves.
    pub server: ServerConfig,
    /// How it logs.
    pub log: LogConfig,
    /// Where the data live.
    pub database: DatabaseConfig,
    /// How messages leave.
    pub mail: MailConfig,
    /// Where uploads lie.
    pub files: FilesConfig,
    /// Sessions, passwords, second factors.
    pub security: SecurityConfig,
    /// How much of something is enough.
    pub limits: LimitsConfig,
}

/// How it listens and serves.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// Where the server listens.
    pub bind: SocketAddr,
    /// Under which address people reach it; no slash at its end.
    pub public_url: String,
    /// Threads that serve; 0: as many as there are cores.
    pub workers: usize,
    /// Proxies whose Forwarded headers count.
    #[serde(deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// Largest JSON body, in bytes.
    pub body_limit_bytes: usize,
    /// Seconds within which a request's body must have come in whole.
    pub request_timeout_seconds: u64,
    /// Seconds for which the server goes on after SIGTERM, and says that it is not ready.
    pub leave_seconds: u64,
    /// Seconds that running requests get after that.
    pub shutdown_seconds: u64,
    /// Where metrics are found; `None`: nowhere.
    #[serde(deserialize_with = "address_or_none")]
    pub metrics_bind: Option<SocketAddr>,
}

/// How it logs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// For people or for machines.
    pub format: LogFormat,
    /// A filter such as `info` or `info,civitas=debug`.
    pub level: String,
}

/// For whom the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object on each line.
    Json,
}

/// Where the data live.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `sqlite://PATH` or `postgres://…`; secret, as it may hold a password.
    pub url: SecretString,
    /// Connections for reading; on PostgreSQL as many again for writing.
    pub connections: u32,
    /// Requests that may wait for a connection at once; further ones are answered 503.
    pub waiting: usize,
}

/// How messages leave.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// Into a folder or to a mail server.
    pub transport: MailTransport,
    /// The folder.
    pub folder: PathBuf,
    /// Sender's address.
    pub from: String,
    /// Sender's name.
    pub from_name: String,
    /// Mail server's name.
    pub smtp_host: String,
    /// Mail server's port.
    pub smtp_port: u16,
    /// Whether and how the connection is encrypted.
    pub smtp_tls: SmtpTls,
    /// Certificates to trust beside those of this machine; empty: none.
    pub smtp_ca_file: PathBuf,
    /// User at the mail server; empty: no signing in.
    pub smtp_user: String,
    /// Its password.
    pub smtp_password: SecretString,
    /// Seconds after which a silent mail server is given up.
    pub timeout_seconds: u64,
    /// Seconds for which a server holds a message that it sends.
    pub lease_seconds: i64,
    /// Messages that leave in any minute at most; 0: as many as there are.
    pub per_minute: u32,
}

/// Where messages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTransport {
    /// Files in a folder.
    Folder,
    /// A mail server.
    Smtp,
}

/// Encryption towards the mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpTls {
    /// None at all.
    None,
    /// Begun in the clear, then upgraded; refused if the server can't.
    Starttls,
    /// From the first byte.
    Tls,
}

/// Where uploads lie.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilesConfig {
    /// This machine or an S3-compatible store.
    pub store: FileStore,
    /// The folder on this machine.
    pub folder: PathBuf,
    /// Largest upload, in bytes.
    pub upload_limit_bytes: u64,
    /// All uploads of one coalition, in bytes.
    pub quota_per_coalition_bytes: u64,
    /// Bucket.
    pub s3_bucket: String,
    /// Its region.
    pub s3_region: String,
    /// The store's address; empty: Amazon's.
    pub s3_endpoint: String,
    /// Key; empty: the machine's own role.
    pub s3_access_key: SecretString,
    /// The key's secret.
    pub s3_secret_key: SecretString,
    /// Whether the store may be reached without TLS.
    pub s3_allow_http: bool,
    /// Whether readers are led to the store for a file's bytes.
    pub s3_links: bool,
}

/// What keeps the uploads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileStore {
    /// A folder of this machine.
    Local,
    /// A bucket.
    S3,
}

/// Sessions, passwords, second factors.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityConfig {
    /// Whether staff need a second factor to use their rights.
    pub second_factor: SecondFactor,
    /// Minutes for which an access token is good.
    pub access_token_minutes: i64,
    /// Days after sign-in for which a session of the API lasts.
    pub refresh_token_days: i64,
    /// Minutes since sign-in within which dangerous acts are allowed.
    pub fresh_sign_in_minutes: i64,
    /// Minutes without use after which a session of the pages ends.
    pub page_session_idle_minutes: i64,
    /// Hours after which it ends in any case.
    pub page_session_hours: i64,
    /// Memory for one hash, in KiB.
    pub argon2_memory_kib: u32,
    /// Rounds of one hash.
    pub argon2_iterations: u32,
    /// Lanes of one hash.
    pub argon2_parallelism: u32,
}

/// Whether staff need a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecondFactor {
    /// Their rights count only in a session that has it.
    Required,
    /// Their rights count in any session.
    Optional,
}

/// How much of something is enough.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    /// Invitations that one coalition may have sent.
    pub invitations_per_coalition: i64,
}

/// Whether a setting's value must not be shown.
pub fn is_secret(key: &str) -> bool {
    matches!(
        key,
        "database.url" | "mail.smtp_password" | "files.s3_access_key" | "files.s3_secret_key"
    )
}

fn address_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(from)?;
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        de::Error::custom(format!(
            "{text:?} is not an address with a port, like 127.0.0.1:9464"
        ))
    })
}

fn networks<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpNet>, D::Error> {
    Vec::<String>::deserialize(from)?
        .iter()
        .map(|text| {
            let alone = || text.parse::<IpAddr>().ok().map(IpNet::from);
            text.parse::<IpNet>()
                .ok()
                .or_else(alone)
                .ok_or_else(|| de::Error::custom(format!("{text:?} is no address or network")))
        })
        .collect()
}
