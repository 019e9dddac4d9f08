//! Asking: requests as people send them, and what comes back.

use std::fmt;

use actix_http::{BoxedPayloadStream as PayloadStream, Payload};
use actix_web::body::to_bytes;
use actix_web::http::Method;
use actix_web::test::TestRequest;
use civitas::platform::ids::PersonId;
use futures_util::StreamExt as _;
use serde_json::Value;

use super::World;
use super::documented::{self, Operation};

/// Someone signed in.
#[derive(Clone, Debug)]
pub struct Actor {
    pub id: PersonId,
    pub email: String,
    pub token: String,
}

/// Who sends a request: an [`Actor`], or nobody.
pub trait Sender {
    fn token(&self) -> Option<&str>;
}

impl Sender for Actor {
    fn token(&self) -> Option<&str> {
        Some(&self.token)
    }
}

/// Nobody is signed in.
pub struct Nobody;

impl Sender for Nobody {
    fn token(&self) -> Option<&str> {
        None
    }
}

/// What came back.
pub struct Reply {
    pub status: u16,
    pub headers: actix_web::http::header::HeaderMap,
    pub bytes: Vec<u8>,
    /// The body as JSON; null when it is none.
    pub json: Value,
    /// Whether the route takes an `Idempotency-Key`.
    pub counts_once: bool,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn etag(&self) -> String {
        self.header("etag").expect("an ETag").to_owned()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The `id` of the object served.
    pub fn id(&self) -> i64 {
        self.json["id"]
            .as_i64()
            .unwrap_or_else(|| panic!("no id in {self}"))
    }

    /// The slug of the problem.
    pub fn problem(&self) -> &str {
        self.json["type"]
            .as_str()
            .unwrap_or("")
            .trim_start_matches("/problems/")
    }

    /// The items of a list.
    pub fn items(&self) -> &[Value] {
        self.json["items"]
            .as_array()
            .unwrap_or_else(|| panic!("no items in {self}"))
    }

    /// All that a client sees, but for the request's own id and moment: what two replies that must
    /// not be told apart have in common.
    pub fn seen(&self) -> (u16, Vec<(String, String)>, String) {
        let mut headers: Vec<(String, String)> = self
            .headers
            .iter()
            .filter(|(name, _)| name.as_str() != "x-request-id" && name.as_str() != "date")
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()))
            .collect();
        headers.sort();
        let id = self.json["instance"].as_str().unwrap_or_default();
        let text = if id.is_empty() {
            self.text()
        } else {
            self.text().replace(id, "ID")
        };
        (self.status, headers, text)
    }

    /// The same reply, once its status is as wanted.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.text())
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A request being put together.
pub struct Ask<'w> {
    world: &'w World,
    request: TestRequest,
    sent: Option<Value>,
    stalls: bool,
}

impl Ask<'_> {
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        self.request = self.request.insert_header((name, value.as_ref()));
        self
    }

    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.request = self.request.set_json(body);
        self.sent = Some(body.clone());
        self
    }

    #[must_use]
    pub fn body(mut self, media_type: &str, bytes: impl Into<actix_web::web::Bytes>) -> Self {
        self.request = self
            .request
            .insert_header(("content-type", media_type))
            .set_payload(bytes);
        self
    }

    /// It comes from this address and port.
    #[must_use]
    pub fn from(mut self, peer: &str) -> Self {
        self.request = self.request.peer_addr(peer.parse().unwrap());
        self
    }

    /// The body never ends.
    #[must_use]
    pub fn stalls(mut self) -> Self {
        self.stalls = true;
        self
    }

    pub async fn send(self) -> Reply {
        let mut request = self.request.to_request();
        if self.stalls {
            let begun = request.take_payload();
            let stalled = begun.chain(futures_util::stream::pending());
            request = request
                .replace_payload(Payload::from(Box::pin(stalled) as PayloadStream))
                .0;
        }
        let response = (self.world.reaches)(request).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        assert!(headers.contains_key("x-request-id"), "an answer {status}");
        let opens = headers
            .keys()
            .find(|name| name.as_str().starts_with("access-control-"));
        assert_eq!(opens, None, "no answer is for pages of another origin");
        let operation = documented::operation_of(&response);
        if let Some(operation) = &operation {
            operation.hold(&response);
        }
        let bytes = to_bytes(response.into_body())
            .await
            .map(|b| b.to_vec())
            .unwrap_or_default();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        assert_ne!(
            status,
            500,
            "a fault of ours: {}",
            String::from_utf8_lossy(&bytes)
        );
        let counts_once = operation.as_ref().is_some_and(Operation::counts_once);
        if let Some(operation) = operation.filter(|_| !json.is_null()) {
            operation.hold_served(status, &json);
            if let Some(sent) = self.sent.filter(|_| status < 300) {
                operation.hold_taken(&sent);
            }
        }
        Reply {
            status,
            headers,
            bytes,
            json,
            counts_once,
        }
    }
}

impl World {
    /// A request for a page, by nobody.
    pub fn ask_page(&self, method: Method, path: &str) -> Ask<'_> {
        let request = TestRequest::with_uri(path)
            .method(method)
            .peer_addr("127.0.0.1:4000".parse().unwrap());
        Ask {
            world: self,
            request,
            sent: None,
            stalls: false,
        }
    }

    pub fn ask(&self, sender: &impl Sender, method: Method, path: &str) -> Ask<'_> {
        let uri = if path.starts_with("/api") || path.starts_with("/health") {
            path.to_owned()
        } else {
            format!("/api/v1{path}")
        };
        let mut request = TestRequest::with_uri(&uri)
            .method(method)
            .peer_addr("127.0.0.1:4000".parse().unwrap());
        if let Some(token) = sender.token() {
            request = request.insert_header(("authorization", format!("Bearer {token}")));
        }
        Ask {
            world: self,
            request,
            sent: None,
            stalls: false,
        }
    }

    pub async fn get(&self, sender: &impl Sender, path: &str) -> Reply {
        self.ask(sender, Method::GET, path).send().await
    }

    /// Posts; where the route takes an `Idempotency-Key`, twice: the answer must be the same.
    pub async fn post(&self, sender: &impl Sender, path: &str, body: Value) -> Reply {
        let key = format!("{}", self.app.entropy.id());
        let asks = || {
            let asks = self.ask(sender, Method::POST, path).json(&body);
            asks.header("idempotency-key", &key)
        };
        let first = asks().send().await;
        if first.status < 300 && first.counts_once {
            let again = asks().send().await;
            let told = |reply: &Reply| {
                let header = |name| reply.header(name).map(str::to_owned);
                (
                    reply.status,
                    header("location"),
                    header("etag"),
                    reply.text(),
                )
            };
            assert_eq!(
                told(&first),
                told(&again),
                "POST {path} sent again with its key"
            );
        }
        first
    }

    pub async fn delete(&self, sender: &impl Sender, path: &str) -> Reply {
        self.ask(sender, Method::DELETE, path).send().await
    }

    /// PUT under the version that `etag` names.
    pub async fn put(&self, sender: &impl Sender, path: &str, etag: &str, body: Value) -> Reply {
        self.ask(sender, Method::PUT, path)
            .header("if-match", etag)
            .json(&body)
            .send()
            .await
    }

    /// Reads the object, lets `edit` change its JSON to what is sent, and puts it back.
    pub async fn edit(
        &self,
        sender: &impl Sender,
        path: &str,
        edit: impl FnOnce(&Value) -> Value,
    ) -> Reply {
        let current = self.get(sender, path).await.expect(200);
        self.put(sender, path, &current.etag(), edit(&current.json))
            .await
    }
}
