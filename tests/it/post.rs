//! Mail as it arrives: what the worker laid into the world's folder, read back.
#![allow(dead_code, reason = "each story uses what it needs")]

use std::fs;
use std::path::{Path, PathBuf};

use civitas::platform::db::schema::messages;
use civitas::platform::mail::{Mailer, Settings, Way};
use civitas::platform::outbox::MessageState;
use diesel::prelude::*;
use mail_parser::{Message, MessageParser};

use crate::world::{Actor, World};

/// Where links in mail lead.
pub const PUBLIC_URL: &str = "https://grants.example.org";

/// A message that arrived.
#[derive(Clone, Debug)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    /// The plain text.
    pub text: String,
    pub html: String,
    /// The `Message-ID`, without angle brackets.
    pub id: String,
    /// Headers and body as they came.
    pub raw: String,
}

impl Mail {
    /// Reads a message.
    pub fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap();
        let message: Message<'_> = MessageParser::default().parse(&bytes).expect("a message");
        let recipients = message.to().expect("a recipient");
        assert_eq!(recipients.iter().count(), 1, "one recipient a message");
        Self {
            to: recipients.first().unwrap().address().unwrap().to_owned(),
            subject: message.subject().unwrap_or_default().to_owned(),
            text: message.body_text(0).unwrap().replace("\r\n", "\n"),
            html: message.body_html(0).unwrap().replace("\r\n", "\n"),
            id: message.message_id().expect("a Message-ID").to_owned(),
            raw: String::from_utf8(bytes.clone()).unwrap(),
        }
    }

    /// The path of the first link to our site in the text.
    pub fn path(&self) -> String {
        let (_, after) = self
            .text
            .split_once(PUBLIC_URL)
            .unwrap_or_else(|| panic!("no link in {}", self.text));
        after.split_whitespace().next().unwrap_or("/").to_owned()
    }

    /// The token at the end of the first link.
    pub fn token(&self) -> String {
        self.path().rsplit('/').next().unwrap().to_owned()
    }
}

impl World {
    /// The kinds of the messages to somebody about a coalition that may still leave.
    pub fn unsent_about(&self, coalition: i64, who: &Actor) -> Vec<String> {
        let person = who.id;
        self.write(move |w| {
            let waits = [
                MessageState::Queued,
                MessageState::Sending,
                MessageState::Dead,
            ];
            Ok(messages::table
                .filter(messages::coalition_id.eq(coalition))
                .filter(messages::person_id.eq(Some(person)))
                .filter(messages::state.eq_any(waits))
                .order(messages::kind)
                .select(messages::kind)
                .load(w.conn())?)
        })
    }

    /// Settings of mail: into this folder of the world's.
    pub fn mail_settings(&self) -> Settings {
        Settings {
            public_url: PUBLIC_URL.into(),
            from: "grants@example.org".into(),
            from_name: "The Programme".into(),
            way: Way::Folder(self.mail_folder()),
            lease_seconds: 600,
            per_minute: 0,
        }
    }

    fn mail_folder(&self) -> PathBuf {
        self.folder.path().join("mail")
    }

    /// A mail worker with the world's own settings.
    pub fn mailer(&self) -> Mailer {
        self.app.mailer(self.mail_settings()).unwrap()
    }

    /// Sends everything that is due, and gives what arrived since the last time, by recipient
    /// and subject.
    pub async fn run_jobs(&self) -> Vec<Mail> {
        self.mailer().drain(self.now()).await.unwrap();
        take_mail(&self.mail_folder())
    }

    /// As [`World::run_jobs`], only what arrived at this address.
    pub async fn mail_to(&self, address: &str) -> Vec<Mail> {
        let mut mail = self.run_jobs().await;
        mail.retain(|mail| mail.to == address);
        mail
    }
}

/// Reads and removes what lies in a folder.
pub fn take_mail(folder: &Path) -> Vec<Mail> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut mail: Vec<Mail> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|is| is == "eml"))
        .map(|path| {
            let mail = Mail::read(&path);
            fs::remove_file(path).unwrap();
            mail
        })
        .collect();
    mail.sort_by(|a, b| (&a.to, &a.subject, &a.id).cmp(&(&b.to, &b.subject, &b.id)));
    mail
}
