//! Files that are two things at once, names that reach for more, the same bytes from two
//! coalitions, and room that ends while bytes stream in.

use actix_web::http::Method;
use civitas::coalitions::model::MemberRole;
use civitas::proposals::leftovers::delete_unshown;
use serde_json::json;

use super::scene::{Scene, add_coalition};
use crate::for_each_database;
use crate::world::{Actor, Reply, World};

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";

/// Uploads bytes under a name, as a form writes it, to a proposal.
async fn upload(w: &World, who: &Actor, proposal: i64, name: &str, bytes: &[u8]) -> Reply {
    let head = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: text/html\r\n\r\n"
    );
    let form = [head.as_bytes(), bytes, b"\r\n--edge--\r\n"].concat();
    let path = format!("/proposals/{proposal}/attachments?question=letters");
    w.ask(who, Method::POST, &path)
        .body("multipart/form-data; boundary=edge", form)
        .send()
        .await
}

/// Uploads, reads what was kept, and takes it out of the draft again; gives name and content.
async fn round(w: &World, s: &Scene, name: &str, bytes: &[u8]) -> (String, Reply) {
    let kept = upload(w, &s.editor, s.proposal, name, bytes)
        .await
        .expect(201);
    let path = format!("/attachments/{}", kept.id());
    let served = w
        .get(&s.editor, &format!("{path}/content"))
        .await
        .expect(200);
    w.delete(&s.editor, &path).await.expect(204);
    (kept.json["name"].as_str().unwrap().to_owned(), served)
}

/// Another city's convenor with a proposal.
async fn another(w: &mut World, s: &Scene) -> (Actor, i64) {
    let otis = w.person("Otis").await;
    let (competition, cast) = (s.competition, [(otis.id, MemberRole::Convenor)]);
    let coalition = w.write(move |w| add_coalition(w, competition, "Chelsea", &cast));
    let path = format!("/coalitions/{coalition}/proposals");
    let begun = w
        .post(&otis, &path, json!({"title": "Another"}))
        .await
        .expect(201);
    (otis, begun.id())
}

fn incoming(w: &World) -> usize {
    let folder = w.folder.path().join("files/incoming");
    std::fs::read_dir(folder).unwrap().count()
}

for_each_database! {
    async fn what_is_two_things_at_once_is_served_as_the_one_that_was_judged(w: &mut World) {
        let s = Scene::open(w).await;
        let page = b"<html><script>alert(document.domain)</script></html>".as_slice();
        let jpeg = [b"\xff\xd8\xff\xfe\0\x38".as_slice(), page, b"\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"].concat();
        let archive = b"PK\x03\x04\x14\0\0\0\0\0PK\x05\x06".as_slice();
        for (bytes, media_type, ending) in [
            ([PDF, page].concat(), "application/pdf", "pdf"),
            (jpeg, "image/jpeg", "jpg"),
            ([PNG, archive].concat(), "image/png", "png"),
            ([PNG, page].concat(), "image/png", "png"),
        ] {
            let (name, served) = round(w, &s, "x.html", &bytes).await;
            assert_eq!(name, format!("x.html.{ending}"));
            assert!(served.bytes == bytes);
            for (header, value) in [
                ("content-type", media_type),
                ("x-content-type-options", "nosniff"),
                ("content-security-policy", "sandbox; default-src 'none'"),
            ] {
                assert_eq!(served.header(header), Some(value), "{media_type}");
            }
            let disposition = served.header("content-disposition").unwrap();
            assert!(disposition.starts_with("attachment;"), "{disposition}");
        }
    }

    async fn no_name_reaches_for_more_than_a_name(w: &mut World) {
        let s = Scene::open(w).await;
        let long = format!("{}.pdf", "n".repeat(300));
        for (given, kept) in [
            ("../../etc/passwd", "passwd.pdf"),
            ("..\\\\..\\\\boot.ini", "boot.ini.pdf"),
            ("con.pdf", "con.pdf"),
            ("a\u{202e}fdp.exe", "afdp.exe.pdf"),
            ("a\u{2028}b.pdf", "ab.pdf"),
            ("..", "file.pdf"),
            (".htaccess", ".htaccess.pdf"),
            ("a;b=c,d.pdf", "a;b=c,d.pdf"),
            (long.as_str(), ""),
        ] {
            let (name, served) = round(w, &s, given, PDF).await;
            let wanted = if kept.is_empty() { format!("{}.pdf", "n".repeat(200)) } else { kept.to_owned() };
            assert_eq!(name, wanted, "{given:?}");
            let disposition = served.header("content-disposition").unwrap();
            let rest = disposition.strip_prefix("attachment; filename=\"").unwrap();
            assert_eq!(rest.matches('"').count(), 1, "{disposition}");
            assert!(!disposition.contains(['\r', '\n', '/', '\\']), "{disposition}");
        }
        // A line break in the form ends its header there: no header of ours can come of it.
        let split = upload(w, &s.editor, s.proposal, "a\r\nX-Set: y", PDF).await;
        assert!(matches!(split.status, 201 | 400), "{split}");
        assert!(split.headers.get("x-set").is_none());
    }

    async fn the_same_bytes_of_two_coalitions_are_two_files(w: &mut World) {
        let s = Scene::open(w).await;
        let (otis, other) = another(w, &s).await;
        let first = upload(w, &s.editor, s.proposal, "a.pdf", PDF).await.expect(201);
        let second = upload(w, &otis, other, "a.pdf", PDF).await.expect(201);
        let shape = |reply: &Reply| {
            let mut shown = reply.json.as_object().unwrap().clone();
            shown.retain(|name, _| name != "id" && name != "uploaded_by");
            let headers: Vec<String> = reply.headers.keys().map(ToString::to_string).collect();
            (shown, headers)
        };
        assert_eq!(shape(&first), shape(&second), "nothing tells that the bytes were there");
        assert_ne!(first.id(), second.id());
        for end in ["", "/content"] {
            w.get(&otis, &format!("/attachments/{}{end}", first.id())).await.expect(404);
            w.get(&s.editor, &format!("/attachments/{}{end}", second.id())).await.expect(404);
        }
        w.delete(&otis, &format!("/attachments/{}", first.id())).await.expect(404);
        // One of them goes, and the other stays whole.
        w.delete(&s.editor, &format!("/attachments/{}", first.id())).await.expect(204);
        w.clock.set(w.now().plus_seconds(700));
        assert_eq!(delete_unshown(&w.app.db, &w.app.files, w.now()).await.unwrap(), 1);
        let content = format!("/attachments/{}/content", second.id());
        assert_eq!(w.get(&otis, &content).await.expect(200).bytes, PDF);
        w.get(&s.editor, &format!("/attachments/{}/content", first.id())).await.expect(404);
        w.delete(&otis, &format!("/attachments/{}", second.id())).await.expect(204);
        w.clock.set(w.now().plus_seconds(700));
        assert_eq!(delete_unshown(&w.app.db, &w.app.files, w.now()).await.unwrap(), 1);
    }

    async fn the_room_ends_while_bytes_stream_in(w: &mut World) {
        let s = Scene::open(w).await;
        w.change(|app| app.uploads.quota_per_coalition_bytes = 1000).await;
        upload(w, &s.editor, s.proposal, "a.txt", "a".repeat(900).as_bytes()).await.expect(201);
        let over = upload(w, &s.editor, s.proposal, "b.txt", "b".repeat(200).as_bytes()).await.expect(409);
        assert_eq!(over.problem(), "quota-used-up");
        assert_eq!(incoming(w), 0);
        upload(w, &s.editor, s.proposal, "c.txt", "c".repeat(100).as_bytes()).await.expect(201);
        let listed = w.get(&s.editor, &s.path("/attachments")).await.expect(200);
        assert_eq!(listed.items().len(), 2);
    }

    async fn an_upload_that_is_too_large_is_told_so(w: &mut World) {
        let s = Scene::open(w).await;
        let large = vec![b'x'; 26 * 1024 * 1024];
        upload(w, &s.editor, s.proposal, "a.txt", &large).await.expect(413);
        assert_eq!(incoming(w), 0);
    }
}
