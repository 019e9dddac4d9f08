//! What the settings say about mail.

use std::time::Duration;

use secrecy::SecretString;

use crate::platform::config::{Config, MailConfig, MailTransport, SmtpTls};
use crate::platform::mail::{Settings, SmtpSettings, Tls, Way};

/// What the settings say about mail.
pub fn mail_settings(config: &Config) -> Settings {
    let mail = &config.mail;
    Settings {
        public_url: config.server.public_url.clone(),
        from: mail.from.clone(),
        from_name: mail.from_name.clone(),
        way: match mail.transport {
            MailTransport::Folder => Way::Folder(mail.folder.clone()),
            MailTransport::Smtp => Way::Smtp(smtp(mail)),
        },
        lease_seconds: mail.lease_seconds,
        per_minute: mail.per_minute,
    }
}

fn smtp(mail: &MailConfig) -> SmtpSettings {
    let sign_in: Option<(String, SecretString)> = if mail.smtp_user.is_empty() {
        None
    } else {
        Some((mail.smtp_user.clone(), mail.smtp_password.clone()))
    };
    SmtpSettings {
        host: mail.smtp_host.clone(),
        port: mail.smtp_port,
        tls: match mail.smtp_tls {
            SmtpTls::None => Tls::None,
            SmtpTls::Starttls => Tls::StartTls,
            SmtpTls::Tls => Tls::Wrapped,
        },
        trusted: Some(mail.smtp_ca_file.clone()).filter(|file| !file.as_os_str().is_empty()),
        sign_in,
        timeout: Duration::from_secs(mail.timeout_seconds),
    }
}
