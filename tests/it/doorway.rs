//! The doorway, as it stands before a server that runs: by which name it is reached, whose word on
//! where a request comes from counts, and that no two readers take one request for two.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use civitas::platform::clock::Clock;
use serde_json::{Value, json};

use crate::demo::free_port;
use crate::post::{Mail, PUBLIC_URL, take_mail};
use crate::world::World;

/// Sends these bytes; gives all that comes back until the server ends the connection.
fn exchange(port: u16, sent: &str) -> String {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let patience = Some(Duration::from_secs(60));
    connection.set_read_timeout(patience).unwrap();
    // Who is refused may be cut off before all is sent, and after the answer.
    let _ = connection.write_all(sent.as_bytes());
    let _ = connection.shutdown(Shutdown::Write);
    let mut came = Vec::new();
    let _ = connection.read_to_end(&mut came);
    String::from_utf8_lossy(&came).into_owned()
}

/// The status of each answer.
fn statuses(came: &str) -> Vec<u16> {
    came.split("HTTP/1.1 ")
        .skip(1)
        .map(|answer| answer[..3].parse().unwrap())
        .collect()
}

fn get(port: u16, path: &str, headers: &str) -> Vec<u16> {
    let sent = format!("GET {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
    statuses(&exchange(port, &sent))
}

/// Posts under headers as given, a line each.
fn post(port: u16, path: &str, headers: &str, body: &Value) -> u16 {
    let body = body.to_string();
    let sent = format!(
        "POST /api/v1{path} HTTP/1.1\r\n{headers}Content-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let came = exchange(port, &sent);
    let [status] = statuses(&came)[..] else {
        panic!("{path}: {came}")
    };
    status
}

/// What the server has sent, once it has.
fn sent_mail(w: &World) -> Vec<Mail> {
    loop {
        let mail = take_mail(&w.folder.path().join("mail"));
        if !mail.is_empty() {
            return mail;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[actix_web::test]
async fn a_server_of_this_machine_answers_to_its_names_only() {
    let mut w = World::on_sqlite().await;
    w.clock.set(Clock::system().now());
    let ana = w.person("Ana").await;
    let port = free_port();
    let served = w.serve(port, &[]);
    let api = "/api/v1/openapi.json";
    for (host, status) in [
        ("Host: localhost\r\n", 200),
        ("Host: 127.0.0.1:8080\r\n", 200),
        ("Host: evil.example\r\n", 403),
        ("Host: localhost.evil.example\r\n", 403),
        (
            "Host: evil.example:8080\r\nX-Forwarded-Host: localhost\r\n",
            403,
        ),
    ] {
        assert_eq!(get(port, api, host), [status], "{host}");
        assert_eq!(get(port, "/", host), [status], "{host}");
        assert_eq!(get(port, "/health/live", host), [200], "{host}");
    }
    for host in ["", "Host: localhost\r\nHost: evil.example\r\n"] {
        assert_eq!(get(port, api, host), [400], "{host}");
    }
    // Nobody's word on where a request comes from counts here.
    let wrong = json!({"email": ana.email, "password": "not it, certainly"});
    let answers: Vec<u16> = (0..6)
        .map(|client| {
            let from = format!("Host: localhost\r\nX-Forwarded-For: 203.0.113.{client}\r\n");
            post(port, "/sessions", &from, &wrong)
        })
        .collect();
    assert_eq!(answers, [401, 401, 401, 401, 401, 429]);
    served.stop();
    w.finish();
}

#[actix_web::test]
async fn behind_a_proxy_links_and_clients_are_as_the_settings_and_the_proxy_say() {
    let mut w = World::on_sqlite().await;
    w.clock.set(Clock::system().now());
    let ana = w.person("Ana").await;
    let port = free_port();
    let settings = [
        ("CIVITAS__SERVER__PUBLIC_URL", PUBLIC_URL.to_owned()),
        ("CIVITAS__SERVER__TRUSTED_PROXIES", "127.0.0.1".to_owned()),
    ];
    let served = w.serve(port, &settings);
    let elsewhere = "Host: evil.example\r\nX-Forwarded-Host: evil.example\r\n\
                     Forwarded: host=evil.example;proto=https\r\nX-Forwarded-Proto: https\r\n";
    let from = |client: &str| format!("{elsewhere}X-Forwarded-For: {client}\r\n");
    let reset = json!({"email": ana.email});
    let asked = post(port, "/password-resets", &from("203.0.113.1"), &reset);
    assert_eq!(asked, 202);
    let letters = sent_mail(&w);
    assert!(letters[0].path().starts_with("/password-resets/"));
    for part in [&letters[0].raw, &letters[0].text, &letters[0].html] {
        assert!(!part.contains("evil.example"), "{part}");
    }

    let wrong = json!({"email": ana.email, "password": "not it, certainly"});
    let tries = |client: &str| post(port, "/sessions", &from(client), &wrong);
    let answers: Vec<u16> = (0..6).map(|_| tries("203.0.113.9")).collect();
    assert_eq!(answers, [401, 401, 401, 401, 401, 429]);
    assert_eq!(tries("203.0.113.10"), 401);
    assert_eq!(tries("203.0.113.10, 203.0.113.9"), 429);
    // What came over plain HTTP to the proxy goes no further.
    let clear = "Host: grants.example.org\r\nX-Forwarded-Proto: http\r\n";
    assert_eq!(get(port, "/api/v1/openapi.json", clear), [403]);
    served.stop();
    w.finish();
}

/// What must not be taken for a request of its own.
const HIDDEN: &str = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[actix_web::test]
async fn no_request_is_taken_for_two() {
    let w = World::on_sqlite().await;
    let port = free_port();
    let served = w.serve(port, &[]);
    let twice = exchange(port, &HIDDEN.repeat(2));
    assert_eq!(statuses(&twice), [200, 200], "two are two: {twice}");

    let whole = HIDDEN.len();
    let framed = [
        format!("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{HIDDEN}"),
        format!("Content-Length: 0\r\nContent-Length: {whole}\r\n\r\n{HIDDEN}"),
        format!("Content-Length: {whole}\r\nContent-Length: 0\r\n\r\n{HIDDEN}"),
        format!("Content-Length: 0, {whole}\r\n\r\n{HIDDEN}"),
        format!("Content-Length: +0\r\n\r\n{HIDDEN}"),
        format!("Content-Length: -1\r\n\r\n{HIDDEN}"),
        format!("Content-Length: 0x0\r\n\r\n{HIDDEN}"),
        format!("Content-Length : 0\r\n\r\n{HIDDEN}"),
        format!("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{HIDDEN}"),
        format!("Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n{HIDDEN}"),
        format!("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{HIDDEN}"),
        format!("Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n{HIDDEN}"),
        format!(
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{HIDDEN}"
        ),
        format!("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{HIDDEN}"),
        format!("Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{HIDDEN}"),
        format!("X-Folded: a\r\n Content-Length: 9\r\nContent-Length: 0\r\n\r\n{HIDDEN}"),
        format!(
            "X-Broken: a\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{HIDDEN}"
        ),
        format!("X-Broken: a\nContent-Length: 0\r\nContent-Length: {whole}\r\n\r\n{HIDDEN}"),
        format!("X-Broken: a\rContent-Length: 0\r\nContent-Length: {whole}\r\n\r\n{HIDDEN}"),
        format!("Transfer-Encoding: chunked\r\n\r\nzz\r\n{HIDDEN}"),
        format!("Transfer-Encoding: chunked\r\n\r\n-1\r\n{HIDDEN}"),
        format!("Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n{HIDDEN}"),
        format!("Transfer-Encoding: chunked\r\n\r\n\r\n{HIDDEN}"),
        format!("Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{HIDDEN}"),
        format!("Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}0\r\n\r\n{HIDDEN}"),
    ];
    for sent in framed {
        let request = format!(
            "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\n\
             Content-Type: application/json\r\n{sent}"
        );
        let came = exchange(port, &request);
        let told = statuses(&came);
        let refused = told.iter().all(|status| (400..500).contains(status));
        assert!(told.len() == 1 && refused, "{request}\ngot\n{came}");
    }
    // What nobody reads of a request is no other request.
    for method in ["GET", "POST", "DELETE"] {
        for path in ["/health/live", "/api/v1/me", "/nothing"] {
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {whole}\r\n\r\n{HIDDEN}"
            );
            let came = exchange(port, &request);
            assert_eq!(statuses(&came).len(), 1, "{request}\ngot\n{came}");
        }
    }
    served.stop();
    w.finish();
}
