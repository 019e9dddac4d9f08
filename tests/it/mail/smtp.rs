//! A real mail server, and one that breaks off at the worst moment.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use civitas::platform::ids::MessageId;
use civitas::platform::mail::{Settings, SmtpSettings, Tls, Way};
use civitas::platform::outbox::{MessageState, Recipient};

use super::{address, letter};
use crate::for_each_database;
use crate::post::take_mail;
use crate::world::World;

/// `tests/smtp_server.py`; ends with the story.
pub struct Server {
    process: Child,
    pub port: u16,
    pub maildir: PathBuf,
}

impl Server {
    /// None, said aloud, where no Python was given.
    pub fn start(w: &World, options: &[&str]) -> Option<Self> {
        let Ok(python) = std::env::var("CIVITAS_TEST_PYTHON") else {
            eprintln!("skipped: CIVITAS_TEST_PYTHON names no Python (tests/run sets it)");
            return None;
        };
        let name = format!("server-{}", w.app.entropy.id());
        let port_file = w.folder.path().join(format!("{name}.port"));
        let maildir = w.folder.path().join(name);
        let process = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/smtp_server.py"))
            .args([&port_file, &maildir])
            .args(options)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let port = loop {
            match std::fs::read_to_string(&port_file) {
                Ok(port) => break port.parse().unwrap(),
                Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        Some(Self {
            process,
            port,
            maildir,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        drop(self.process.wait());
    }
}

impl World {
    fn over_smtp(&self, port: u16, sign_in: Option<(&str, &str)>) -> Settings {
        Settings {
            way: Way::Smtp(SmtpSettings {
                host: "127.0.0.1".into(),
                port,
                tls: Tls::None,
                trusted: None,
                sign_in: sign_in
                    .map(|(user, password)| (user.to_owned(), password.to_owned().into())),
                timeout: Duration::from_secs(5),
            }),
            ..self.mail_settings()
        }
    }

    async fn drain_over(&self, settings: Settings) -> usize {
        let mailer = self.app.mailer(settings).unwrap();
        mailer.drain(self.now()).await.unwrap()
    }

    fn to(&self, address_text: &str) -> MessageId {
        self.post_letter(letter(address(address_text), address_text))
    }

    fn pause(&self) -> Option<String> {
        self.write(|w| civitas::platform::mail::store::pause(w))
            .map(|pause| pause.reason)
    }
}

for_each_database! {
    async fn a_real_server_takes_refuses_and_defers(w: &mut World) {
        let options = ["--refuse-rcpt", "gone@example.org", "--temporary", "busy@example.org", "--reject-data", "full@example.org"];
        let Some(server) = Server::start(w, &options) else { return };
        let ana = w.person("Ana").await;
        let (gone, busy, full) = (w.to("gone@example.org"), w.to("busy@example.org"), w.to("full@example.org"));
        let taken = w.post_letter(letter(Recipient::Person(ana.id), "ana"));
        let umlaut = w.to("jürgen@example.org");
        assert_eq!(w.drain_over(w.over_smtp(server.port, None)).await, 5);

        let (state, _, why) = w.fate(gone);
        assert_eq!(state, MessageState::Dead);
        assert!(why.contains("550") && why.contains("No such mailbox"), "{why}");
        let (state, _, why) = w.fate(full);
        assert_eq!(state, MessageState::Dead);
        assert!(why.contains("554"), "{why}");
        let (state, attempts, why) = w.fate(busy);
        assert_eq!((state, attempts), (MessageState::Queued, 1));
        assert!(why.contains("451"), "{why}");
        for id in [taken, umlaut] {
            assert_eq!(w.fate(id).0, MessageState::Sent);
        }
        assert_eq!(w.pause(), None);

        let mail = take_mail(&server.maildir);
        assert_eq!(mail.len(), 2);
        let arrived = mail.iter().find(|mail| mail.to == ana.email).unwrap();
        assert_eq!(arrived.id, format!("civitas-{taken}@grants.example.org"));
        assert!(arrived.raw.contains("X-Envelope-From: grants@example.org"), "{}", arrived.raw);
        assert!(arrived.raw.contains(&format!("X-Envelope-To: {}\r\n", ana.email)), "{}", arrived.raw);

        let Some(later) = Server::start(w, &[]) else { return };
        assert_eq!(w.drain_over(w.over_smtp(later.port, None)).await, 0, "not before its time");
        w.clock.advance(Duration::from_secs(120));
        assert_eq!(w.drain_over(w.over_smtp(later.port, None)).await, 1);
        assert_eq!(w.fate(busy).0, MessageState::Sent);
    }

    async fn a_wrong_password_holds_the_queue(w: &mut World) {
        let Some(server) = Server::start(w, &["--require-auth", "civitas:right"]) else { return };
        let ids = [w.to("a@example.org"), w.to("b@example.org")];
        assert_eq!(w.drain_over(w.over_smtp(server.port, Some(("civitas", "wrong")))).await, 1);
        assert!(w.pause().unwrap().contains("535"));
        w.clock.advance(Duration::from_secs(61));
        // No sign-in at all: the server refuses the sender.
        assert_eq!(w.drain_over(w.over_smtp(server.port, None)).await, 1);
        assert!(w.pause().unwrap().contains("530"));
        w.clock.advance(Duration::from_secs(901));
        assert_eq!(w.drain_over(w.over_smtp(server.port, Some(("civitas", "right")))).await, 2);
        assert_eq!(w.pause(), None);
        assert_eq!(ids.map(|id| w.fate(id)), ids.map(|_| (MessageState::Sent, 1, String::new())));
    }

    async fn a_server_that_is_not_there_holds_the_queue(w: &mut World) {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let id = w.to("a@example.org");
        assert_eq!(w.drain_over(w.over_smtp(port, None)).await, 1);
        assert_eq!((w.fate(id).0, w.fate(id).1), (MessageState::Queued, 0));
        assert!(w.pause().is_some());
    }

    async fn encryption_that_is_not_offered_holds_the_queue(w: &mut World) {
        let Some(server) = Server::start(w, &[]) else { return };
        w.to("a@example.org");
        let mut settings = w.over_smtp(server.port, None);
        if let Way::Smtp(smtp) = &mut settings.way {
            smtp.tls = Tls::StartTls;
        }
        assert_eq!(w.drain_over(settings).await, 1);
        assert!(w.pause().unwrap().contains("STARTTLS"));
        assert!(take_mail(&server.maildir).is_empty());
    }

    async fn mail_leaves_encrypted_to_whom_it_is_for(w: &mut World) {
        let (authority, [certificate, of_another_host]) = certificates(w, ["127.0.0.1", "192.0.2.7"]);
        for (tls, how) in [(Tls::StartTls, "starttls"), (Tls::Wrapped, "wrapped")] {
            let options = ["--tls", how, "--certificate", certificate.to_str().unwrap()];
            let signs_in = ["--require-auth", "civitas:right"];
            let options = if tls == Tls::StartTls { [&options[..], &signs_in].concat() } else { options.to_vec() };
            let Some(server) = Server::start(w, &options) else { return };
            let address = format!("{how}@example.org");
            let id = w.to(&address);
            let encrypted = |port: u16, trusted: Option<&PathBuf>| {
                let sign_in = (tls == Tls::StartTls).then_some(("civitas", "right"));
                let mut settings = w.over_smtp(port, sign_in);
                if let Way::Smtp(smtp) = &mut settings.way {
                    (smtp.tls, smtp.trusted) = (tls, trusted.cloned());
                }
                settings
            };
            assert_eq!(w.drain_over(encrypted(server.port, None)).await, 1);
            let why = w.pause().expect("nobody vouches for this certificate");
            assert!(why.contains("certificate"), "{why}");
            w.clock.advance(Duration::from_secs(901));
            let options = ["--tls", how, "--certificate", of_another_host.to_str().unwrap()];
            let Some(other) = Server::start(w, &options) else { return };
            assert_eq!(w.drain_over(encrypted(other.port, Some(&authority))).await, 1);
            let why = w.pause().expect("the certificate is another server's");
            assert!(why.contains("certificate"), "{why}");
            assert!(take_mail(&other.maildir).is_empty() && take_mail(&server.maildir).is_empty());
            w.clock.advance(Duration::from_secs(3601));
            w.drain_over(encrypted(server.port, Some(&authority))).await;
            assert_eq!(w.fate(id), (MessageState::Sent, 1, String::new()), "{:?}", w.pause());
            assert_eq!(w.pause(), None);
            assert!(take_mail(&server.maildir).iter().any(|mail| mail.to == address));
        }
    }

    async fn an_authority_that_can_t_be_read_is_said_at_once(w: &mut World) {
        let file = w.folder.path().join("no-authority.pem");
        std::fs::write(&file, "nothing of the kind").unwrap();
        for (trusted, why) in [(file, "holds no certificate"), ("/nowhere.pem".into(), "mail.smtp_ca_file")] {
            let mut settings = w.over_smtp(25, None);
            if let Way::Smtp(smtp) = &mut settings.way {
                (smtp.tls, smtp.trusted) = (Tls::StartTls, Some(trusted));
            }
            let refused = format!("{:#}", w.app.mailer(settings).err().unwrap());
            assert!(refused.contains(why), "{refused}");
        }
    }

    async fn a_lost_answer_repeats_the_message_under_its_id(w: &mut World) {
        let (port, seen) = breaks_off_once();
        let id = w.to("a@example.org");
        assert_eq!(w.drain_over(w.over_smtp(port, None)).await, 1);
        assert_eq!(w.fate(id).0, MessageState::Queued);
        assert_eq!(w.pause(), None);
        w.clock.advance(Duration::from_secs(120));
        assert_eq!(w.drain_over(w.over_smtp(port, None)).await, 1);
        assert_eq!(w.fate(id).0, MessageState::Sent);
        let seen: Vec<String> = seen.iter().collect();
        let name = format!("Message-ID: <civitas-{id}@grants.example.org>");
        assert_eq!(seen, [name.clone(), name]);
    }
}

/// An authority of one's own, and for each host a key with a certificate by it: files.
fn certificates<const N: usize>(w: &World, hosts: [&str; N]) -> (PathBuf, [PathBuf; N]) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new([]).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let trusted = w.folder.path().join("authority.pem");
    std::fs::write(&trusted, authority.self_signed(&key).unwrap().pem()).unwrap();
    let issuer = rcgen::Issuer::new(authority, key);
    let served = hosts.map(|host| {
        let key = rcgen::KeyPair::generate().unwrap();
        let of_host = rcgen::CertificateParams::new([host.to_owned()]).unwrap();
        let certificate = of_host.signed_by(&key, &issuer).unwrap();
        let file = w.folder.path().join(format!("{host}.pem"));
        std::fs::write(&file, key.serialize_pem() + &certificate.pem()).unwrap();
        file
    });
    (trusted, served)
}

/// A mail server that takes its first message and breaks off instead of saying so; the second it
/// takes properly. Gives the `Message-ID` lines that it saw.
fn breaks_off_once() -> (u16, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for breaks_off in [true, false] {
            let (mut stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            stream.write_all(b"220 mail.test\r\n").unwrap();
            let mut in_message = false;
            while let Some(Ok(line)) = lines.next() {
                if line.starts_with("Message-ID") {
                    sender.send(line).unwrap();
                } else if in_message && line == "." {
                    if breaks_off {
                        break;
                    }
                    in_message = false;
                    stream.write_all(b"250 taken\r\n").unwrap();
                } else if !in_message {
                    in_message = line == "DATA";
                    let answer: &[u8] = if in_message {
                        b"354 go on\r\n"
                    } else {
                        b"250 fine\r\n"
                    };
                    stream.write_all(answer).unwrap();
                    if line == "QUIT" {
                        break;
                    }
                }
            }
        }
    });
    (port, receiver)
}
