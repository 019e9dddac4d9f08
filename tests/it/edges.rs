//! What is at the edge of every answer: headers, odd addresses, bytes that are no text, and bodies
//! that are too large.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::demo::free_port;
use crate::for_each_database;
use crate::proposals::scene::Scene;
use crate::world::{Nobody, Reply};

/// What every answer has, and what none has.
#[track_caller]
fn is_as_every_answer(reply: &Reply, what: &str) {
    assert!(
        reply
            .header("x-request-id")
            .is_some_and(|id| !id.is_empty()),
        "{what}"
    );
    let cors = reply
        .headers
        .keys()
        .find(|name| name.as_str().starts_with("access-control"));
    assert_eq!(cors, None, "{what}");
}

for_each_database! {
    async fn every_answer_has_its_number_and_opens_to_no_other_site(w: &mut World) {
        let root = w.administrator("Root").await;
        let elsewhere = "https://evil.example";
        for (method, path) in [
            (Method::GET, "/health/live"),
            (Method::GET, "/api/v1/openapi.json"),
            (Method::GET, "/competitions"),
            (Method::GET, "/me"),
            (Method::GET, "/people/4242"),
            (Method::GET, "/nothing/here"),
            (Method::POST, "/me"),
            (Method::POST, "/sessions"),
            (Method::OPTIONS, "/competitions"),
        ] {
            let what = format!("{method} {path}");
            let reply = w.ask(&root, method.clone(), path).header("origin", elsewhere).send().await;
            is_as_every_answer(&reply, &what);
            let reply = w.ask(&Nobody, method, path).header("origin", elsewhere).send().await;
            is_as_every_answer(&reply, &what);
        }
        for path in ["/", "/api/docs/", "/api/docs/index.css", "/verify/nonsense", "/nothing"] {
            let reply = w.ask_page(Method::GET, path).header("origin", elsewhere).send().await;
            is_as_every_answer(&reply, path);
        }
    }

    async fn tables_and_dockets_are_not_sniffed(w: &mut World) {
        let s = crate::decisions::scene::Scene::with(w, json!({"docket_approval": true})).await;
        s.decided(w).await;
        for path in ["results.csv", "reviews.csv", "docket.html"] {
            let reply = w.get(&s.fresh(w), &s.path(path)).await.expect(200);
            assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
            is_as_every_answer(&reply, path);
        }
    }

    async fn odd_addresses_lead_nowhere(w: &mut World) {
        let root = w.administrator("Root").await;
        for path in ["/api/docs/..%2fCargo.toml", "/api/docs/..%2f..%2fetc%2fpasswd",
            "/api/docs/%2e%2e/Cargo.toml", "/api/docs/swagger-ui.css%00.html"] {
            let nobody = w.ask_page(Method::GET, path).send().await;
            assert!(matches!(nobody.status, 401 | 404), "{path}: {nobody}");
            w.get(&root, path).await.expect(404);
        }
        for id in ["99999999999999999999", "-1", "0", "1e3", "%00", "..%2f..", "1%202", "%ff"] {
            for noun in ["stages", "competitions", "coalitions", "proposals", "attachments"] {
                let reply = w.get(&root, &format!("/{noun}/{id}")).await;
                assert!(matches!(reply.status, 400 | 404), "{noun}/{id}: {reply}");
                let reply = w.delete(&root, &format!("/{noun}/{id}")).await;
                assert!(matches!(reply.status, 400 | 404 | 405), "{noun}/{id}: {reply}");
            }
        }
    }

    async fn bytes_that_are_no_text_are_refused(w: &mut World) {
        let root = w.administrator("Root").await;
        let table = b"name,kind,region,country,mail_domain,fact,value,source,as_of\n\
            Lawr\xffence,city,Massachusetts,US,,population,1,Census,2020\n".to_vec();
        let import = w.ask(&root, Method::POST, "/places/imports").body("text/csv", table).send().await;
        assert!(matches!(import.status, 400 | 422), "{import}");
        let body = b"{\"programme\": \"a\xffb\"}".to_vec();
        let json = w.ask(&root, Method::POST, "/competitions").body("application/json", body).send().await;
        assert!(matches!(json.status, 400 | 422), "{json}");
        for query in ["/places?text=%ff", "/places?%ff=1", "/audit-log?act=%ff%fe"] {
            let reply = w.get(&root, query).await;
            assert!(reply.status < 500, "{query}: {reply}");
        }
        let s = Scene::open(w).await;
        let head = b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\xff.pdf\"\r\n\r\n";
        let form = [head.as_slice(), b"%PDF-1.7\n%%EOF\n\r\n--edge--\r\n"].concat();
        let path = s.path("/attachments?question=letters");
        let upload = w.ask(&s.editor, Method::POST, &path).body("multipart/form-data; boundary=edge", form);
        let upload = upload.send().await;
        assert!(matches!(upload.status, 201 | 400), "{upload}");
        for page in ["/reset/a", "/verify/a", "/invitation/a"] {
            let form = w.ask_page(Method::POST, page)
                .body("application/x-www-form-urlencoded", b"password=a%ff&name=\xff".to_vec()).send().await;
            assert!(form.status < 500, "{page}: {form}");
        }
    }

    async fn bodies_beyond_the_limit_are_refused_however_they_are_sent(w: &mut World) {
        let root = w.administrator("Root").await;
        let large = vec![b' '; 3 * 1024 * 1024];
        for (path, media_type) in [
            ("/sessions", "application/json"),
            ("/competitions", "application/json"),
            ("/places/imports", "text/csv"),
            ("/bounces", "message/rfc822"),
        ] {
            let ask = || w.ask(&root, Method::POST, path).body(media_type, large.clone());
            let streamed = ask().send().await.expect(413);
            assert_eq!(streamed.problem(), "too-large", "{path}");
            let announced = ask().header("content-length", large.len().to_string()).send().await;
            assert_eq!(announced.expect(413).problem(), "too-large", "{path}");
        }
    }

    async fn a_hundred_megabytes_are_turned_away_before_they_are_read(w: &mut World) {
        let port = free_port();
        let served = w.serve(port, &[]);
        let before = most_memory(served.id());
        for framing in [Framing::Chunked, Framing::Announced] {
            let (status, sent) = send_endlessly(port, framing);
            assert_eq!(status, 413, "{framing:?}");
            assert!(sent < ALL, "{framing:?}: all was sent");
        }
        let grew = most_memory(served.id()) - before;
        assert!(grew < 32 * 1024, "{grew} KiB more");
        served.stop();
    }
}

const ALL: usize = 100 * 1024 * 1024;

#[derive(Clone, Copy, Debug)]
enum Framing {
    Chunked,
    Announced,
}

/// Sends a body until an answer comes; gives its status and how much was sent by then.
fn send_endlessly(port: u16, framing: Framing) -> (u16, usize) {
    let mut to = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let told = match framing {
        Framing::Chunked => "Transfer-Encoding: chunked".to_owned(),
        Framing::Announced => format!("Content-Length: {ALL}"),
    };
    write!(
        to,
        "POST /api/v1/sessions HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\
         Content-Type: application/json\r\n{told}\r\n\r\n"
    )
    .unwrap();
    let answered = Arc::new(AtomicBool::new(false));
    let reader = std::thread::spawn({
        let (mut from, answered) = (to.try_clone().unwrap(), Arc::clone(&answered));
        move || {
            let mut head = [0; 12];
            from.read_exact(&mut head).unwrap();
            answered.store(true, Ordering::SeqCst);
            String::from_utf8_lossy(&head[9..]).parse::<u16>().unwrap()
        }
    });
    let piece = vec![b' '; 64 * 1024];
    let mut sent = 0;
    while sent < ALL && !answered.load(Ordering::SeqCst) {
        let written = match framing {
            Framing::Chunked => write!(to, "{:x}\r\n", piece.len())
                .and_then(|()| to.write_all(&piece))
                .and_then(|()| to.write_all(b"\r\n")),
            Framing::Announced => to.write_all(&piece),
        };
        if written.is_err() {
            break;
        }
        sent += piece.len();
    }
    (reader.join().unwrap(), sent)
}

/// The most memory that a process ever had, in KiB.
fn most_memory(id: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.unwrap().parse().unwrap()
}

for_each_database! {
    async fn what_is_typed_is_fetched_by_nobody(w: &mut World) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (http, https) = (format!("http://127.0.0.1:{port}/x"), format!("https://127.0.0.1:{port}/x"));
        let root = w.administrator("Root").await;
        let mut call = crate::competitions::call();
        (call["required_sectors"], call["match_required_percent"]) = (json!([]), json!(0));
        call["summary"] = json!(format!("Read {http} and ![it]({https}) <img src=\"{http}\">."));
        let competition = w.post(&root, "/competitions", call).await.expect(201).id();
        let path = format!("/competitions/{competition}");
        let date = json!({"kind": "workshop", "title": "How to apply", "starts_at": "2026-03-25T15:00:00Z", "link": https});
        w.post(&root, &format!("{path}/call-dates"), date).await.expect(201);
        let stage = json!({"name": "Full proposal", "kind": "full_proposal", "has_screening": false, "has_review": false,
            "opens_at": "2026-03-10T13:00:00Z", "deadline": "2026-04-24T21:00:00Z",
            "form": {"sections": [{"key": "idea", "title": "The idea", "questions": [
                {"key": "site", "label": "Where?", "kind": {"type": "link"}},
                {"key": "words", "label": "What?", "kind": {"type": "long_text", "max_words": 50}}]}]}});
        w.post(&root, &format!("{path}/stages"), stage).await.expect(201);
        w.post(&root, &format!("{path}/publication"), Value::Null).await.expect(200);
        w.set_time("2026-03-20T13:00:00Z");
        let table = "name,kind,region,country,mail_domain,fact,value,source,as_of\n\
            Lawrence,city,Massachusetts,US,,population,76377,Census,2010\n";
        let import = w.ask(&root, Method::POST, "/places/imports").body("text/csv", table);
        import.send().await.expect(200);
        let place = w.get(&root, "/places").await.expect(200).items()[0]["id"].clone();
        let ana = w.person("Ana").await;
        let founding = json!({"name": https, "lead_organisation": http, "places": [{"place_id": place,
            "answers": {}}]});
        let founded = w.post(&ana, &format!("{path}/coalitions"), founding).await.expect(201).id();
        let title = json!({"title": https});
        let begun = w.post(&ana, &format!("/coalitions/{founded}/proposals"), title).await.expect(201).id();
        let answers = json!({"answers": {"site": https, "words": format!("See {http}")}});
        w.edit(&ana, &format!("/proposals/{begun}/sections/idea"), |_| answers).await.expect(200);
        w.post(&ana, &format!("/proposals/{begun}/submissions"), json!({})).await.expect(201);
        civitas::cli::minute::each_minute(&w.app).await;
        let mail = w.run_jobs().await;
        assert!(mail.iter().any(|mail| mail.to == ana.email), "{} letters", mail.len());
        let came = listener.accept().map(|(_, from)| from);
        assert_eq!(came.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    }
}
