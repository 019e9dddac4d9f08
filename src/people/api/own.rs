//! One's own account.

use std::cmp::Reverse;

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, post, put};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::people::enrolment::{self, RecoveryCodes, SecondFactorOffer};
use crate::people::guesses::{self, Tally};
use crate::people::own::{self, Me, Profile};
use crate::people::passwords::{self, Checked, Passwords};
use crate::people::proofs;
use crate::people::registration::{self, NewAccount};
use crate::people::tokens::{self as programs, NewToken, TokenView};
use crate::people::{Call, store};
use crate::platform::http::{Answer, Asked, Created, IfMatch, Input, Page, PageQuery, PathId};
use crate::platform::refusal::{Refusal, Result};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(register)
        .service(verify)
        .service(verify_again)
        .service(ask_reset)
        .service(reset)
        .service(me)
        .service(change)
        .service(set_password)
        .service(prove)
        .service(offer_second_factor)
        .service(confirm_second_factor)
        .service(remove_second_factor)
        .service(tokens)
        .service(make_token)
        .service(revoke_token);
}

fn accepted() -> HttpResponse {
    HttpResponse::Accepted().finish()
}

/// Make an account. The answer is the same whether or not the address has one; its owner gets a letter.
#[utoipa::path(tag = "people", security(()), request_body = NewAccount, responses((status = 202)))]
#[post("/accounts")]
async fn register(call: Call, passwords: Data<Passwords>, input: Input<NewAccount>) -> Answer {
    call.takes_no_query()?;
    let asked = input.judged(NewAccount::check)?;
    let hash = passwords
        .hash(&call.facts().peer, asked.password.clone())
        .await?;
    let peer = call.facts().peer.clone();
    call.gate()
        .db
        .write(call.facts().arrived, move |w| {
            // Where no letter may leave, there is an account already.
            if guesses::admit_mail(w, "account", &asked.email, &peer)? {
                registration::register(w, &asked, &hash)?;
            }
            Ok(())
        })
        .await?;
    Ok(accepted())
}

/// The token of a link in an e-mail.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkToken {
    /// As in the link.
    token: String,
}

/// Prove an address by the token that was sent to it.
#[utoipa::path(tag = "people", security(()), request_body = LinkToken, responses((status = 204)))]
#[post("/email-verifications")]
async fn verify(call: Call, input: Input<LinkToken>) -> Answer {
    call.takes_no_query()?;
    let (asked, keys) = (input.get()?, call.gate().keys.clone());
    call.gate()
        .db
        .write(call.facts().arrived, move |w| {
            registration::verify(w, &keys, &asked.token)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ask for the verification letter again.
#[utoipa::path(tag = "people", responses((status = 202)))]
#[post("/me/email-verification")]
async fn verify_again(call: Call) -> Answer {
    let peer = call.facts().peer.clone();
    let call = call.own_account();
    call.store(move |w, who| match store::person(w, who.id)? {
        Some(row) if row.verified_at.is_none() => {
            if guesses::admit_mail(w, "verification", &row.email, &peer)? {
                crate::people::letters::verification(w, &row)?;
            }
            Ok(())
        }
        _ => Ok(()),
    })
    .await?;
    Ok(accepted())
}

/// An address.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Address {
    /// Of the account.
    email: String,
}

/// Ask for a new password. The answer is the same whether or not there is an account.
#[utoipa::path(tag = "people", security(()), request_body = Address, responses((status = 202)))]
#[post("/password-resets")]
async fn ask_reset(call: Call, input: Input<Address>) -> Answer {
    call.takes_no_query()?;
    let asked = input.get()?;
    let peer = call.facts().peer.clone();
    let (db, arrived) = (call.gate().db.clone(), call.facts().arrived);
    db.write(arrived, move |w| {
        if guesses::admit_mail(w, "reset", &asked.email, &peer)? {
            registration::ask_reset(w, &asked.email)?;
        }
        Ok(())
    })
    .await?;
    Ok(accepted())
}

/// A new password by link.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reset {
    /// As in the link.
    token: String,
    /// 12 to 256 characters.
    #[schema(min_length = 12, max_length = 256)]
    password: String,
}

/// Set a new password by the token that was sent; every session ends.
#[utoipa::path(tag = "people", security(()), request_body = Reset, responses((status = 204)))]
#[post("/password-resets/completions")]
async fn reset(call: Call, passwords: Data<Passwords>, input: Input<Reset>) -> Answer {
    call.takes_no_query()?;
    let asked = input.judged(|asked| passwords::demand_good("/password", &asked.password, ""))?;
    let hash = passwords
        .hash(&call.facts().peer, asked.password.clone())
        .await?;
    let keys = call.gate().keys.clone();
    call.gate()
        .db
        .write(call.facts().arrived, move |w| {
            registration::reset(w, &keys, &asked.token, &hash)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Your account.
#[utoipa::path(tag = "people", responses((status = 200, body = Me)))]
#[get("/me")]
async fn me(call: Call) -> Answer {
    call.own_account().read(own::me).await
}

/// Change your account.
#[utoipa::path(tag = "people", request_body = Profile, responses((status = 200, body = Me)))]
#[put("/me")]
async fn change(call: Call, if_match: IfMatch, input: Input<Profile>) -> Answer {
    call.own_account()
        .change(move |w, who| own::change(w, who, &if_match, &input))
        .await
}

/// Checks a password against that of one's account; the unit that acts on it counts a wrong one.
async fn own_password(
    call: &Call,
    passwords: &Passwords,
    tally: &Tally,
    password: String,
) -> Result<Checked> {
    let tally = tally.clone();
    let row = call
        .load(move |r, who| {
            guesses::check(r, &tally)?;
            own::own_hash(r, who)
        })
        .await?;
    passwords
        .check(&call.facts().peer, password, row.password_hash)
        .await
}

fn proven(right: bool) -> Answer {
    if right {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(Refusal::SignInFailed.into())
    }
}

/// A change of password.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    /// The present one.
    current: String,
    /// 12 to 256 characters.
    #[schema(min_length = 12, max_length = 256)]
    password: String,
}

/// Change your password; your other sessions end.
#[utoipa::path(tag = "people", request_body = PasswordChange, responses((status = 204)))]
#[put("/me/password")]
async fn set_password(
    call: Call,
    passwords: Data<Passwords>,
    input: Input<PasswordChange>,
) -> Answer {
    let call = call.own_account();
    let email = call.load(|_, who| Ok(who.email.clone())).await?;
    let asked =
        input.judged(|asked| passwords::demand_good("/password", &asked.password, &email))?;
    let tally = Tally::of_guesses(&email, &call.facts().peer);
    let current = own_password(&call, &passwords, &tally, asked.current).await?;
    let hash = passwords.hash(&call.facts().peer, asked.password).await?;
    let changed = call
        .store(move |w, who| proofs::change_password(w, who, &tally, &current, &hash))
        .await?;
    proven(changed)
}

/// Proof of who one is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Proof {
    /// Your password.
    password: String,
    /// A one-time code, where the account asks for one.
    #[serde(default)]
    code: Option<String>,
}

/// Sign in afresh within the session, for acts that need it.
#[utoipa::path(tag = "people", request_body = Proof, responses((status = 204)))]
#[post("/me/fresh-sign-ins")]
async fn prove(call: Call, passwords: Data<Passwords>, input: Input<Proof>) -> Answer {
    let call = call.own_account();
    let email = call.load(|_, who| Ok(who.email.clone())).await?;
    let asked = input.get()?;
    let tally = Tally::of_guesses(&email, &call.facts().peer);
    let password = own_password(&call, &passwords, &tally, asked.password).await?;
    let right = call
        .store(move |w, who| proofs::prove_anew(w, who, &tally, &password, asked.code.as_deref()))
        .await?;
    proven(right)
}

/// Begin to set up a second factor.
#[utoipa::path(tag = "people", responses((status = 201, body = SecondFactorOffer)))]
#[post("/me/second-factor")]
async fn offer_second_factor(call: Call) -> Answer {
    call.own_account()
        .create_secret(|w, who| {
            Ok(Created::at(
                "/api/v1/me/second-factor",
                enrolment::offer_second_factor(w, who)?,
            ))
        })
        .await
}

/// A one-time code.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Code {
    /// Six digits.
    code: String,
}

/// Confirm the second factor with a first code; shows the recovery codes once.
#[utoipa::path(tag = "people", request_body = Code, responses((status = 201, body = RecoveryCodes)))]
#[post("/me/second-factor/confirmation")]
async fn confirm_second_factor(call: Call, input: Input<Code>) -> Answer {
    call.own_account()
        .create_secret(move |w, who| {
            let view = enrolment::confirm_second_factor(w, who, &input.get()?.code)?;
            Ok(Created::at("/api/v1/me/second-factor", view))
        })
        .await
}

/// Remove your second factor.
#[utoipa::path(tag = "people", responses((status = 204)))]
#[delete("/me/second-factor")]
async fn remove_second_factor(call: Call) -> Answer {
    call.own_account()
        .remove(enrolment::remove_second_factor)
        .await
}

/// List your live tokens for programs, newest first.
#[utoipa::path(tag = "people", params(PageQuery), responses((status = 200, body = Page<TokenView>)))]
#[get("/me/tokens")]
async fn tokens(call: Call, asked: Asked<PageQuery>) -> Answer {
    call.own_account()
        .read_page(move |r, who| {
            let page = asked.get()?.page()?;
            Page::of_all(programs::tokens(r, who)?, &page, |token| {
                (Reverse(token.created_at.to_string()), token.id)
            })
        })
        .await
}

/// Make a token for a program: named, scoped, expiring, shown once. Whose role asks for a second
/// factor makes one in a session that has it.
#[utoipa::path(tag = "people", request_body = NewToken, responses((status = 201, body = TokenView)))]
#[post("/me/tokens")]
async fn make_token(call: Call, input: Input<NewToken>) -> Answer {
    call.create_secret(move |w, who| programs::make_token(w, who, &input))
        .await
}

/// End a token.
#[utoipa::path(tag = "people", responses((status = 204)))]
#[delete("/me/tokens/{id}")]
async fn revoke_token(call: Call, id: PathId<i64>) -> Answer {
    let id = id.get();
    call.own_account()
        .remove(move |w, who| programs::revoke_token(w, who, id))
        .await
}
