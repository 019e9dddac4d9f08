//! Settings: how the layers lie on each other, and what is refused.

use std::io::Write as _;

use civitas::platform::config::{Config, DEFAULTS, SecondFactor, SmtpTls};
use secrecy::ExposeSecret as _;

fn load(file: &str, variables: &[(&str, &str)], database: Option<&str>) -> anyhow::Result<Config> {
    let mut on_disk = tempfile::NamedTempFile::new()?;
    on_disk.write_all(file.as_bytes())?;
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(Some(on_disk.path()), variables, database)
}

fn refused(file: &str, variables: &[(&str, &str)]) -> String {
    match load(file, variables, None) {
        Ok(_) => panic!("taken: {file} {variables:?}"),
        Err(error) => format!("{error:#}"),
    }
}

#[test]
fn the_defaults_alone_are_a_working_configuration() {
    let config = Config::load(None, [], None).unwrap();
    assert_eq!(config.server.bind.to_string(), "127.0.0.1:8080");
    assert!(config.server.metrics_bind.unwrap().ip().is_loopback());
    assert_eq!(config.database.url.expose_secret(), "sqlite://civitas.db");
    assert_eq!(config.security.second_factor, SecondFactor::Required);
    assert_eq!(config.mail.smtp_tls, SmtpTls::Starttls);
    assert!(config.is_for_this_machine());
}

#[test]
fn a_file_lies_over_the_defaults_variables_over_the_file_and_the_command_line_over_all() {
    let file = "[server]\nbind = \"127.0.0.1:1\"\nworkers = 3\n[database]\nconnections = 2";
    let config = load(
        file,
        &[
            ("CIVITAS__SERVER__BIND", "127.0.0.1:2"),
            ("CIVITAS__DATABASE__URL", "sqlite://variable.db"),
            (
                "CIVITAS__SERVER__TRUSTED_PROXIES",
                "10.0.0.7, 192.168.0.0/16",
            ),
            ("CIVITAS__SERVER__METRICS_BIND", ""),
            ("CIVITAS__FILES__S3_ALLOW_HTTP", "true"),
            ("CIVITAS_TEST_POSTGRES", "not a setting"),
        ],
        Some("sqlite://option.db"),
    )
    .unwrap();
    assert_eq!(config.server.bind.port(), 2);
    assert_eq!(config.server.public_url, "http://localhost:2");
    assert_eq!(config.server.workers, 3);
    assert_eq!(config.database.connections, 2);
    assert_eq!(config.database.url.expose_secret(), "sqlite://option.db");
    let networks: Vec<String> = config
        .server
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(networks, ["10.0.0.7/32", "192.168.0.0/16"]);
    assert_eq!(config.server.metrics_bind, None);
    assert!(config.files.s3_allow_http);
}

#[test]
fn an_unknown_setting_is_refused_and_the_nearest_known_one_named() {
    let told = refused("[server]\npublc_url = \"https://a.example\"", &[]);
    assert!(
        told.contains("there is no setting server.publc_url"),
        "{told}"
    );
    assert!(told.contains("the nearest is server.public_url"), "{told}");
    let told = refused("", &[("CIVITAS__MAIL__SMTP_HOSTS", "x")]);
    assert!(told.contains("mail.smtp_host"), "{told}");
    assert!(told.contains("CIVITAS__MAIL__SMTP_HOSTS"), "{told}");
    let told = refused("[databse]\nurl = \"sqlite://x\"", &[]);
    assert!(told.contains("the nearest is database.url"), "{told}");
    let told = refused("bind = \"127.0.0.1:1\"", &[]);
    assert!(told.contains("outside any [section]"), "{told}");
    let told = refused("", &[("CIVITAS__WORKERS", "1")]);
    assert!(told.contains("CIVITAS__SECTION__KEY"), "{told}");
}

#[test]
fn what_can_not_work_is_refused_with_what_to_change() {
    let cases = [
        (
            "CIVITAS__SERVER__PUBLIC_URL",
            "http://grants.example.org",
            "must begin with https",
        ),
        (
            "CIVITAS__SERVER__PUBLIC_URL",
            "https://grants.example.org/app",
            "without a path",
        ),
        (
            "CIVITAS__SERVER__PUBLIC_URL",
            "grants.example.org",
            "https://",
        ),
        ("CIVITAS__SERVER__BIND", "8080", "server.bind"),
        ("CIVITAS__SERVER__WORKERS", "many", "a whole number"),
        (
            "CIVITAS__SERVER__TRUSTED_PROXIES",
            "proxy",
            "no address or network",
        ),
        (
            "CIVITAS__DATABASE__URL",
            "mysql://x",
            "sqlite:// or postgres://",
        ),
        (
            "CIVITAS__MAIL__TRANSPORT",
            "smtp",
            "mail.smtp_host is needed",
        ),
        ("CIVITAS__MAIL__TRANSPORT", "pigeon", "mail.transport"),
        ("CIVITAS__MAIL__FROM", "nobody", "mail.from"),
        (
            "CIVITAS__MAIL__LEASE_SECONDS",
            "599",
            "at least 20 times mail.timeout_seconds",
        ),
        (
            "CIVITAS__MAIL__TIMEOUT_SECONDS",
            "31",
            "at least 20 times mail.timeout_seconds",
        ),
        ("CIVITAS__FILES__STORE", "s3", "files.s3_bucket is needed"),
        ("CIVITAS__SECURITY__ARGON2_MEMORY_KIB", "1024", "OWASP"),
        (
            "CIVITAS__SECURITY__PAGE_SESSION_HOURS",
            "0",
            "page_session_hours",
        ),
    ];
    for (name, value, expected) in cases {
        let told = refused("", &[(name, value)]);
        assert!(told.contains(expected), "{name}={value}: {told}");
    }
}

#[test]
fn secrets_that_examples_use_are_refused() {
    for secret in ["changeme", "Password", "minioadmin"] {
        let told = refused("", &[("CIVITAS__MAIL__SMTP_PASSWORD", secret)]);
        assert!(told.contains("mail.smtp_password"), "{told}");
        assert!(!told.contains(secret), "{told}");
    }
    let url = "postgres://civitas:changeme@db/civitas";
    let told = refused("", &[("CIVITAS__DATABASE__URL", url)]);
    assert!(
        told.contains("database.url") && !told.contains("changeme"),
        "{told}"
    );

    // What docker-compose.yml sets works on one's own machine, and nowhere else.
    let of_compose = (
        "CIVITAS__DATABASE__URL",
        "postgres://civitas:civitas@database/civitas",
    );
    let config = load("", &[of_compose], None).unwrap();
    assert_eq!(config.database.url.expose_secret(), of_compose.1);
    let elsewhere = ("CIVITAS__SERVER__PUBLIC_URL", "https://grants.example.org");
    assert!(refused("", &[of_compose, elsewhere]).contains("database.url"));
}

#[test]
fn secrets_show_neither_in_debug_output_nor_in_errors() {
    let secret = "kX9-quite-secret";
    let url = format!("postgres://civitas:{secret}@db/civitas");
    let variables = [
        ("CIVITAS__DATABASE__URL", url.as_str()),
        ("CIVITAS__MAIL__SMTP_PASSWORD", secret),
        ("CIVITAS__FILES__S3_ACCESS_KEY", secret),
        ("CIVITAS__FILES__S3_SECRET_KEY", secret),
    ];
    let config = load("", &variables, None).unwrap();
    assert!(!format!("{config:?}").contains(secret));
    for file in [
        format!("[mail]\nsmtp_password = [\"{secret}\"]"),
        format!("[mail]\nsmtp_password = \"{secret}"),
        format!("[mail]\nsmtp_pasword = \"{secret}\""),
    ] {
        assert!(!refused(&file, &[]).contains(secret), "{file}");
    }
}

#[test]
fn every_setting_is_explained_and_no_line_is_too_long_to_read() {
    let mut explained = false;
    for line in DEFAULTS.lines() {
        assert!(line.len() <= 100, "{line}");
        let is_setting = line.contains(" = ") && !line.starts_with('#');
        assert!(!is_setting || explained, "no word about {line}");
        // Settings that stand together share an explanation.
        explained = line.starts_with('#') || (is_setting && explained);
    }
}
