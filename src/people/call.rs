//! A request with its caller: the extractor that every route starts from.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, web};
use serde::Serialize;

use super::gate::Gate;
use super::model::{Person, Scope};
use super::once::{self, KeyedRequest, Outcome};
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{self, Answer, Created, HttpFile, Page, Paged, RequestFacts};
use crate::platform::refusal::{Failure, FieldError, Refusal, Result};

/// A request with its caller; the routes' way to the database.
pub struct Call {
    facts: RequestFacts,
    request: HttpRequest,
    gate: web::Data<Gate>,
    own_account: bool,
    scope: Option<Scope>,
}

impl FromRequest for Call {
    type Error = Failure;
    type Future = Ready<std::result::Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let call = request.app_data::<web::Data<Gate>>().map(|gate| Self {
            facts: RequestFacts::of(request),
            request: request.clone(),
            gate: gate.clone(),
            own_account: false,
            scope: None,
        });
        ready(call.ok_or_else(|| Failure::broken("the application has no gate")))
    }
}

impl Call {
    /// What the request says about itself.
    pub const fn facts(&self) -> &RequestFacts {
        &self.facts
    }

    /// What it takes to know a caller.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// For routes of one's own account: they answer also before a second factor is set up.
    #[must_use]
    pub fn own_account(mut self) -> Self {
        self.own_account = true;
        self
    }

    /// For routes that take tokens of this scope, and no others.
    #[must_use]
    pub fn needing(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Who reads what is open to anyone: whoever lacks the second factor that their role asks for
    /// reads as nobody.
    fn reader(&self) -> impl Fn(&mut Reads<'_>) -> Result<Option<Person>> + Send + 'static {
        let (gate, bearer) = (self.gate.get_ref().clone(), self.facts.bearer.clone());
        let needed = self.scope.unwrap_or(Scope::Read);
        move |r| {
            if bearer.is_none() {
                return Ok(None);
            }
            let person = gate.caller(r, bearer.as_deref())?;
            person.require_scope(needed)?;
            Ok(Some(person).filter(|person| !person.lacks_second_factor))
        }
    }

    fn admits(&self) -> impl Fn(&mut Reads<'_>) -> Result<Person> + Send + 'static {
        let (gate, bearer) = (self.gate.get_ref().clone(), self.facts.bearer.clone());
        let (own_account, needed) = (
            self.own_account,
            self.scope.unwrap_or(if self.facts.is_read {
                Scope::Read
            } else {
                Scope::Write
            }),
        );
        move |r| {
            let person = gate.caller(r, bearer.as_deref())?;
            if person.lacks_second_factor && !own_account {
                return Err(Refusal::SecondFactorNeeded.into());
            }
            person.require_scope(needed)?;
            Ok(person)
        }
    }

    /// For routes open to anyone that take no parameters in their address.
    ///
    /// # Errors
    /// 400 naming each parameter that came.
    pub fn takes_no_query(&self) -> Result<()> {
        refuse_unread(&http::unread_query(&self.request))
    }

    /// Reads for a signed-in caller, in one snapshot.
    ///
    /// # Errors
    /// 401 when nobody is signed in; what `act` gives.
    pub async fn load<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Reads<'_>, &Person) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (admits, unread) = (self.admits(), http::unread_query(&self.request));
        self.gate
            .db
            .read(self.facts.arrived, move |r| {
                let person = admits(r)?;
                let read = act(r, &person)?;
                refuse_unread(&unread)?;
                Ok(read)
            })
            .await
    }

    /// As [`Call::load`], for routes open to anyone.
    async fn load_openly<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Reads<'_>, Option<&Person>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let reads = self.reader();
        let unread = http::unread_query(&self.request);
        self.gate
            .db
            .read(self.facts.arrived, move |r| {
                let person = reads(r)?;
                let read = act(r, person.as_ref())?;
                refuse_unread(&unread)?;
                Ok(read)
            })
            .await
    }

    /// Answers with JSON what `act` reads.
    ///
    /// # Errors
    /// As [`Call::load`].
    pub async fn read<T: Serialize + Send + 'static>(
        &self,
        act: impl FnOnce(&mut Reads<'_>, &Person) -> Result<T> + Send + 'static,
    ) -> Answer {
        let view = self.load(act).await?;
        http::shown(&self.facts, StatusCode::OK, None, &view)
    }

    /// As [`Call::read`], for routes open to anyone: the caller is known when signed in.
    ///
    /// # Errors
    /// 401 when a token came that is no longer good; what `act` gives.
    pub async fn read_openly<T: Serialize + Send + 'static>(
        &self,
        act: impl FnOnce(&mut Reads<'_>, Option<&Person>) -> Result<T> + Send + 'static,
    ) -> Answer {
        let view = self.load_openly(act).await?;
        http::shown(&self.facts, StatusCode::OK, None, &view)
    }

    /// Answers with one page of a list, and a `Link` to the next.
    ///
    /// # Errors
    /// As [`Call::load`].
    pub async fn read_page<T: Serialize + Send + 'static>(
        &self,
        act: impl FnOnce(&mut Reads<'_>, &Person) -> Result<Page<T>> + Send + 'static,
    ) -> Answer {
        let page = self.load(act).await?;
        self.page_shown(&page)
    }

    /// As [`Call::read_page`], for routes open to anyone.
    ///
    /// # Errors
    /// As [`Call::read_openly`].
    pub async fn read_page_openly<P: Paged + Serialize + Send + 'static>(
        &self,
        act: impl FnOnce(&mut Reads<'_>, Option<&Person>) -> Result<P> + Send + 'static,
    ) -> Answer {
        let page = self.load_openly(act).await?;
        self.page_shown(&page)
    }

    fn page_shown(&self, page: &(impl Paged + Serialize)) -> Answer {
        let mut answer = http::shown(&self.facts, StatusCode::OK, None, page)?;
        if let Some(next) = page.next() {
            let others = form_urlencoded::parse(self.request.query_string().as_bytes())
                .filter(|(name, _)| name != "cursor");
            let query = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(others)
                .append_pair("cursor", next)
                .finish();
            let link = format!("<{}?{query}>; rel=\"next\"", self.request.path());
            if let Ok(value) = actix_web::http::header::HeaderValue::from_str(&link) {
                answer
                    .headers_mut()
                    .insert(actix_web::http::header::LINK, value);
            }
        }
        Ok(answer)
    }

    /// Answers with a file that `act` makes.
    ///
    /// # Errors
    /// As [`Call::load`].
    pub async fn read_raw(
        &self,
        act: impl FnOnce(&mut Reads<'_>, &Person) -> Result<HttpFile> + Send + 'static,
    ) -> Answer {
        http::file(self.load(act).await?)
    }

    /// Writes for a signed-in caller, in one transaction.
    ///
    /// # Errors
    /// 401 when nobody is signed in; what `act` gives.
    pub async fn store<T: Send + 'static>(
        &self,
        act: impl Fn(&mut Writes<'_>, &Person) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (admits, undoes) = (self.admits(), self.gate.undoes);
        let unread = http::unread_query(&self.request);
        let body = http::sent_body(&self.request);
        self.gate
            .db
            .write(self.facts.arrived, move |w| {
                let person = admits(w)?;
                let tried = |w: &mut Writes<'_>| w.try_out(|w| act(w, &person))?;
                let acts = |w: &mut Writes<'_>| {
                    if undoes { tried(w) } else { act(w, &person) }
                };
                let done = match &body {
                    Some(body) => body.judged(w, acts, tried)?,
                    None => acts(w)?,
                };
                // Only now, so that nobody hears of it who may not act at all; what was written
                // goes with the refusal.
                refuse_unread(&unread)?;
                Ok(done)
            })
            .await
    }

    /// Changes something and answers with what it is now.
    ///
    /// # Errors
    /// As [`Call::store`].
    pub async fn change<T: Serialize + Send + 'static>(
        &self,
        act: impl Fn(&mut Writes<'_>, &Person) -> Result<T> + Send + 'static,
    ) -> Answer {
        let view = self.store(act).await?;
        http::shown(&self.facts, StatusCode::OK, None, &view)
    }

    /// Removes something.
    ///
    /// # Errors
    /// As [`Call::store`].
    pub async fn remove(
        &self,
        act: impl Fn(&mut Writes<'_>, &Person) -> Result<()> + Send + 'static,
    ) -> Answer {
        self.store(act).await?;
        Ok(http::no_content())
    }

    /// Makes something: 201 with its address. Honours `Idempotency-Key`.
    ///
    /// # Errors
    /// As [`Call::store`]; 422 when the key came with another body.
    pub async fn create<T: Serialize + Send + 'static>(
        &self,
        act: impl Fn(&mut Writes<'_>, &Person) -> Result<Created<T>> + Send + 'static,
    ) -> Answer {
        self.once(move |w, who| {
            let made = act(w, who)?;
            Ok(Outcome {
                status: if made.found { 200 } else { 201 },
                location: Some(made.location),
                body: serde_json::to_string(&made.view)?,
            })
        })
        .await
    }

    /// Acts: 200 with what `act` gives. Honours `Idempotency-Key`.
    ///
    /// # Errors
    /// As [`Call::create`].
    pub async fn act<T: Serialize + Send + 'static>(
        &self,
        act: impl Fn(&mut Writes<'_>, &Person) -> Result<T> + Send + 'static,
    ) -> Answer {
        self.once(move |w, who| {
            Ok(Outcome {
                status: 200,
                location: None,
                body: serde_json::to_string(&act(w, who)?)?,
            })
        })
        .await
    }

    /// Makes something whose answer holds a secret: no idempotency key is taken.
    ///
    /// # Errors
    /// As [`Call::store`].
    pub async fn create_secret<T: Serialize + Send + 'static>(
        &self,
        act: impl Fn(&mut Writes<'_>, &Person) -> Result<Created<T>> + Send + 'static,
    ) -> Answer {
        let made = self.store(act).await?;
        let mut answer = http::shown(
            &self.facts,
            StatusCode::CREATED,
            Some(&made.location),
            &made.view,
        )?;
        answer.headers_mut().insert(
            actix_web::http::header::CACHE_CONTROL,
            actix_web::http::header::HeaderValue::from_static("no-store"),
        );
        Ok(answer)
    }

    /// Whether this request was answered before, under the same key; for routes that would do much
    /// before they find it out by themselves.
    ///
    /// # Errors
    /// 401 when nobody is signed in.
    pub async fn repeats(&self) -> Result<bool> {
        let Some(key) = self.facts.idempotency_key.clone() else {
            return Ok(false);
        };
        let route = self.facts.route.clone();
        self.load(move |r, who| once::is_answered(r, who, &route, &key))
            .await
    }

    async fn once(
        &self,
        act: impl Fn(&mut Writes<'_>, &Person) -> Result<Outcome> + Send + 'static,
    ) -> Answer {
        let Some(key) = self.facts.idempotency_key.clone() else {
            return Ok(self.answer(self.store(act).await?));
        };
        let asked = KeyedRequest {
            route: self.facts.route.clone(),
            key,
            digest: RequestFacts::sent_digest(&self.request),
        };
        let bearer = self.facts.bearer.as_deref().unwrap_or_default();
        let Some(_runs) = self.gate.running.begin(bearer, &asked) else {
            self.load(|_, _| Ok(())).await?;
            return Err(Refusal::StillRunning.into());
        };
        let outcome = self.store(move |w, who| asked.once(w, who, &act)).await?;
        Ok(self.answer(outcome))
    }

    fn answer(&self, outcome: Outcome) -> actix_web::HttpResponse {
        let status = StatusCode::from_u16(outcome.status).unwrap_or(StatusCode::OK);
        http::written(
            &self.facts,
            status,
            outcome.location.as_deref(),
            outcome.body.into_bytes(),
        )
    }
}

/// A parameter that nobody asked for is refused, never ignored.
fn refuse_unread(unread: &[FieldError]) -> Result<()> {
    if unread.is_empty() {
        return Ok(());
    }
    Err(Refusal::BadQuery(unread.to_vec()).into())
}
