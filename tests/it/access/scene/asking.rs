//! What the cities ask the office, and what the office writes to everybody.

use serde_json::json;

use super::Scene;
use crate::access::cast::Persona;
use crate::world::World;

impl Scene {
    /// Two questions of Lawrence's, one of which is answered for all to read, and a letter to all
    /// members.
    pub(super) async fn ask_the_office(&mut self, w: &World) {
        let officer = self.cast.of(Persona::Officer).clone();
        let path = format!("/competitions/{}", self.of.competition);
        let questions = format!("{path}/questions");
        let asked = json!({"question": "May Lawrence Works lead, though its office is elsewhere?"});
        let editor = self.cast.of(Persona::Editor).clone();
        self.of.question = w.post(&editor, &questions, asked).await.expect(201).id();
        let asked = json!({"question": "Is One table for Lawrence too long a title?"});
        let convenor = self.cast.of(Persona::Convenor).clone();
        let other = w.post(&convenor, &questions, asked).await.expect(201).id();
        let answer = json!({"questions": [other], "question": "How long is a title?", "answer": "200 characters."});
        let published = w
            .post(
                &officer,
                &format!("{path}/answer-publications"),
                json!({"answers": [answer]}),
            )
            .await
            .expect(201);
        self.of.published_answer = published.json["answers"][0]["id"].as_i64().unwrap();

        let mailing = json!({"group": "members", "texts": [{
            "language": "en", "subject": "{{competition}}", "body": "{{coalition}}, we are here to help."}]});
        let preview = format!("{path}/mailing-previews");
        let preview = w
            .post(&officer, &preview, mailing.clone())
            .await
            .expect(200);
        let sent = json!({"digest": preview.json["digest"], "mailing": mailing});
        let sent = w.post(&officer, &format!("{path}/mailings"), sent).await;
        self.of.mailing = sent.expect(201).id();
    }
}
