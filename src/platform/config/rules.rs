//! What settings must hold together, checked before anything starts.

use std::net::IpAddr;

use actix_web::http::Uri;
use anyhow::bail;
use secrecy::ExposeSecret as _;

use super::{Config, FileStore, MailTransport, SmtpTls};
use crate::platform::db::Address;
use crate::platform::mail::TIMEOUTS_IN_A_LEASE;

/// Secrets that guides and samples use, so that everyone knows them. They are compared in lower
/// case.
const EXAMPLES: &[&str] = &[
    "changeme",
    "change-me",
    "change_me",
    "changeit",
    "default",
    "example",
    "foobar",
    "letmein",
    "minio",
    "minioadmin",
    "passw0rd",
    "password",
    "postgres",
    "qwerty",
    "root",
    "s3cr3t",
    "secret",
    "test",
    "topsecret",
    "xxx",
    "your-password",
    "your-secret",
    "your_password",
    "akiaiosfodnn7example",
    "wjalrxutnfemi/k7mdeng/bpxrficyexamplekey",
    "12345678",
    "123456",
];

/// What docker-compose.yml sets where nobody chose a password: good on one's own machine only.
const EXAMPLE_OF_COMPOSE: &str = "civitas";

impl Config {
    /// Checks what no type can say.
    ///
    /// # Errors
    /// With the first rule that is broken, and what to change.
    pub fn check(&self) -> anyhow::Result<()> {
        self.check_public_url()?;
        self.check_secrets()?;
        self.check_mail()?;
        self.check_files()?;
        self.check_numbers()
    }

    /// Whether people reach the server on this machine only.
    pub fn is_for_this_machine(&self) -> bool {
        host_of(&self.server.public_url).is_some_and(|host| is_loopback(&host))
    }

    /// Settings that follow from others where they are empty.
    pub(super) fn fill_in(&mut self) {
        if self.server.public_url.is_empty() {
            self.server.public_url = format!("http://localhost:{}", self.server.bind.port());
        }
    }

    fn check_public_url(&self) -> anyhow::Result<()> {
        let url = &self.server.public_url;
        let Ok(uri) = url.parse::<Uri>() else {
            bail!("server.public_url is no address: {url:?}");
        };
        let whole = matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some();
        if !whole || uri.path() != "/" || uri.query().is_some() || url.ends_with('/') {
            bail!("server.public_url is written like https://grants.example.org, without a path");
        }
        if uri.scheme_str() == Some("http") && !self.is_for_this_machine() {
            bail!(
                "server.public_url must begin with https:// because it is not on this machine: \
                 passwords would travel in the clear. Put a proxy that speaks TLS before it"
            );
        }
        Ok(())
    }

    fn check_secrets(&self) -> anyhow::Result<()> {
        let secrets = [
            (
                "mail.smtp_password",
                self.mail.smtp_password.expose_secret(),
            ),
            (
                "files.s3_access_key",
                self.files.s3_access_key.expose_secret(),
            ),
            (
                "files.s3_secret_key",
                self.files.s3_secret_key.expose_secret(),
            ),
            (
                "database.url",
                password_in(self.database.url.expose_secret()),
            ),
        ];
        for (key, secret) in secrets {
            let secret = secret.to_lowercase();
            let known = EXAMPLES.contains(&secret.as_str())
                || (secret == EXAMPLE_OF_COMPOSE && !self.is_for_this_machine());
            if known {
                bail!("the secret in {key} is one that examples use: choose one of your own");
            }
        }
        Ok(())
    }

    fn check_mail(&self) -> anyhow::Result<()> {
        let mail = &self.mail;
        if mail.from.parse::<lettre::Address>().is_err() {
            bail!("mail.from is no e-mail address: {:?}", mail.from);
        }
        if mail.timeout_seconds == 0 {
            bail!("mail.timeout_seconds must be above 0");
        }
        let longest = mail.timeout_seconds.saturating_mul(TIMEOUTS_IN_A_LEASE);
        if u64::try_from(mail.lease_seconds).unwrap_or(0) < longest {
            bail!(
                "mail.lease_seconds must be at least {TIMEOUTS_IN_A_LEASE} times mail.timeout_seconds"
            );
        }
        if mail.transport == MailTransport::Folder {
            return Ok(());
        }
        if mail.smtp_host.is_empty() {
            bail!("mail.smtp_host is needed with mail.transport = \"smtp\"");
        }
        let in_the_clear = mail.smtp_tls == SmtpTls::None && !is_loopback(&mail.smtp_host);
        if in_the_clear && !mail.smtp_user.is_empty() {
            bail!("mail.smtp_tls = \"none\" would send mail.smtp_password in the clear");
        }
        Ok(())
    }

    fn check_files(&self) -> anyhow::Result<()> {
        let files = &self.files;
        if files.upload_limit_bytes == 0 {
            bail!("files.upload_limit_bytes must be above 0");
        }
        if files.store == FileStore::Local {
            return Ok(());
        }
        if files.s3_bucket.is_empty() {
            bail!("files.s3_bucket is needed with files.store = \"s3\"");
        }
        let access = files.s3_access_key.expose_secret().is_empty();
        if access != files.s3_secret_key.expose_secret().is_empty() {
            bail!("files.s3_access_key and files.s3_secret_key go together");
        }
        Ok(())
    }

    fn check_numbers(&self) -> anyhow::Result<()> {
        Address::parse(self.database.url.expose_secret())?;
        if self.database.connections == 0 {
            bail!("database.connections must be above 0");
        }
        if self.server.body_limit_bytes < 1024 || self.server.request_timeout_seconds == 0 {
            bail!("server.body_limit_bytes must be 1024 or more, and the time-out above 0");
        }
        let security = &self.security;
        let weak = security.argon2_memory_kib < 19456 || security.argon2_iterations < 2;
        if weak || security.argon2_parallelism == 0 {
            bail!("security.argon2_* are below OWASP's minimum: 19456 KiB, 2 rounds, 1 lane");
        }
        let spans = [
            ("access_token_minutes", security.access_token_minutes),
            ("refresh_token_days", security.refresh_token_days),
            ("fresh_sign_in_minutes", security.fresh_sign_in_minutes),
            (
                "page_session_idle_minutes",
                security.page_session_idle_minutes,
            ),
            ("page_session_hours", security.page_session_hours),
        ];
        if let Some((key, _)) = spans.iter().find(|(_, span)| *span <= 0) {
            bail!("security.{key} must be above 0");
        }
        Ok(())
    }
}

/// The host of an absolute address, brackets of IPv6 removed.
fn host_of(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    Some(uri.host()?.trim_matches(['[', ']']).to_ascii_lowercase())
}

/// Whether a host's name or address means this machine.
pub fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// The password in `scheme://user:password@host/name`, or nothing.
fn password_in(url: &str) -> &str {
    let authority = url.split_once("://").map_or("", |(_, rest)| rest);
    let Some((user, _)) = authority.rsplit_once('@') else {
        return "";
    };
    user.split_once(':').map_or("", |(_, password)| password)
}
