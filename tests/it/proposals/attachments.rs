//! Attachments: kept, served and removed by right.

use actix_web::http::Method;
use civitas::panels::model::AssignmentState;
use civitas::platform::clock::Instant;
use civitas::platform::db::schema::people;
use civitas::platform::files::StoredFile;
use civitas::platform::ids::{AttachmentId, CoalitionId, ProposalId, StageId};
use civitas::proposals::actions::attachments::hold as hold_bytes;
use civitas::proposals::leftovers::delete_unshown;
use civitas::proposals::model::Attachment;
use civitas::proposals::store;
use diesel::prelude::*;

use super::scene::{AFTER, DEADLINE, Scene};
use crate::for_each_database;
use crate::world::{Actor, Nobody, Reply, World};

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

/// A form with one file.
fn form(field: &str, name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
         Content-Type: text/html\r\n\r\n"
    );
    [head.as_bytes(), bytes, b"\r\n--edge--\r\n"].concat()
}

/// Uploads a file to a question of the draft.
pub async fn upload(w: &World, scene: &Scene, who: &Actor, question: &str, bytes: &[u8]) -> Reply {
    let path = scene.path(&format!("/attachments?question={question}"));
    w.ask(who, Method::POST, &path)
        .body(
            "multipart/form-data; boundary=edge",
            form("file", "plan é.pdf", bytes),
        )
        .send()
        .await
}

/// Bytes that came in and that no attachment shows; gives the name that they are kept under.
async fn hold(w: &World, scene: &Scene, bytes: &'static [u8]) -> String {
    let coalition = CoalitionId(scene.coalition);
    let pieces = futures_util::stream::iter([Ok::<_, String>(actix_web::web::Bytes::from(bytes))]);
    let received = w.app.files.receive(pieces, 1000).await.unwrap();
    let file = received.file().clone();
    let name = w
        .write(move |w| hold_bytes(w, coalition, i64::MAX, &file))
        .name;
    w.app.files.keep(received, &name).await.unwrap();
    name
}

/// The name that an attachment's bytes are kept under.
fn name_of(w: &World, attachment: i64) -> String {
    w.write(move |w| {
        Ok(store::attachment(w, AttachmentId(attachment))?
            .unwrap()
            .stored_as)
    })
}

for_each_database! {
    async fn a_file_is_what_its_content_says(w: &mut World) {
        let scene = Scene::open(w).await;
        let kept = upload(w, &scene, &scene.editor, "letters", PDF).await.expect(201);
        assert_eq!(kept.json["media_type"], "application/pdf");
        assert_eq!(kept.json["size"], PDF.len());
        let path = format!("/attachments/{}/content", kept.id());
        let served = w.get(&scene.signatory, &path).await.expect(200);
        assert_eq!(served.bytes, PDF);
        for (name, value) in [
            ("content-type", "application/pdf"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "sandbox; default-src 'none'"),
            ("cache-control", "private, no-store"),
            ("content-disposition",
                "attachment; filename=\"plan__.pdf\"; filename*=UTF-8''plan%20%C3%A9.pdf"),
        ] {
            assert_eq!(served.header(name), Some(value), "{name}");
        }
        let page = upload(w, &scene, &scene.editor, "letters", b"<html><script>1</script>").await;
        assert_eq!(page.expect(415).problem(), "wrong-media-type");
        upload(w, &scene, &scene.editor, "letters", b"").await.expect(415);
        // No name makes it open as something else.
        let text = upload(w, &scene, &scene.editor, "letters", b"Some words.").await.expect(201);
        assert_eq!(text.json["name"], "plan \u{e9}.pdf.txt");
    }

    async fn only_a_form_with_one_file_is_taken(w: &mut World) {
        let scene = Scene::open(w).await;
        let path = scene.path("/attachments?question=letters");
        let post = |kind: &str, body: Vec<u8>| w.ask(&scene.editor, Method::POST, &path).body(kind, body).send();
        let edge = "multipart/form-data; boundary=edge";
        post("application/pdf", PDF.to_vec()).await.expect(415);
        post(edge, form("other", "a.pdf", PDF)).await.expect(400);
        post(edge, form("file", "a.pdf", PDF)[..60].to_vec()).await.expect(400);
        post("multipart/form-data", form("file", "a.pdf", PDF)).await.expect(400);
        let draft = w.get(&scene.editor, &scene.path("/attachments")).await.expect(200);
        assert!(draft.items().is_empty());
    }

    async fn each_question_takes_its_files_from_those_who_answer_it(w: &mut World) {
        let scene = Scene::open(w).await;
        let stranger = w.person("Stella").await;
        upload(w, &scene, &stranger, "letters", PDF).await.expect(404);
        upload(w, &scene, &scene.officer, "letters", PDF).await.expect(403);
        upload(w, &scene, &scene.signatory, "letters", PDF).await.expect(403);
        upload(w, &scene, &scene.contributor, "letters", PDF).await.expect(403);
        upload(w, &scene, &scene.editor, "problem", PDF).await.expect(400);
        upload(w, &scene, &scene.editor, "letters", PDF).await.expect(201);
        let second = upload(w, &scene, &scene.editor, "letters", PDF).await.expect(201);
        let third = upload(w, &scene, &scene.editor, "letters", PDF).await.expect(409);
        assert_eq!(third.problem(), "quota-used-up");
        w.delete(&scene.signatory, &format!("/attachments/{}", second.id())).await.expect(403);
        w.delete(&scene.editor, &format!("/attachments/{}", second.id())).await.expect(204);
        w.get(&scene.editor, &format!("/attachments/{}", second.id())).await.expect(404);
        w.delete(&scene.editor, &format!("/attachments/{}", second.id())).await.expect(404);
        upload(w, &scene, &scene.editor, "letters", PDF).await.expect(201);
    }

    async fn nobody_uploads_or_submits_from_an_address_that_is_not_verified(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.fill(w).await;
        let editor = scene.editor.id;
        w.write(move |w| {
            diesel::update(people::table.find(editor))
                .set(people::verified_at.eq(None::<Instant>))
                .execute(w.conn())?;
            Ok(())
        });
        let refused = upload(w, &scene, &scene.editor, "letters", PDF).await.expect(409);
        assert_eq!(refused.problem(), "address-not-verified");
        let refused = scene.submit(w, &scene.editor).await.expect(409);
        assert_eq!(refused.problem(), "address-not-verified");
    }

    async fn a_coalition_has_so_much_room_and_no_more(w: &mut World) {
        let scene = Scene::open(w).await;
        let (proposal, stage, by) = (ProposalId(scene.proposal), StageId(scene.stage), scene.editor.id);
        let coalition = CoalitionId(scene.coalition);
        w.write(move |w| {
            let size = 600_000_000;
            let file = StoredFile { digest: "f".repeat(64), size, media_type: "application/pdf" };
            let held = store::hold_file(w, coalition, &file)?;
            let attachment = Attachment {
                id: w.fresh_id(),
                proposal_id: proposal,
                stage_id: stage,
                question: "books".into(),
                file_id: held.id,
                name: "large.pdf".into(),
                uploaded_by: by,
                uploaded_at: w.now(),
                removed_at: None,
                stored_as: held.name,
                digest: file.digest,
                size,
                media_type: file.media_type.into(),
            };
            store::insert_attachment(w, &attachment)
        });
        let refused = upload(w, &scene, &scene.editor, "letters", PDF).await.expect(409);
        assert_eq!(refused.problem(), "quota-used-up");
    }

    async fn a_file_is_served_through_what_shows_it(w: &mut World) {
        let scene = Scene::open(w).await;
        let books = upload(w, &scene, &scene.editor, "books", PDF).await.expect(201).id();
        let letter = upload(w, &scene, &scene.editor, "letters", b"A letter of support.").await.expect(201).id();
        let submission = scene.submitted(w).await;
        // Taken out of the draft, the submission still holds it.
        w.delete(&scene.editor, &format!("/attachments/{letter}")).await.expect(204);
        w.set_time(AFTER);
        let reviewer = scene.reviewer(w, "Rita", AssignmentState::Accepted).await;
        let stranger = w.person("Stella").await;
        let administrator = w.administrator("Ada").await;
        for (who, sees_books, sees_letter) in [
            (&scene.contributor, 200, 200),
            (&scene.officer, 200, 200),
            (&reviewer, 404, 200),
            (&stranger, 404, 404),
            (&administrator, 404, 404),
        ] {
            for end in ["", "/content"] {
                w.get(who, &format!("/attachments/{books}{end}")).await.expect(sees_books);
                w.get(who, &format!("/attachments/{letter}{end}")).await.expect(sees_letter);
            }
        }
        w.get(&Nobody, &format!("/attachments/{letter}/content")).await.expect(401);
        let shown = w.get(&reviewer, &format!("/attachments/{letter}")).await.expect(200);
        assert!(shown.json["uploaded_by"].is_null());
        let read = w.get(&reviewer, &format!("/submissions/{submission}")).await.expect(200);
        assert!(read.text().contains(&letter.to_string()) && !read.text().contains(&books.to_string()));
        w.delete(&scene.officer, &format!("/attachments/{letter}")).await.expect(403);
        w.delete(&reviewer, &format!("/attachments/{books}")).await.expect(404);
    }

    async fn before_the_end_only_members_see_a_file(w: &mut World) {
        let scene = Scene::open(w).await;
        let letter = upload(w, &scene, &scene.editor, "letters", PDF).await.expect(201).id();
        scene.submitted(w).await;
        w.set_time(DEADLINE);
        w.get(&scene.officer, &format!("/attachments/{letter}/content")).await.expect(404);
        w.get(&scene.convenor, &format!("/attachments/{letter}/content")).await.expect(200);
        w.set_time("2026-04-24T21:00:00.000001Z");
        upload(w, &scene, &scene.editor, "books", PDF).await.expect(409);
        w.delete(&scene.editor, &format!("/attachments/{letter}")).await.expect(409);
    }

    async fn a_coalition_uploads_two_files_at_a_time(w: &mut World) {
        let scene = Scene::open(w).await;
        let coalition = CoalitionId(scene.coalition);
        let (one, two) = (w.app.uploading.take(&coalition), w.app.uploading.take(&coalition));
        let third = upload(w, &scene, &scene.editor, "letters", PDF).await.expect(503);
        assert!(third.header("retry-after").is_some());
        drop((one, two));
        upload(w, &scene, &scene.editor, "letters", PDF).await.expect(201);
    }

    async fn a_repeated_upload_counts_once(w: &mut World) {
        let scene = Scene::open(w).await;
        let path = scene.path("/attachments?question=letters");
        let send = |bytes: &'static [u8]| w.ask(&scene.editor, Method::POST, &path)
            .header("idempotency-key", "once")
            .body("multipart/form-data; boundary=edge", form("file", "a.pdf", bytes)).send();
        let first = send(PDF).await.expect(201);
        let again = send(PDF).await.expect(201);
        assert_eq!(first.json, again.json);
        assert_eq!(send(b"Other text.").await.expect(422).problem(), "key-reused");
        let draft = w.get(&scene.editor, &scene.path("/attachments")).await.expect(200);
        assert_eq!(draft.items().len(), 1);
        // Also when the question is full by now; and each leaves nothing behind.
        upload(w, &scene, &scene.editor, "letters", PDF).await.expect(201);
        assert_eq!(send(PDF).await.expect(201).json, first.json);
        assert_eq!(send(b"Other text.").await.expect(422).problem(), "key-reused");
        let coalition = CoalitionId(scene.coalition);
        let kept = w.write(move |w| store::bytes_kept(w, coalition));
        assert_eq!(kept, 2 * i64::try_from(PDF.len()).unwrap());
        assert_eq!(w.kept_files(), 2);
    }

    async fn an_upload_that_is_refused_at_last_leaves_nothing_behind(w: &mut World) {
        let scene = Scene::open(w).await;
        w.change(|app| app.uploads.quota_per_coalition_bytes = 90).await;
        let held = hold(w, &scene, PDF).await;
        // What is held counts, though nothing shows it.
        let refused = upload(w, &scene, &scene.editor, "letters", PDF).await.expect(409);
        assert_eq!(refused.problem(), "quota-used-up");
        assert!(w.app.files.exists(&held).await.unwrap());
        assert_eq!(w.kept_files(), 1);
    }

    async fn what_nothing_shows_is_deleted(w: &mut World) {
        let scene = Scene::open(w).await;
        let removed = upload(w, &scene, &scene.editor, "letters", PDF).await.expect(201).id();
        let frozen = upload(w, &scene, &scene.editor, "books", b"Audited accounts.").await.expect(201).id();
        let kept = upload(w, &scene, &scene.editor, "letters", b"A letter of support.").await.expect(201);
        w.delete(&scene.editor, &format!("/attachments/{removed}")).await.expect(204);
        scene.submitted(w).await;
        w.delete(&scene.editor, &format!("/attachments/{frozen}")).await.expect(204);
        let [name, stays] = [removed, frozen].map(|one| name_of(w, one));
        let refused = hold(w, &scene, b"A refused upload.").await;
        let files = &w.app.files;
        let later = |w: &World, seconds: i64| w.clock.set(w.now().plus_seconds(seconds));
        assert_eq!(delete_unshown(&w.app.db, files, w.now()).await.unwrap(), 0, "still held");
        later(w, 700);
        // The same bytes again, just now, are others, whatever becomes of the first.
        let again = upload(w, &scene, &scene.editor, "letters", PDF).await.expect(201).id();
        assert_eq!(delete_unshown(&w.app.db, files, w.now()).await.unwrap(), 2);
        assert!(!files.exists(&refused).await.unwrap() && !files.exists(&name).await.unwrap());
        assert!(files.exists(&stays).await.unwrap() && files.exists(&name_of(w, again)).await.unwrap());
        later(w, 700);
        assert_eq!(delete_unshown(&w.app.db, files, w.now()).await.unwrap(), 0);
        for shown in [frozen, again, kept.id()] {
            w.get(&scene.convenor, &format!("/attachments/{shown}/content")).await.expect(200);
        }
    }

    async fn what_is_deleted_of_others_is_nothing_to_who_uploads_the_same(w: &mut World) {
        let scene = Scene::open(w).await;
        let held = hold(w, &scene, PDF).await;
        w.clock.set(w.now().plus_seconds(700));
        let before = w.now().plus_seconds(-600);
        let leaving = w.write(move |w| store::mark_leaving(w, before));
        assert_eq!(leaving, std::slice::from_ref(&held));
        let own = upload(w, &scene, &scene.editor, "letters", PDF).await.expect(201).id();
        // Whoever marked them is gone: they are deleted some minutes later, the others stay.
        w.clock.set(w.now().plus_seconds(700));
        assert_eq!(delete_unshown(&w.app.db, &w.app.files, w.now()).await.unwrap(), 1);
        assert!(!w.app.files.exists(&held).await.unwrap());
        assert!(w.app.files.exists(&name_of(w, own)).await.unwrap());
    }

    async fn an_upload_that_took_too_long_holds_nothing(w: &mut World) {
        let scene = Scene::open(w).await;
        let file = StoredFile { digest: "0".repeat(64), size: 5, media_type: "text/plain" };
        let coalition = CoalitionId(scene.coalition);
        let held = w.write(move |w| hold_bytes(w, coalition, i64::MAX, &file));
        w.clock.set(w.now().plus_seconds(700));
        let before = w.now().plus_seconds(-600);
        w.write(move |w| store::mark_leaving(w, before));
        assert!(!w.write(move |w| store::still_holds(w, held.id)));
    }

    async fn the_room_counts_every_file_and_removed_ones_until_they_are_gone(w: &mut World) {
        let scene = Scene::open(w).await;
        let first = upload(w, &scene, &scene.editor, "letters", PDF).await.expect(201).id();
        upload(w, &scene, &scene.editor, "letters", PDF).await.expect(201);
        let coalition = CoalitionId(scene.coalition);
        let kept = |w: &World| w.write(move |w| store::bytes_kept(w, coalition));
        let size = i64::try_from(PDF.len()).unwrap();
        assert_eq!(kept(w), 2 * size);
        w.delete(&scene.editor, &format!("/attachments/{first}")).await.expect(204);
        upload(w, &scene, &scene.editor, "letters", b"Another.").await.expect(201);
        assert_eq!(kept(w), 2 * size + 8);
    }
}
