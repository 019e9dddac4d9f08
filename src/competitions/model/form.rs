//! Forms: sections of questions that a proposal answers.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What a stage asks of a proposal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// In the order of reading.
    pub sections: Vec<Section>,
}

/// Questions that belong together, saved together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Names the section in drafts and in what contributors are given; never changes.
    #[schema(example = "the_table")]
    pub key: String,
    /// A few words.
    pub title: String,
    /// What to know before answering.
    #[serde(default)]
    pub intro: String,
    /// In the order of reading.
    pub questions: Vec<Question>,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Names the answer; unique in the form, never changes.
    #[schema(example = "shared_result")]
    pub key: String,
    /// The question itself.
    pub label: String,
    /// Help in a sentence or two.
    #[serde(default)]
    pub hint: String,
    /// What an answer looks like.
    pub kind: QuestionKind,
    /// Whether a submission needs an answer (while the question is shown).
    #[serde(default)]
    pub required: bool,
    /// Who may read the answer.
    #[serde(default)]
    pub visibility: Visibility,
    /// The question is asked only while this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show_if: Option<Condition>,
    /// Whether the answer tells what the proposal is about, for finding fitting reviewers.
    #[serde(default)]
    pub describes_proposal: bool,
}

/// What an answer looks like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum QuestionKind {
    /// One line of text.
    ShortText {
        /// The most words that may be submitted.
        max_words: u32,
    },
    /// Paragraphs of plain text.
    LongText {
        /// The most words that may be submitted.
        max_words: u32,
    },
    /// A number.
    Number {
        /// The lowest that is taken.
        #[serde(default)]
        min: Option<f64>,
        /// The highest that is taken.
        #[serde(default)]
        max: Option<f64>,
        /// How many decimals it may have.
        #[serde(default)]
        decimals: u32,
    },
    /// An amount in the competition's currency.
    Money {},
    /// One of the options: its key.
    Choice {
        /// What can be chosen.
        options: Vec<Choice>,
    },
    /// Some of the options: a list of keys.
    Choices {
        /// What can be chosen.
        options: Vec<Choice>,
        /// How many may be chosen.
        #[serde(default)]
        at_most: Option<u32>,
    },
    /// A day, written 2026-04-24.
    Date {},
    /// Uploaded files.
    File {
        /// How many files may be attached.
        #[serde(default = "one")]
        at_most: u32,
    },
    /// An address on the web.
    Link {},
    /// Rows of cells: a list of objects from column key to cell.
    Table {
        /// What a row holds.
        columns: Vec<Column>,
        /// How many rows may be given.
        max_rows: u32,
    },
}

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What the answer holds; never changes.
    pub key: String,
    /// What people read.
    pub label: String,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Names the cells; never changes.
    pub key: String,
    /// What people read.
    pub label: String,
    /// What a cell looks like.
    pub kind: ColumnKind,
    /// Whether each row needs this cell.
    #[serde(default)]
    pub required: bool,
}

/// What a cell of a table looks like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ColumnKind {
    /// Plain text.
    Text {
        /// The most words that may be submitted.
        max_words: u32,
    },
    /// A number.
    Number {
        /// How many decimals it may have.
        #[serde(default)]
        decimals: u32,
    },
    /// An amount in the competition's currency.
    Money {},
    /// A day, written 2026-04-24.
    Date {},
}

/// Holds while another question is answered in a certain way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The key of an earlier question.
    pub question: String,
    /// The answer is this (or, for several choices, holds it).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    pub equals: Option<Value>,
    /// The answer is one of these (or, for several choices, holds one of them).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Value>>)]
    pub one_of: Option<Vec<Value>>,
}

crate::text_enum! {
    /// Who may read an answer; each reader reads what is declared at their own level or later.
    #[derive(Default)]
    Visibility {
        /// Officers and assistants only: tax id, bank, salaries.
        Staff = "staff",
        /// The panel too.
        #[default]
        Panel = "panel",
        /// Anyone, after the public announcement.
        Public = "public",
    }
}

impl Visibility {
    /// Whether a reader of this level may read an answer of that visibility.
    pub fn reads(self, answer: Self) -> bool {
        answer >= self
    }
}

/// The key under which a contributor is given the capital stack, beside the form's sections.
pub const CAPITAL_STACK: &str = "capital_stack";

const fn one() -> u32 {
    1
}

/// What a key looks like, in words.
pub const KEY_RULE: &str =
    "A key is 1 to 60 lower-case letters, digits and underscores, and starts with a letter.";

/// Whether a text can name a section, question, option, column, criterion or fact.
pub fn is_key(text: &str) -> bool {
    text.len() <= 60
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

impl Form {
    /// Every question with its section, in the order of reading.
    pub fn questions(&self) -> impl Iterator<Item = (&Section, &Question)> {
        self.sections
            .iter()
            .flat_map(|section| section.questions.iter().map(move |q| (section, q)))
    }

    /// The question of a key.
    pub fn question(&self, key: &str) -> Option<&Question> {
        self.questions().map(|(_, q)| q).find(|q| q.key == key)
    }

    /// The section of a key.
    pub fn section(&self, key: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.key == key)
    }
}

impl Condition {
    /// The values that make the condition hold.
    pub fn wanted(&self) -> Vec<&Value> {
        self.equals
            .iter()
            .chain(self.one_of.iter().flatten())
            .collect()
    }
}
