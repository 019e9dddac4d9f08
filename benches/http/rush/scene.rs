//! Who takes part in the rush.

use civitas::app::App;
use civitas::competitions::model::Form;
use civitas::competitions::store as competitions;
use civitas::platform::ids::{PersonId, StageId};
use serde_json::{Value, json};

use crate::crowd;

pub const REVIEWERS: usize = 200;
pub const OFFICERS: usize = 20;
const SECTIONS: usize = 3;
const QUESTIONS: usize = 10;

/// One city at work.
#[derive(Clone, Debug)]
pub struct City {
    pub proposal: i64,
    /// Its convenor's.
    pub token: String,
}

/// Who takes part.
pub struct Scene {
    /// The open one.
    pub stage: StageId,
    pub cities: Vec<City>,
    /// With an assignment and its submission each.
    pub reviewers: Vec<(String, i64, i64)>,
    pub officers: Vec<String>,
    /// The stage under review.
    pub reviewed: i64,
}

/// Loads the sample and all who take part.
pub fn gather(app: &App, cities: usize) -> anyhow::Result<Scene> {
    let crowd = crowd::gather(app, 300)?;
    let now = app.clock.now();
    let open = app.db.write_here(now, crowd::open_draft)?;
    let form: Form = serde_json::from_value(form())?;
    app.db.write_here(now, move |w| {
        if let Some(mut stage) = competitions::stage(w, open.stage)? {
            stage.form = Some(form.clone());
            competitions::update_stage(w, &stage)?;
        }
        Ok(())
    })?;
    let mut drafted = Vec::new();
    for from in (0..cities).step_by(100) {
        let until = (from + 100).min(cities);
        drafted.extend(app.db.write_here(now, move |w| {
            (from..until)
                .map(|number| {
                    crowd::drafted_with(w, &open, &format!("rush{number}"), &sections(number))
                })
                .collect::<Result<Vec<_>, _>>()
        })?);
    }
    let cities = drafted
        .into_iter()
        .map(|(proposal, person)| {
            let token = crowd::token(app, person)?;
            Ok(City { proposal, token })
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let given = app
        .db
        .write_here(now, move |w| crowd::assignments(w, StageId(crowd.stage)))?;
    let reviewers = given
        .into_iter()
        .take(REVIEWERS)
        .map(|(person, assignment, submission)| {
            Ok((crowd::token(app, person)?, assignment, submission))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let officers = (0..OFFICERS)
        .map(|number| {
            let name = format!("rush-officer{number}");
            let officer: PersonId = app
                .db
                .write_here(now, move |w| crowd::officer(w, StageId(crowd.stage), &name))?;
            crowd::token(app, officer)
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    Ok(Scene {
        stage: open.stage,
        cities,
        reviewers,
        officers,
        reviewed: crowd.stage,
    })
}

/// Thirty answers and a file.
fn form() -> Value {
    let questions = |section: usize| -> Vec<Value> {
        let text = (0..QUESTIONS).map(|number| {
            json!({"key": format!("q{section}_{number}"), "label": format!("Question {number}?"),
                "kind": {"type": "long_text", "max_words": 500}, "required": true})
        });
        let file =
            json!({"key": "plan", "label": "The plan", "kind": {"type": "file", "at_most": 3}});
        text.chain((section == 0).then_some(file)).collect()
    };
    let sections: Vec<Value> = (0..SECTIONS)
        .map(|section| {
            json!({"key": format!("s{section}"), "title": format!("Section {section}"),
                "questions": questions(section)})
        })
        .collect();
    json!({"sections": sections})
}

fn sections(number: usize) -> Vec<(String, String, i64)> {
    (0..SECTIONS)
        .map(|section| {
            (
                format!("s{section}"),
                answers(section, number).to_string(),
                1,
            )
        })
        .collect()
}

/// About a hundred words each.
pub fn answers(section: usize, number: usize) -> Value {
    let words =
        "A table of city, county, college, employers and residents owns one result. ".repeat(9);
    let of_section = (0..QUESTIONS).map(|question| {
        let key = format!("q{section}_{question}");
        (key, Value::String(format!("{words}({number})")))
    });
    Value::Object(of_section.collect())
}
