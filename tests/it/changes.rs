//! Whatever lists and results are worked out from is counted when it changes, by whatever way.

use std::fmt::Write as _;

use civitas::cli::demo;
use civitas::competitions::store::{add_changes_up, changes_are_many, changes_of, stage};
use civitas::platform::clock::Clock;
use civitas::platform::db::Reads;
use civitas::platform::ids::{CompetitionId, StageId};
use civitas::proposals::store::summaries_in_force;
use civitas::reviews::model::Basis;
use civitas::reviews::standings;
use diesel::prelude::*;
use diesel::sql_query;

use crate::for_each_database;
use crate::world::World;

/// Changes that readers must hear of.
const COUNT: &[&str] = &[
    "UPDATE submissions SET state = 'withdrawn' WHERE id = (SELECT min(id) FROM submissions)",
    "UPDATE submissions SET title = 'Another' WHERE id = (SELECT min(id) FROM submissions)",
    "UPDATE coalitions SET name = 'Another' WHERE id = (SELECT min(id) FROM coalitions)",
    "UPDATE coalitions SET dissolved_at = founded_at WHERE id = (SELECT min(id) FROM coalitions)",
    "UPDATE reviews SET scores = '{}' WHERE id = (SELECT min(id) FROM reviews WHERE state = 'submitted')",
    "UPDATE reviews SET independent_scores = '{}' \
        WHERE id = (SELECT min(id) FROM reviews WHERE state = 'submitted')",
    "UPDATE reviews SET excluded_at = submitted_at WHERE id = (SELECT min(id) FROM reviews WHERE state = 'submitted')",
    "UPDATE assignments SET keeps_review = NOT keeps_review WHERE id = (SELECT min(id) FROM assignments)",
    "UPDATE reviews SET state = 'draft' WHERE id = (SELECT min(id) FROM reviews WHERE state = 'submitted')",
    "UPDATE assignments SET state = 'ended' WHERE id = (SELECT min(id) FROM assignments WHERE state = 'accepted')",
    "UPDATE conflicts SET state = 'dismissed' WHERE id = (SELECT min(id) FROM conflicts WHERE state <> 'dismissed')",
    "UPDATE members SET ended_at = joined_at WHERE id = (SELECT min(id) FROM members WHERE ended_at IS NULL)",
    "UPDATE seats SET state = 'open' WHERE id = (SELECT min(id) FROM seats WHERE state = 'filled')",
    "UPDATE seats SET removed_at = created_at WHERE id = (SELECT min(id) FROM seats WHERE removed_at IS NULL)",
    "UPDATE screenings SET verdict = 'ineligible' WHERE id = (SELECT min(id) FROM screenings WHERE verdict = 'eligible')",
    "DELETE FROM screenings WHERE id = (SELECT min(id) FROM screenings)",
    "UPDATE stages SET name = 'Another' WHERE id = (SELECT min(id) FROM stages)",
    "UPDATE stage_acts SET reason = 'Another' WHERE id = (SELECT min(id) FROM stage_acts)",
    "DELETE FROM stage_acts WHERE id = (SELECT min(id) FROM stage_acts)",
    "UPDATE announcements SET told_at = public_at WHERE id = (SELECT min(id) FROM announcements)",
    "INSERT INTO waivers (id, stage_id, competition_id, coalition_id, until_at, reason, granted_by, granted_at) \
        SELECT 1, s.id, s.competition_id, c.id, s.created_at, '', c.founded_by, s.created_at \
        FROM stages s JOIN coalitions c ON c.competition_id = s.competition_id ORDER BY s.id, c.id LIMIT 1",
    "UPDATE waivers SET until_at = granted_at, reason = 'Another'",
    "DELETE FROM waivers",
    "INSERT INTO submission_returns (id, submission_id, stage_id, competition_id, coalition_id, sections, \
            until_at, reason, asked_by, asked_at) \
        SELECT 1, id, stage_id, competition_id, coalition_id, '[]', submitted_at, '', submitted_by, submitted_at \
        FROM submissions ORDER BY id LIMIT 1",
    "UPDATE submission_returns SET answered_by = submission_id",
    "DELETE FROM submission_returns",
    "UPDATE competitions SET summary = 'Another' WHERE id = (SELECT min(id) FROM competitions)",
];

/// Changes that concern no list: counting them would only make others work.
const SILENT: &[&str] = &[
    "UPDATE reviews SET confidential_note = 'Another' WHERE id = (SELECT min(id) FROM reviews)",
    "UPDATE coalitions SET lead_organisation = 'Another' WHERE id = (SELECT min(id) FROM coalitions)",
    "UPDATE people SET name = 'Another'",
];

/// The submissions and results of every stage, in words.
fn all_lists(r: &mut Reads<'_>) -> civitas::platform::refusal::Result<String> {
    use civitas::platform::db::schema::stages;
    let ids: Vec<StageId> = stages::table
        .order(stages::id)
        .select(stages::id)
        .load(r.conn())?;
    let mut words = String::new();
    for id in ids {
        let stage = stage(r, id)?.unwrap();
        let submissions = summaries_in_force(r, id, stage.competition_id)?;
        writeln!(words, "{:?}", &**submissions).unwrap();
        for basis in [Basis::Independent, Basis::Final] {
            writeln!(words, "{:?}", standings::of_stage(r, &stage, basis)?).unwrap();
        }
    }
    Ok(words)
}

fn all(w: &World) -> Vec<CompetitionId> {
    use civitas::platform::db::schema::competitions;
    w.write(|w| {
        Ok(competitions::table
            .order(competitions::id)
            .select(competitions::id)
            .load(w.conn())?)
    })
}

fn counted(w: &World) -> i64 {
    let competitions = all(w);
    w.write(move |w| {
        competitions
            .iter()
            .map(|competition| changes_of(w, *competition))
            .sum()
    })
}

fn rows_changed(w: &World, sql: &'static str) -> usize {
    w.write(move |w| Ok(sql_query(sql).execute(w.conn())?))
}

for_each_database! {
    async fn what_readers_must_hear_of_is_counted(w: &mut World) {
        w.clock.set(Clock::system().now());
        demo::load(&w.app, || {}).unwrap();
        for sql in COUNT {
            let before = counted(w);
            assert!(rows_changed(w, sql) > 0, "nothing to change: {sql}");
            assert!(counted(w) > before, "not counted: {sql}");
        }
        for sql in SILENT {
            let before = counted(w);
            assert!(rows_changed(w, sql) > 0, "nothing to change: {sql}");
            assert_eq!(counted(w), before, "counted: {sql}");
        }
    }

    async fn what_is_kept_up_is_what_is_worked_out_anew(w: &mut World) {
        w.clock.set(Clock::system().now());
        demo::load(&w.app, || {}).unwrap();
        w.write(add_changes_up);
        for sql in COUNT {
            assert!(rows_changed(w, sql) > 0, "nothing to change: {sql}");
            if sql.contains("conflicts") {
                // As a minute later, in the midst of it all.
                w.write(add_changes_up);
            }
            // A unit of writing keeps nothing and uses nothing that is kept.
            let anew = w.write(|w| all_lists(w));
            let kept_up = w.app.db.read(w.now(), all_lists).await.unwrap();
            assert_eq!(kept_up, anew, "{sql}");
            assert!(anew.len() > 1000, "there is nothing to compare");
        }
    }

    async fn adding_up_changes_no_sum(w: &mut World) {
        w.clock.set(Clock::system().now());
        demo::load(&w.app, || {}).unwrap();
        let before: Vec<i64> = all(w).into_iter().map(|one| w.write(move |w| changes_of(w, one))).collect();
        assert!(w.write(|w| changes_are_many(w)));
        w.write(add_changes_up);
        assert!(!w.write(|w| changes_are_many(w)));
        let after: Vec<i64> = all(w).into_iter().map(|one| w.write(move |w| changes_of(w, one))).collect();
        assert_eq!(after, before);
        assert!(after.iter().all(|number| *number > 0));
    }
}
