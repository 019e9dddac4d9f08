//! Who is in which group.

use civitas::coalitions::model::MemberRole;
use civitas::competitions::model::Sector;
use civitas::people::Role;
use serde_json::{Value, json};

use super::mailings::{letter, letter_at, names};
use super::scene::join;
use crate::decisions;
use crate::for_each_database;
use crate::proposals::scene::{AFTER, PLAIN, Scene, Setting, seat};
use crate::reviews::panel::Panel;
use crate::world::World;

/// The sectors that the call asks for.
const ASKED: &[Sector] = &[Sector::Residents, Sector::Finance];

impl Scene {
    /// Who is in a group, as its officer sees it.
    async fn group(&self, w: &World, mailing: &Value) -> Vec<String> {
        names(&self.previews(w, &self.officer, mailing).await.expect(200))
    }
}

for_each_database! {
    async fn groups_of_coalitions_hold_whom_they_say(w: &mut World) {
        let scene = Scene::with(w, Setting { sealed: false, sectors: ASKED, ..PLAIN }).await;
        let (chelsea, carl) = scene.another_city(w, "Chelsea").await;
        let (holyoke, _) = scene.another_city(w, "Holyoke").await;
        w.post(&carl, &format!("/coalitions/{chelsea}/proposals"), json!({"title": "Two"})).await.expect(201);
        let all = ["carl.of.chelsea", "carl.of.holyoke", "carla", "connie", "edwin", "sigrid"];
        assert_eq!(scene.group(w, &letter("members", "a")).await, all);
        assert_eq!(scene.group(w, &letter_at("members", scene.stage, "a")).await, all);
        let mut convenors = letter("members", "a");
        convenors["filters"] = json!({"roles": ["convenor"]});
        assert_eq!(scene.group(w, &convenors).await, ["carl.of.chelsea", "carl.of.holyoke", "carla"]);
        convenors["filters"]["coalitions"] = json!([holyoke, scene.coalition]);
        assert_eq!(scene.group(w, &convenors).await, ["carl.of.holyoke", "carla"]);
        assert_eq!(scene.group(w, &letter_at("not_begun", scene.stage, "a")).await, ["carl.of.holyoke"]);

        for sector in ASKED {
            let holder = w.person(&format!("Seated {sector}")).await.id;
            seat(w, scene.coalition, *sector, holder);
        }
        scene.submitted(w).await;
        assert_eq!(scene.group(w, &letter_at("drafts_not_submitted", scene.stage, "a")).await, ["carl.of.chelsea"]);
        assert_eq!(scene.group(w, &letter_at("submitted", scene.stage, "a")).await, all[2..]);
        // Nobody was told that they advance to a later stage.
        let later = scene.add_stage(w, 2, Some(crate::proposals::scene::form()));
        assert!(scene.group(w, &letter_at("members", later, "a")).await.is_empty());
        scene.decide(w, "advance", "2026-05-20T13:00:00Z");
        w.set_time("2026-05-20T13:00:00Z");
        assert_eq!(scene.group(w, &letter_at("members", later, "a")).await, all[2..]);

        let holder = w.person("Resident").await.id;
        seat(w, chelsea, Sector::Residents, holder);
        let unfilled = letter("seats_unfilled", "{{coalition}} lacks {{lacking}}");
        let preview = scene.previews(w, &scene.officer, &unfilled).await.expect(200);
        assert_eq!(names(&preview), ["carl.of.chelsea", "carl.of.holyoke"]);
        let texts: Vec<&str> = preview.json["messages"].as_array().unwrap().iter()
            .map(|one| one["text"].as_str().unwrap().split("\n\n").next().unwrap()).collect();
        assert_eq!(texts, ["Chelsea together lacks banks, lenders and investors",
            "Holyoke together lacks residents, banks, lenders and investors"]);
        let mut residents = unfilled.clone();
        residents["filters"] = json!({"lacking": ["residents"]});
        assert_eq!(scene.group(w, &residents).await, ["carl.of.holyoke"]);

        let waiting = letter("claims_waiting", "{{places}}");
        let preview = scene.previews(w, &scene.officer, &waiting).await.expect(200);
        assert_eq!(names(&preview).len(), 6);
        let text = preview.json["messages"][0]["text"].as_str().unwrap();
        assert!(text.starts_with("Chelsea, region "), "{text}");
    }

    async fn a_person_of_two_coalitions_gets_two_letters_only_where_they_differ(w: &mut World) {
        let scene = Scene::open(w).await;
        let (chelsea, _) = scene.another_city(w, "Chelsea").await;
        join(w, chelsea, &scene.editor, MemberRole::Editor);
        assert_eq!(scene.group(w, &letter("members", "Hello {{person}}.")).await,
            ["carl.of.chelsea", "carla", "connie", "edwin", "sigrid"]);
        assert_eq!(scene.group(w, &letter("members", "Hello {{coalition}}.")).await,
            ["carl.of.chelsea", "carla", "connie", "edwin", "edwin", "sigrid"]);
        let made = scene.writes_to(w, &scene.officer, &letter("members", "Hello {{person}}.")).await.expect(201);
        let to = w.get(&scene.officer, &format!("/mailings/{}/letters", made.id())).await.expect(200);
        let edwins: Vec<&Value> = to.items().iter().filter(|one| one["name"] == "edwin").collect();
        assert_eq!((edwins.len(), edwins[0]["coalitions"].as_array().unwrap().len()), (1, 2));
    }

    async fn groups_of_reviewers_and_of_the_office_hold_whom_they_say(w: &mut World) {
        use civitas::panels::model::AssignmentState::{Accepted, Declined, Invited};
        let panel = Panel::with(w, json!({"review_deadline": "2026-05-01T21:00:00Z"})).await;
        let (sits, _) = panel.on_the_panel(w, "Sam").await;
        let asked = w.person("Ingrid").await;
        let invitation = json!({"email": asked.email, "max_load": 5});
        w.post(&panel.officer, &panel.stage("panel-members"), invitation).await.expect(201);
        for (name, state) in [("Ida", Invited), ("Dora", Declined), ("Ava", Accepted)] {
            let juror = w.person(name).await;
            panel.assign(w, &juror, 1, state);
        }
        panel.staff(w, "Asa", Role::Assistant).await;
        panel.staff(w, "Abby", Role::Approver).await;
        w.set_time("2026-05-01T21:00:00Z");
        let officer = w.sign_in(panel.officer.id);
        let group = async |w: &World, mailing: &Value| {
            let path = format!("/competitions/{}/mailing-previews", panel.competition);
            names(&w.post(&officer, &path, mailing.clone()).await.expect(200))
        };
        assert_eq!(group(w, &letter_at("reviewers", panel.stage, "a")).await, ["sam"]);
        assert_eq!(group(w, &letter_at("reviewers_invited", panel.stage, "a")).await, ["ingrid"]);
        assert_eq!(group(w, &letter("office", "a")).await, ["asa", "olive"]);
        let late = letter_at("reviewers_late", panel.stage, "{{open_reviews}}");
        assert_eq!(group(w, &late).await, ["ava", "ida", "sam"]);
        // No letter to a reviewer can name a coalition.
        let named = letter_at("reviewers_late", panel.stage, "{{coalition}}");
        let path = format!("/competitions/{}/mailing-previews", panel.competition);
        let refused = w.post(&officer, &path, named).await.expect(422);
        assert_eq!(refused.json["errors"][0]["pointer"], "/texts/0/body");
        w.write({
            let (stage, by) = (panel.stage, officer.id);
            move |w| civitas::competitions::store::record_act(
                w, civitas::platform::ids::StageId(stage),
                civitas::competitions::model::StageActKind::ReviewsClosed, by, "")
        });
        assert!(group(w, &late).await.is_empty(), "nobody can hand in any more");
        assert_eq!(sits.email, "sam@people.example");
    }

    async fn whose_offer_waits_for_an_answer_is_told_until_when(w: &mut World) {
        let scene = decisions::scene::Scene::deciding(w).await;
        scene.announced(w).await;
        let path = format!("/competitions/{}/mailing-previews", scene.competition);
        let mut offers = letter("awards_unanswered", "{{total}} until {{answer_by}}");
        let preview = w.post(&scene.officer, &path, offers.clone()).await.expect(200);
        assert_eq!(names(&preview), ["carla.of.lawrence", "sigrid"]);
        let text = preview.json["messages"][0]["text"].as_str().unwrap();
        assert!(text.starts_with("USD 300,000.00 until Fri 31 July 2026, 17:00 EDT"), "{text}");
        offers["filters"] = json!({"within_days": 10});
        let preview = w.post(&scene.officer, &path, offers).await.expect(200);
        assert_eq!(preview.json["recipients"], 0);
        let groups = w.get(&scene.officer, &format!("/competitions/{}/mailing-groups", scene.competition)).await.expect(200);
        assert_eq!(groups.items().len(), 11);
        assert!(AFTER < "2026-06", "the stage is over");
    }
}
