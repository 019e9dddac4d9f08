//! What is said of wrong values, and how long texts may be.

use serde_json::{Value, json};

use crate::competitions::{OPENS, call, pointers};
use crate::for_each_database;

for_each_database! {
    async fn all_that_is_wrong_is_told_at_once(w: &mut World) {
        let olive = w.administrator("Olive").await;
        let mut wrong = call();
        wrong["match_required_percent"] = "twenty".into();
        wrong["colour"] = "blue".into();
        wrong["time_zone"] = "Mars/Olympus".into();
        wrong["edition"] = "é".repeat(201).into();
        let refused = w.post(&olive, "/competitions", wrong).await.expect(422);
        assert_eq!(
            pointers(&refused),
            ["/colour", "/match_required_percent", "/edition", "/time_zone"],
            "{refused}"
        );
        assert_eq!(w.get(&olive, "/competitions").await.expect(200).items(), &[] as &[Value]);
        // Who may not act is told nothing of the body.
        let ana = w.person("Ana").await;
        w.post(&ana, "/competitions", json!({"colour": 1})).await.expect(403);

        // Nothing is said of what a wrong value would have to do with others.
        let competition = w.post(&olive, "/competitions", call()).await.expect(201).id();
        let stages = format!("/competitions/{competition}/stages");
        let stage = json!({"name": "", "kind": "full_proposal", "opens_at": OPENS, "deadline": "noon"});
        let refused = w.post(&olive, &stages, stage).await.expect(422);
        assert_eq!(pointers(&refused), ["/deadline", "/name"], "{refused}");
    }

    async fn characters_are_counted_as_people_see_them(w: &mut World) {
        let olive = w.administrator("Olive").await;
        // An e and its accent, as some keyboards send them: one character.
        let mut decomposed = call();
        decomposed["edition"] = "e\u{301}".repeat(200).into();
        w.post(&olive, "/competitions", decomposed).await.expect(201);
        let token = |name: String| json!({"name": name, "scopes": ["read"], "days": 1});
        w.post(&olive, "/me/tokens", token("e\u{301}".repeat(100))).await.expect(201);
        w.post(&olive, "/me/tokens", token("e\u{301}".repeat(101))).await.expect(422);
    }
}
