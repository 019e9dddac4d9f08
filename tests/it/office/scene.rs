//! What stories of an office share.

use civitas::coalitions::jobs;
use civitas::coalitions::model::{Member, MemberRole};
use civitas::coalitions::store as coalitions;
use civitas::platform::db::schema::conflicts;
use civitas::platform::ids::CoalitionId;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::proposals::scene::{Scene, add_coalition};
use crate::world::{Actor, Nobody, Reply, World};

impl Scene {
    pub fn of_competition(&self, rest: &str) -> String {
        format!("/competitions/{}/{rest}", self.competition)
    }

    pub async fn asks(&self, w: &World, who: &Actor, question: &str) -> Reply {
        let asked = json!({"question": question});
        w.post(who, &self.of_competition("questions"), asked).await
    }

    pub async fn waiting(&self, w: &World, who: &Actor) -> Vec<i64> {
        let path = self.of_competition("questions?state=waiting");
        let read = w.get(who, &path).await.expect(200);
        read.items()
            .iter()
            .map(|one| one["id"].as_i64().unwrap())
            .collect()
    }

    pub async fn publishes(&self, w: &World, answers: Value) -> Reply {
        let path = self.of_competition("answer-publications");
        w.post(&self.officer, &path, json!({"answers": answers}))
            .await
    }

    /// What anybody reads.
    pub async fn published(&self, w: &World) -> Vec<Value> {
        let path = self.of_competition("published-answers");
        w.get(&Nobody, &path).await.expect(200).items().to_vec()
    }

    /// Another city's coalition in the same competition, and its convenor.
    pub async fn another_city(&self, w: &mut World, name: &str) -> (i64, Actor) {
        let convenor = w.person(&format!("Carl of {name}")).await;
        let (competition, name) = (self.competition, name.to_owned());
        let cast = [(convenor.id, MemberRole::Convenor)];
        let made = w.write(move |w| add_coalition(w, competition, &name, &cast));
        (made, convenor)
    }
}

/// What a running server does by itself about questions.
pub fn minute(w: &World) {
    for publication in w.write(|w| jobs::publications_to_tell(w)) {
        while w.write(move |w| jobs::tell_of_publication(w, publication)) {}
    }
    w.write(jobs::tell_of_questions);
}

/// Closes a coalition's door to somebody of the office.
pub fn conflict(w: &World, competition: i64, coalition: i64, who: &Actor) {
    let person = who.id;
    w.write(move |w| {
        let (id, now) = (w.fresh_id::<i64>(), w.now());
        diesel::insert_into(conflicts::table)
            .values((
                conflicts::id.eq(id),
                conflicts::competition_id.eq(competition),
                conflicts::coalition_id.eq(coalition),
                conflicts::person_id.eq(person),
                conflicts::kind.eq("family"),
                conflicts::source.eq("officer"),
                conflicts::state.eq("confirmed"),
                conflicts::years.eq(""),
                conflicts::evidence.eq(""),
                conflicts::created_at.eq(now),
                conflicts::reason.eq(""),
            ))
            .execute(w.conn())?;
        Ok(())
    });
}

/// Makes somebody a member of a coalition.
pub fn join(w: &World, coalition: i64, who: &Actor, role: MemberRole) {
    let person_id = who.id;
    w.write(move |w| {
        let member = Member {
            id: w.fresh_id(),
            coalition_id: CoalitionId(coalition),
            person_id,
            role,
            sections: Vec::new(),
            joined_at: w.now(),
        };
        coalitions::insert_member(w, &member, None)
    });
}
