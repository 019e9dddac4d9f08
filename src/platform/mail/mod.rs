//! E-mail: the catalogue of texts, their rendering, the ways out, the worker that sends what the
//! outbox holds, and the reports of mail that came back.
//!
//! | file | what it does |
//! |---|---|
//! | `catalogue` | the kinds of messages and their texts, `config/messages.toml` |
//! | `merge`, `render` | fields into texts; texts into plain text and HTML |
//! | `texts` | texts that people of the office write, with merge fields out of a list |
//! | `times` | moments into words, in the competition's time zone and the reader's |
//! | `compose` | headers and bytes of one message to one recipient |
//! | `transport` | to a mail server, or into a folder |
//! | `worker`, `outcome`, `store` | claims, attempts, what became of them, the pause |
//! | `pace` | how many may leave in a minute |
//! | `bounce` | reports of mail that came back |

pub mod bounce;
pub mod catalogue;
pub mod compose;
pub mod merge;
mod outcome;
pub mod pace;
pub mod render;
pub mod settings;
pub mod store;
pub mod texts;
pub mod times;
pub mod transport;
mod worker;

pub use render::{Rendered, preview};
pub use settings::{PublicUrl, Settings, SmtpSettings, TIMEOUTS_IN_A_LEASE, Tls, Way};
pub use worker::{LinkTokens, Mailer};

use serde_json::Map;

use super::clock::Instant;
use super::ids::MessageId;
use super::refusal::{Failure, Result};

/// Sends a test message to an address at once, past the outbox, and tells what came of it: to
/// check settings.
///
/// # Errors
/// When the way out can't be used as it is set, or the address is none.
pub fn send_test(
    settings: &Settings,
    id: MessageId,
    address: &str,
    now: Instant,
) -> Result<transport::Outcome> {
    let way = transport::open(settings)?;
    let around = render::Surroundings {
        public_url: &settings.public_url,
        token: None,
        unsubscribe_path: None,
    };
    let words = render::render("mail-test", catalogue::FALLBACK, &Map::new(), around)?;
    let heading = compose::Heading {
        id,
        to: address,
        at: now,
        unsubscribe_path: None,
    };
    let message = compose::compose(settings, heading, &words).map_err(Failure::broken)?;
    Ok(way.send(&message))
}
