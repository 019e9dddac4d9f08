//! Cities, counties and regions with their facts.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::eligibility::Facts;
use crate::platform::ids::PlaceId;

crate::text_enum! {
    /// What a place is.
    PlaceKind {
        /// A city or town.
        City = "city",
        /// A county.
        County = "county",
        /// Several places under one name.
        Region = "region",
    }
}

/// A city, county or region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Place {
    /// Its identity.
    pub id: PlaceId,
    /// Its name; with region and country it names one place.
    pub name: String,
    /// What it is.
    pub kind: PlaceKind,
    /// The state, province or the like.
    pub region: String,
    /// The country: ISO 3166-1, two letters.
    pub country: String,
    /// The domain of its own e-mail addresses, which confirms a claim to speak for it.
    pub mail_domain: Option<String>,
    /// What is known about it, by name.
    pub facts: Vec<PlaceFact>,
}

/// A fact with where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlaceFact {
    /// Its name, which eligibility rules look for.
    #[schema(example = "population")]
    pub fact: String,
    /// Its value; yes and no are 1 and 0.
    pub value: f64,
    /// Where it was published.
    pub source: String,
    /// The year or day it is of.
    #[schema(example = "2020")]
    pub as_of: String,
}

impl Place {
    /// Name and region, for letters and lists.
    pub fn title(&self) -> String {
        if self.region.is_empty() {
            self.name.clone()
        } else {
            format!("{}, {}", self.name, self.region)
        }
    }

    /// The values that eligibility looks at.
    pub fn values(&self) -> Facts {
        self.facts
            .iter()
            .map(|fact| (fact.fact.clone(), fact.value))
            .collect()
    }
}
