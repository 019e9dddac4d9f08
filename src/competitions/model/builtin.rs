//! The rubrics and forms that come with the program, from `config/`.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::form::Form;
use super::rubric::Rubric;

/// A rubric that can be chosen by its key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedRubric {
    /// Names it.
    pub key: String,
    /// What it judges.
    pub title: String,
    /// The rubric itself.
    pub rubric: Rubric,
}

/// A form that can be chosen by its key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedForm {
    /// Names it.
    pub key: String,
    /// What it asks.
    pub title: String,
    /// The form itself.
    pub form: Form,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rubrics {
    rubrics: Vec<NamedRubric>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Forms {
    forms: Vec<NamedForm>,
}

/// A file that could not be read would leave nothing to choose from; a test reads both.
static RUBRICS: LazyLock<Rubrics> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../config/rubrics.toml")).unwrap_or_default()
});

static FORMS: LazyLock<Forms> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../config/forms.toml")).unwrap_or_default()
});

static NO_CRITERIA: Rubric = Rubric { criteria: vec![] };

static NO_SECTIONS: Form = Form { sections: vec![] };

/// Every rubric that comes with the program.
pub fn rubrics() -> &'static [NamedRubric] {
    &RUBRICS.rubrics
}

/// Every form that comes with the program.
pub fn forms() -> &'static [NamedForm] {
    &FORMS.forms
}

/// The rubric of a key; an empty one when there is none.
pub fn rubric(key: &str) -> &'static Rubric {
    rubrics()
        .iter()
        .find(|named| named.key == key)
        .map_or(&NO_CRITERIA, |named| &named.rubric)
}

/// The form of a key; an empty one when there is none.
pub fn form(key: &str) -> &'static Form {
    forms()
        .iter()
        .find(|named| named.key == key)
        .map_or(&NO_SECTIONS, |named| &named.form)
}

/// The four questions that both programmes ask: the rubric of a stage that names none.
pub fn four_questions() -> &'static Rubric {
    rubric("four_questions")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::competitions::model::{Points, QuestionKind};

    #[test]
    fn what_comes_with_the_program_is_sound() {
        for text in [
            toml::from_str::<Rubrics>(include_str!("../../../config/rubrics.toml")).err(),
            toml::from_str::<Forms>(include_str!("../../../config/forms.toml")).err(),
        ] {
            assert!(text.is_none(), "{}", text.unwrap());
        }
        for named in rubrics() {
            assert_eq!(named.rubric.errors("/rubric"), [], "{}", named.key);
        }
        for named in forms() {
            assert_eq!(named.form.errors("/form"), [], "{}", named.key);
        }
    }

    #[test]
    fn the_four_questions_weigh_alike_and_describe_each_whole_level() {
        let rubric = four_questions();
        let keys: Vec<&str> = rubric.criteria.iter().map(|c| c.key.as_str()).collect();
        assert_eq!(
            keys,
            [
                "systems_change",
                "civic_infrastructure",
                "innovation",
                "private_capital"
            ]
        );
        for criterion in &rubric.criteria {
            assert_eq!(criterion.weight, 25);
            assert_eq!(criterion.lowest, Points::whole(0));
            assert_eq!(criterion.highest, Points::whole(5));
            assert_eq!(criterion.step, Points::from_thousandths(100));
            assert_eq!(criterion.anchors.len(), 6);
            assert!(criterion.narrative_required);
        }
        assert!(!rubric_of_inclusive_design().criteria.is_empty());
    }

    fn rubric_of_inclusive_design() -> &'static Rubric {
        rubric("inclusive_design")
    }

    #[test]
    fn the_full_form_has_every_kind_of_question_and_visibility() {
        use crate::competitions::model::Visibility;
        use std::collections::HashSet;

        let form = form("full_proposal");
        let kinds: HashSet<_> = form
            .questions()
            .map(|(_, q)| std::mem::discriminant::<QuestionKind>(&q.kind))
            .collect();
        assert_eq!(kinds.len(), 10);
        for visibility in Visibility::ALL {
            assert!(form.questions().any(|(_, q)| q.visibility == *visibility));
        }
        assert!(form.questions().any(|(_, q)| q.show_if.is_some()));
        assert!(form.questions().any(|(_, q)| q.describes_proposal));
    }
}
