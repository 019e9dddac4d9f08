//! The tokens of links in mail, from the people module, which knows the keys.

use super::store;
use crate::people::keys::Keys;
use crate::people::links::{self, LinkKind};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{LinkId, PersonId};
use crate::platform::mail::LinkTokens;
use crate::platform::refusal::Result;

/// Hours for which a link that turns reminders off stays good: three years.
const UNSUBSCRIBE_HOURS: i64 = 3 * 365 * 24;

/// Signs links with the application's keys.
#[derive(Clone)]
pub struct Links(Keys);

impl Links {
    /// With these keys.
    pub const fn new(keys: Keys) -> Self {
        Self(keys)
    }
}

impl LinkTokens for Links {
    fn token(&self, _: &mut Reads<'_>, link: LinkId) -> Result<String> {
        self.0.link_token(link)
    }

    fn unsubscribe_link(&self, w: &mut Writes<'_>, person: PersonId) -> Result<LinkId> {
        let good_until = w.now().plus_hours(UNSUBSCRIBE_HOURS / 3);
        if let Some(link) = store::unsubscribe_link(w, person, good_until)? {
            return Ok(link);
        }
        let address = store::address_of(w, person)?;
        let to = (Some(person), address.as_str());
        links::make(w, LinkKind::Unsubscribe, to, None, UNSUBSCRIBE_HOURS)
    }
}
