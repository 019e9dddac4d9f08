//! Loading places and their facts.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::competitions::{begun, pointers};
use crate::for_each_database;
use crate::world::{Actor, Nobody};

for_each_database! {
    async fn places_are_loaded_after_a_dry_run(w: &mut World) {
        const HEADER: &str = "name,kind,region,country,mail_domain,fact,value,source,as_of\n";
        let (olive, _) = begun(w).await;
        let ana = w.person("Ana").await;
        let load = |who: &Actor, dry: bool, lines: &str| {
            w.ask(who, Method::POST, &format!("/places/imports?dry_run={dry}"))
                .body("text/csv", format!("{HEADER}{lines}")).send()
        };
        let lines = "Lawrence,city,Massachusetts,US,lawrence.example,population,89143,Census,2020\n\
                     Lawrence,city,Massachusetts,US,,poverty_rate,22.1,ACS,2019\n\
                     Chelsea,city,Massachusetts,US,,,,,\n";
        load(&ana, false, lines).await.expect(403);
        let wrong = load(&olive, false, "Lynn,town,MA,US,,population,many,,\n").await.expect(422);
        assert_eq!(pointers(&wrong), ["/lines/2/kind", "/lines/2/value", "/lines/2/source", "/lines/2/as_of"]);
        w.ask(&olive, Method::POST, "/places/imports").body("application/json", "{}").send().await.expect(415);
        let dry = load(&olive, true, lines).await.expect(200);
        assert_eq!(w.get(&olive, "/places").await.expect(200).items().len(), 0);
        let real = load(&olive, false, lines).await.expect(200);
        assert_eq!(dry.json["changes"], real.json["changes"]);
        assert_eq!(real.json["changes"].as_array().unwrap().len(), 5);
        let again = load(&olive, false, lines).await.expect(200);
        assert_eq!((&again.json["changes"], &again.json["unchanged"]), (&json!([]), &json!(3)));
        let newer = load(&olive, false, "Lawrence,city,Massachusetts,US,,population,88067,Census,2024\n").await.expect(200);
        assert_eq!(newer.json["changes"][0]["before"], "89143 (Census, 2020)");

        let public = load(&olive, false, "Lawrence,city,Massachusetts,US,gmail.com,,,,\n").await.expect(422);
        assert_eq!(pointers(&public), ["/lines/2/mail_domain"]);
        let blank = load(&olive, false, "Lawrence,city,Massachusetts,US,,,,,\n").await.expect(200);
        assert_eq!(blank.json["unchanged"], 1);
        let cleared = load(&olive, false, "Lawrence,city,Massachusetts,US,-,,,,\n").await.expect(200);
        let change = &cleared.json["changes"][0];
        assert_eq!((&change["before"], &change["after"]), (&json!("lawrence.example"), &json!("-")));

        let found = w.get(&ana, "/places?name=LAW&region=Massachusetts").await.expect(200);
        assert_eq!(found.items().len(), 1);
        assert_eq!(found.items()[0]["mail_domain"], Value::Null);
        assert_eq!(found.items()[0]["facts"][0]["value"].as_f64(), Some(88_067.0));
        assert_eq!(w.get(&ana, "/places?name=%25").await.expect(200).items().len(), 0);
        let id = found.items()[0]["id"].as_i64().unwrap();
        w.get(&ana, &format!("/places/{id}")).await.expect(200);
        w.get(&Nobody, "/places").await.expect(401);
        let first = w.get(&ana, "/places?limit=1").await.expect(200);
        assert_eq!(first.items()[0]["name"], "Chelsea");
        let rest = format!("/places?limit=1&cursor={}", first.json["next"].as_str().unwrap());
        let rest = w.get(&ana, &rest).await.expect(200);
        assert_eq!((&rest.items()[0]["name"], &rest.json["next"]), (&json!("Lawrence"), &Value::Null));
    }
}
