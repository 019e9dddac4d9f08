//! What is said of wrong values, and how long texts may be.

use serde_json::{Value, json};

use actix_web::http::Method;

use crate::competitions::{OPENS, call, pointers};
use crate::for_each_database;
use crate::proposals::scene::Scene;
use crate::world::{Actor, World};

/// A line that others read: who sends it, where to, in what, and where it stands in that.
struct Line<'s> {
    who: &'s Actor,
    method: Method,
    path: String,
    body: Value,
    pointer: &'static str,
}

fn line<'s>(who: &'s Actor, path: &str, body: Value, pointer: &'static str) -> Line<'s> {
    let (method, path) = path.split_once(' ').unwrap();
    Line {
        who,
        method: method.parse().unwrap(),
        path: path.to_owned(),
        body,
        pointer,
    }
}

/// A stage with something to choose, a table and a criterion.
fn asking() -> Value {
    json!({"name": "x", "kind": "full_proposal",
        "form": {"sections": [{"key": "a", "title": "x", "questions": [
            {"key": "b", "label": "x", "kind": {"type": "choice", "options": [{"key": "c", "label": "x"}]}},
            {"key": "d", "label": "x", "kind": {"type": "table", "max_rows": 1, "columns": [
                {"key": "e", "label": "x", "kind": {"type": "money"}}]}}]}]},
        "rubric": civitas::competitions::model::builtin::four_questions()})
}

/// Every line of the product that somebody types and somebody else reads.
fn lines<'s>(root: &'s Actor, ana: &'s Actor, s: &'s Scene) -> Vec<Line<'s>> {
    let (officer, convenor) = (&s.officer, &s.convenor);
    let competition = format!("/competitions/{}", s.competition);
    let stage = format!("/stages/{}", s.stage);
    let coalition = format!("/coalitions/{}", s.coalition);
    let post = |path: &str| format!("POST {path}");
    let juror = json!({"email": "j@people.example", "max_load": 3, "documents": [{"title": "x", "text": "x"}]});
    let founded = json!({"name": "x", "lead_organisation": "x", "places": []});
    let named = json!({"name": "x", "lead_organisation": "x"});
    let seat = json!({"sector": "public", "role": "x", "holder_name": "x"});
    let against = json!({"name": "x", "organisation": "x", "reason": "x"});
    let me = json!({"name": "x", "language": "en", "reminders": true});
    let mut all = vec![
        line(root, "POST /competitions", call(), "/programme"),
        line(root, "POST /competitions", call(), "/edition"),
        line(
            ana,
            "POST /me/tokens",
            json!({"name": "x", "scopes": ["read"], "days": 1}),
            "/name",
        ),
        line(
            officer,
            &post(&format!("{competition}/stages")),
            json!({"name": "x", "kind": "full_proposal"}),
            "/name",
        ),
        line(
            officer,
            &post(&format!("{competition}/budget-lines")),
            json!({"funder": "x",
            "instrument": "grant", "amount": {"amount": 1, "currency": "USD"}}),
            "/funder",
        ),
        line(
            officer,
            &post(&format!("{competition}/call-dates")),
            json!({"kind": "workshop", "title": "x", "starts_at": OPENS}),
            "/title",
        ),
        line(
            officer,
            &format!("PUT {stage}/announcement-texts/award/en"),
            json!({"subject": "x", "body": "x"}),
            "/subject",
        ),
        line(
            convenor,
            &format!("PUT /proposals/{}", s.proposal),
            json!({"title": "x"}),
            "/title",
        ),
    ];
    for pointer in [
        "/form/sections/0/title",
        "/form/sections/0/questions/0/kind/options/0/label",
        "/form/sections/0/questions/1/kind/columns/0/label",
        "/rubric/criteria/0/title",
    ] {
        let path = post(&format!("{competition}/stages"));
        all.push(line(officer, &path, asking(), pointer));
    }
    for pointer in ["/organisation", "/home_city", "/name", "/documents/0/title"] {
        all.push(line(
            officer,
            &post(&format!("{stage}/panel-members")),
            juror.clone(),
            pointer,
        ));
    }
    for pointer in ["/name", "/lead_organisation", "/fiscal_agent"] {
        all.push(line(
            ana,
            &post(&format!("{competition}/coalitions")),
            founded.clone(),
            pointer,
        ));
        all.push(line(
            convenor,
            &format!("PUT {coalition}"),
            named.clone(),
            pointer,
        ));
    }
    for pointer in ["/role", "/holder_name", "/organisation"] {
        all.push(line(
            convenor,
            &post(&format!("{coalition}/seats")),
            seat.clone(),
            pointer,
        ));
    }
    for pointer in ["/name", "/organisation"] {
        let path = post(&format!("{coalition}/conflict-namings"));
        all.push(line(convenor, &path, against.clone(), pointer));
    }
    for pointer in ["/name", "/organisation", "/home_city"] {
        all.push(line(ana, "PUT /me", me.clone(), pointer));
    }
    all
}

/// Sends a line with this text in it.
async fn refused(w: &World, line: &Line<'_>, text: &str) {
    let mut body = line.body.clone();
    let (above, name) = line.pointer.rsplit_once('/').unwrap();
    body.pointer_mut(above).unwrap()[name] = text.into();
    let mut asks = w.ask(line.who, line.method.clone(), &line.path);
    if line.method == Method::PUT {
        asks = asks.header(
            "if-match",
            w.get(line.who, &line.path).await.expect(200).etag(),
        );
    }
    let reply = asks.json(&body).send().await;
    let told = format!("{} {} {text:?}: {reply}", line.path, line.pointer);
    assert_eq!(reply.status, 422, "{told}");
    assert!(pointers(&reply).contains(&line.pointer), "{told}");
}

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

    async fn a_line_that_others_read_is_one_line_and_misleads_nobody(w: &mut World) {
        let (root, ana) = (w.administrator("Root").await, w.person("Ana").await);
        let scene = Scene::open(w).await;
        for line in lines(&root, &ana, &scene) {
            for text in ["ab\u{202e}fdp", "a\u{2066}b", "a\u{200b}b", "a\nb", "a\r\nb", "a\u{2028}b"] {
                refused(w, &line, text).await;
            }
        }
        // Scripts that are written from the right, and those with joiners, are written as ever.
        for name in ["\u{645}\u{62d}\u{645}\u{62f}", "\u{645}\u{6cc}\u{200c}\u{62e}"] {
            let token = json!({"name": name, "scopes": ["read"], "days": 1});
            w.post(&ana, "/me/tokens", token).await.expect(201);
        }
    }
}
