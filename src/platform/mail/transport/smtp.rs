//! To a mail server, command by command, because what a refusal means depends on the command
//! that it answers: one to RCPT or DATA is about this message, one before is about all of them.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, bail};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use secrecy::ExposeSecret as _;

use super::{Outcome, Transport};
use crate::platform::mail::compose::Outgoing;
use crate::platform::mail::settings::{SmtpSettings, Tls};

/// A mail server; its connection is kept between messages.
pub struct Smtp {
    settings: SmtpSettings,
    tls: Option<TlsParameters>,
    hello: ClientId,
    kept: Mutex<Option<SmtpConnection>>,
}

/// Where a dialogue ended early.
enum End {
    /// With an answer that settles what becomes of the message.
    Answered(Outcome),
    /// The connection broke, or was closed by the server, before the message was on its way.
    Broke(String),
    /// The message was on its way, and nobody knows whether it was taken.
    Unanswered(String),
}

impl Smtp {
    /// To this mail server; connects when there is something to send.
    ///
    /// # Errors
    /// When encryption can't be set up, certificates to trust can't be read, or the password would leave this machine in the clear.
    pub fn new(settings: SmtpSettings) -> anyhow::Result<Self> {
        let tls = match settings.tls {
            Tls::None => None,
            Tls::Wrapped | Tls::StartTls => Some(encryption(&settings)?),
        };
        if tls.is_none() && settings.sign_in.is_some() && !is_this_machine(&settings.host) {
            bail!("the password for the mail server would travel in the clear");
        }
        Ok(Self {
            settings,
            tls,
            hello: ClientId::default(),
            kept: Mutex::new(None),
        })
    }

    /// A new connection, encrypted and signed in as the settings say.
    fn connect(&self) -> Result<SmtpConnection, Error> {
        let SmtpSettings {
            host,
            port,
            timeout,
            ..
        } = &self.settings;
        let wrapped = self
            .tls
            .as_ref()
            .filter(|_| self.settings.tls == Tls::Wrapped);
        let mut conn = SmtpConnection::connect(
            (host.as_str(), *port),
            Some(*timeout),
            &self.hello,
            wrapped,
            None,
        )?;
        if self.settings.tls == Tls::StartTls
            && let Some(tls) = &self.tls
        {
            conn.starttls(tls, &self.hello)?;
        }
        if let Some((user, password)) = &self.settings.sign_in {
            let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
            conn.auth(&[Mechanism::Plain, Mechanism::Login], &credentials)?;
        }
        Ok(conn)
    }

    /// Over the kept connection, if it still answers; none if it does not.
    fn send_over_kept(&self, message: &Outgoing) -> Option<Outcome> {
        let mut conn = self.take()?;
        if !conn.test_connected() {
            return None;
        }
        match dialogue(&mut conn, message) {
            Err(End::Broke(_)) => None,
            ended => Some(self.keep(conn, ended)),
        }
    }

    fn send_anew(&self, message: &Outgoing) -> Outcome {
        match self.connect() {
            Err(error) => Outcome::Held(in_words(&error)),
            Ok(mut conn) => {
                let ended = dialogue(&mut conn, message);
                self.keep(conn, ended)
            }
        }
    }

    fn take(&self) -> Option<SmtpConnection> {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Keeps the connection for the next message if the server and we agree where we are.
    fn keep(&self, mut conn: SmtpConnection, ended: Result<(), End>) -> Outcome {
        let (outcome, usable) = match ended {
            Ok(()) => (Outcome::Sent, true),
            Err(End::Answered(outcome)) => (outcome, conn.command(Rset).is_ok()),
            // A late answer would be taken for that to the next command.
            Err(End::Broke(why) | End::Unanswered(why)) => (Outcome::Later(why), false),
        };
        if usable {
            *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(conn);
        }
        outcome
    }
}

impl Transport for Smtp {
    fn send(&self, message: &Outgoing) -> Outcome {
        self.send_over_kept(message)
            .unwrap_or_else(|| self.send_anew(message))
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        if let Some(mut conn) = self.take() {
            drop(conn.quit());
        }
    }
}

/// Sends one message over an open connection.
fn dialogue(conn: &mut SmtpConnection, message: &Outgoing) -> Result<(), End> {
    let from = message.envelope.from().cloned();
    let mail = Mail::new(from, parameters(conn, message)?);
    conn.command(mail)
        .map_err(|error| ended(&error, Outcome::Held))?;
    for to in message.envelope.to() {
        conn.command(Rcpt::new(to.clone(), Vec::new()))
            .map_err(|error| ended(&error, Outcome::Rejected))?;
    }
    conn.command(Data)
        .map_err(|error| ended(&error, Outcome::Rejected))?;
    conn.message(&message.bytes)
        .map_err(|error| ended_after_data(&error))?;
    Ok(())
}

/// Addresses beyond ASCII need a server that takes them (RFC 6531).
fn parameters(conn: &SmtpConnection, message: &Outgoing) -> Result<Vec<MailParameter>, End> {
    let mut addresses = message
        .envelope
        .from()
        .into_iter()
        .chain(message.envelope.to());
    if addresses.all(|address| address.to_string().is_ascii()) {
        return Ok(Vec::new());
    }
    if conn.server_info().supports_feature(Extension::SmtpUtfEight) {
        return Ok(vec![MailParameter::SmtpUtfEight]);
    }
    let why = "the mail server takes no addresses with letters beyond ASCII";
    Err(End::Answered(Outcome::Rejected(why.to_owned())))
}

/// What a failed command means, when a final refusal of it means `refused`.
fn ended(error: &Error, refused: fn(String) -> Outcome) -> End {
    let why = in_words(error);
    match error.status().map(u16::from) {
        // The server closes the connection (RFC 5321, section 3.8): another one may do.
        Some(421) | None => End::Broke(why),
        // Sign-in is asked for (RFC 4954, section 6): about every message, not this one.
        Some(530) => End::Answered(Outcome::Held(why)),
        Some(_) if error.is_permanent() => End::Answered(refused(why)),
        Some(_) => End::Answered(Outcome::Later(why)),
    }
}

/// Once the message is on its way, a broken connection leaves open whether it was taken.
fn ended_after_data(error: &Error) -> End {
    match ended(error, Outcome::Rejected) {
        End::Broke(why) => End::Unanswered(format!("the answer to the message was lost: {why}")),
        answered => answered,
    }
}

/// The error with its causes, as one line.
fn in_words(error: &Error) -> String {
    error
        .to_string()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// How a certificate begins in a file (RFC 7468).
const BEGINNING: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Encryption that checks the mail server's name against what is trusted.
fn encryption(settings: &SmtpSettings) -> anyhow::Result<TlsParameters> {
    let mut tls = TlsParameters::builder(settings.host.clone());
    if let Some(file) = &settings.trusted {
        let unreadable = || format!("can't trust {} (mail.smtp_ca_file)", file.display());
        let pem = std::fs::read(file).with_context(unreadable)?;
        let authorities = Certificate::from_pem(&pem).with_context(unreadable)?;
        if !pem.windows(BEGINNING.len()).any(|part| part == BEGINNING) {
            bail!("{}: it holds no certificate", unreadable());
        }
        tls = tls.add_root_certificate(authorities);
    }
    tls.build()
        .context("can't encrypt the connection to the mail server")
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
