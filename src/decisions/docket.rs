//! The docket of decisions that wait: what names it, and when it is approved. Pure.

use std::collections::BTreeSet;

use serde_json::json;

use super::model::Decision;
use super::store::{DocketRow, DocketVerdict};
use crate::competitions::model::{StageAct, StageActKind};
use crate::platform::digest::{canonical_json, sha256_hex};
use crate::platform::ids::DecisionId;

/// Names decisions by what they say; public summaries apart, which change nothing decided.
pub fn digest_of<'d>(decisions: impl IntoIterator<Item = &'d Decision>) -> String {
    let mut said: Vec<serde_json::Value> = decisions
        .into_iter()
        .map(|decision| {
            let content = &decision.content;
            let mut amounts: Vec<_> = content.amounts.iter().map(|a| (a.line, a.amount)).collect();
            amounts.sort_unstable();
            json!([
                decision.coalition,
                decision.id,
                decision.recorded_by,
                decision.recorded_at,
                decision.origin,
                content.outcome,
                content.reason,
                content.rationale,
                content.conditions,
                content.answer_by,
                content.out_of_order_reason,
                amounts,
            ])
        })
        .collect();
    said.sort_by_key(canonical_json);
    sha256_hex(canonical_json(&said.into()))
}

/// The verdicts that no later change and no reopening of the reviews made void.
pub fn standing(verdicts: Vec<DocketRow>, acts: &[StageAct]) -> Vec<DocketRow> {
    let voided = acts.iter().rposition(|act| {
        matches!(
            act.act,
            StageActKind::DocketVoided | StageActKind::ReviewsReopened
        )
    });
    let first = voided.map_or(0, |at| at + 1);
    verdicts
        .into_iter()
        .filter(|row| row.after_acts >= first)
        .collect()
}

/// Whether approvals cover the docket as it stands: every decision seen by an approver who
/// approved it, and nobody sent it back since.
pub fn is_approved(verdicts: &[DocketRow], digest: &str, pending: &[Decision]) -> bool {
    let mut seen: BTreeSet<DecisionId> = BTreeSet::new();
    for row in verdicts.iter().filter(|row| row.digest == digest) {
        match row.verdict {
            DocketVerdict::Approved => seen.extend(&row.seen),
            DocketVerdict::SentBack => seen.clear(),
        }
    }
    !pending.is_empty() && pending.iter().all(|decision| seen.contains(&decision.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decisions::model::{Amount, Content, Origin, Outcome};
    use crate::platform::clock::Instant;
    use crate::platform::ids::{BudgetLineId, CoalitionId, CompetitionId, PersonId, StageId};

    fn decision(id: i64, amount: i64) -> Decision {
        Decision {
            id: DecisionId(id),
            stage: StageId(1),
            competition: CompetitionId(1),
            coalition: CoalitionId(id),
            content: Content {
                outcome: Outcome::Award,
                reason: String::new(),
                rationale: "r".into(),
                conditions: String::new(),
                answer_by: None,
                out_of_order_reason: String::new(),
                public_summary: String::new(),
                amounts: vec![Amount {
                    line: BudgetLineId(1),
                    amount,
                }],
            },
            origin: Origin::Decided,
            superseded_by: None,
            summary_approved_by: None,
            recorded_by: PersonId(1),
            recorded_at: Instant::from_micros(0),
            announced: None,
            withdrawn_at: None,
            version: 1,
        }
    }

    fn said(verdict: DocketVerdict, digest: &str, seen: &[i64]) -> DocketRow {
        DocketRow {
            id: 1,
            digest: digest.into(),
            seen: seen.iter().map(|id| DecisionId(*id)).collect(),
            verdict,
            meeting_date: String::new(),
            resolution: String::new(),
            reason: String::new(),
            decided_by: PersonId(2),
            decided_at: Instant::from_micros(0),
            after_acts: 0,
            cases: Vec::new(),
        }
    }

    #[test]
    fn any_change_of_a_decision_is_another_docket_and_a_summary_is_none() {
        let docket = [decision(1, 10), decision(2, 20)];
        let digest = digest_of(&docket);
        assert_eq!(digest, digest_of([&docket[1], &docket[0]]));
        assert_ne!(digest, digest_of(&[decision(1, 10), decision(2, 21)]));
        let mut summarised = docket.clone();
        summarised[0].content.public_summary = "New words.".into();
        summarised[0].version += 1;
        assert_eq!(digest, digest_of(&summarised));
    }

    #[test]
    fn approvals_add_up_over_what_each_approver_may_see() {
        use DocketVerdict::{Approved, SentBack};
        let pending = [decision(1, 10), decision(2, 20)];
        for (verdicts, approved) in [
            (vec![], false),
            (vec![said(Approved, "d", &[1, 2])], true),
            (vec![said(Approved, "old", &[1, 2])], false),
            (vec![said(Approved, "d", &[1])], false),
            (
                vec![said(Approved, "d", &[1]), said(Approved, "d", &[2])],
                true,
            ),
            (
                vec![said(Approved, "d", &[1, 2]), said(SentBack, "d", &[1])],
                false,
            ),
            (
                vec![said(SentBack, "d", &[1]), said(Approved, "d", &[1, 2])],
                true,
            ),
        ] {
            assert_eq!(
                is_approved(&verdicts, "d", &pending),
                approved,
                "{verdicts:?}"
            );
        }
        assert!(!is_approved(&[said(Approved, "d", &[])], "d", &[]));
    }

    #[test]
    fn a_reopening_and_a_change_void_what_was_said_before() {
        use StageActKind::{DocketApproved, DocketVoided, ReviewsClosed, ReviewsReopened};
        let acts = |kinds: &[StageActKind]| -> Vec<StageAct> {
            kinds
                .iter()
                .map(|act| StageAct {
                    act: *act,
                    at: Instant::from_micros(0),
                    by: PersonId(1),
                    reason: String::new(),
                })
                .collect()
        };
        let verdict = |after_acts: usize| DocketRow {
            after_acts,
            ..said(DocketVerdict::Approved, "d", &[1])
        };
        for (kinds, after, stands) in [
            (vec![ReviewsClosed], 1, true),
            (vec![ReviewsClosed, DocketApproved], 1, true),
            (vec![ReviewsClosed, DocketApproved, DocketVoided], 1, false),
            (vec![ReviewsClosed, DocketApproved, DocketVoided], 3, true),
            (
                vec![
                    ReviewsClosed,
                    DocketApproved,
                    ReviewsReopened,
                    ReviewsClosed,
                ],
                1,
                false,
            ),
        ] {
            let left = standing(vec![verdict(after)], &acts(&kinds));
            assert_eq!(left.len() == 1, stands, "{kinds:?} {after}");
        }
    }
}
