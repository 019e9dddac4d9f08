//! What happens each minute, one step whatever became of the one before.

use civitas::cli::minute::each_minute;
use civitas::people::Role;
use civitas::platform::db::schema::messages;
use civitas::platform::ids::{CoalitionId, CompetitionId};
use civitas::platform::outbox::{Letter, MessageState, Recipient};
use civitas::proposals::actions::attachments::hold;
use civitas::proposals::leftovers::delete_unshown;
use diesel::prelude::*;
use serde_json::json;

use crate::for_each_database;
use crate::world::World as Civitas;

/// Bytes that nothing shows, which the store of the files fails to delete.
async fn undeletable(w: &Civitas, coalition: CoalitionId) {
    let pieces =
        futures_util::stream::iter([Ok::<_, String>(actix_web::web::Bytes::from("bytes"))]);
    let received = w.app.files.receive(pieces, 1000).await.unwrap();
    let file = received.file().clone();
    let name = w.write(move |w| hold(w, coalition, i64::MAX, &file)).name;
    w.app.files.keep(received, &name).await.unwrap();
    let path = w
        .folder
        .path()
        .join("files/kept")
        .join(&name[..2])
        .join(&name);
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("in the way"), "x").unwrap();
}

/// A letter of a competition that could not be delivered.
fn dead_letter(w: &Civitas, competition: CompetitionId) {
    let id = w.post_letter(Letter {
        kind: "mail-test",
        to: Recipient::Address {
            address: "a@example.org".into(),
            language: "en".into(),
        },
        dedupe_key: "dead".into(),
        cause: ("test", 1),
        competition: Some(competition),
        coalition: None,
        due_at: None,
        fields: json!({}),
    });
    w.write(move |w| {
        let now = w.now();
        diesel::update(messages::table.find(id))
            .set((
                messages::state.eq(MessageState::Dead),
                messages::died_at.eq(Some(now)),
            ))
            .execute(w.conn())?;
        Ok(())
    });
}

for_each_database! {
    async fn a_step_that_fails_keeps_no_other_from_running(w: &mut World) {
        let olive = w.person("Olive").await;
        let (competition, coalition) = w.bare_coalition(olive.id.0);
        w.grant(&olive, Role::Officer, competition.0);
        dead_letter(w, competition);
        undeletable(w, coalition).await;
        w.clock.set(w.now().plus_seconds(700));
        let deleting = delete_unshown(&w.app.db, &w.app.files, w.now()).await;
        assert!(deleting.is_err(), "this is the step that fails");
        w.clock.set(w.now().plus_seconds(700));
        each_minute(&w.app).await;
        // This is written behind it.
        let told = w.mail_to(&olive.email).await;
        let subjects: Vec<&str> = told.iter().map(|mail| mail.subject.as_str()).collect();
        assert!(subjects.iter().any(|subject| subject.starts_with("E-mails that")), "{subjects:?}");
    }
}
