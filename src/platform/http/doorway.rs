//! The doorway: plain HTTP is refused elsewhere than on this machine, and the address that a
//! request comes from is told by configured proxies only.

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::HttpMessage as _;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderMap;
use actix_web::middleware::Next;
use ipnet::IpNet;

use crate::platform::config::{ServerConfig, is_loopback};
use crate::platform::refusal::Failure;

/// The address that a request comes from, put among its extensions.
#[derive(Clone, Debug)]
pub struct ClientAddress(pub IpAddr);

/// Judges where requests come from and how they travelled.
#[derive(Clone, Debug)]
pub struct Doorway(Arc<Terms>);

#[derive(Debug)]
struct Terms {
    behind_tls: bool,
    proxies: Vec<IpNet>,
}

const IN_THE_CLEAR: &str = "This server is reached over HTTPS only: use the address that its \
    operator gave you. (For the operator: see server.public_url and server.trusted_proxies.)";

impl Doorway {
    /// The doorway that the settings describe.
    pub fn of(config: &ServerConfig) -> Self {
        Self(Arc::new(Terms {
            behind_tls: config.public_url.starts_with("https://"),
            proxies: config.trusted_proxies.clone(),
        }))
    }

    /// Middleware.
    ///
    /// # Errors
    /// Passes on what the handler gives.
    pub async fn guard<B: MessageBody + 'static>(
        self,
        request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
        let Some(peer) = request
            .peer_addr()
            .map(|address| address.ip().to_canonical())
        else {
            return Ok(request.error_response(Failure::forbidden(IN_THE_CLEAR)));
        };
        let headers = request.headers();
        // Load balancers ask for health from anywhere, and learn nothing from it.
        let is_health = request.path().starts_with("/health/");
        if !is_health && !self.lets_in(peer, headers) {
            return Ok(request.error_response(Failure::forbidden(IN_THE_CLEAR)));
        }
        let client = self.client(peer, headers);
        request.extensions_mut().insert(ClientAddress(client));
        next.call(request)
            .await
            .map(ServiceResponse::map_into_boxed_body)
    }

    fn lets_in(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        if !self.trusts(peer) && !peer.is_loopback() {
            return false;
        }
        if self.0.behind_tls {
            return text(headers, "x-forwarded-proto")
                .is_none_or(|scheme| !scheme.eq_ignore_ascii_case("http"));
        }
        // The name that the browser was given, so that no page elsewhere reaches this server by
        // a name of its own that leads here.
        let host = text(headers, "host").unwrap_or_default();
        is_loopback(without_port(host))
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0
            .proxies
            .iter()
            .any(|network| network.contains(&address))
    }

    /// The last address on the way that no trusted proxy has.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        let told: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .collect();
        for hop in told.iter().rev() {
            let Some(hop) = address_in(hop) else {
                break;
            };
            if !self.trusts(client) {
                break;
            }
            client = hop.to_canonical();
        }
        client
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// The address in `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`: some
/// proxies tell the port too.
fn address_in(hop: &str) -> Option<IpAddr> {
    hop.parse().or_else(|_| without_port(hop).parse()).ok()
}

/// The host in `host:port` or `[::1]:port`.
fn without_port(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    host.split(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn doorway(behind_tls: bool, proxies: &[&str]) -> Doorway {
        let proxies = proxies
            .iter()
            .map(|network| network.parse().unwrap())
            .collect();
        Doorway(Arc::new(Terms {
            behind_tls,
            proxies,
        }))
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        let this_machine: IpAddr = "127.0.0.1".parse().unwrap();
        let container: IpAddr = "172.17.0.1".parse().unwrap();
        for (host, yes) in [
            ("localhost:8080", true),
            ("127.0.0.1:8080", true),
            ("[::1]:8080", true),
            ("demo.localhost", true),
            ("grants.example.org", false),
            ("localhost.example.org", false),
            ("", false),
        ] {
            let headers = headers(&[("host", host)]);
            let (own, behind) = (doorway(false, &[]), doorway(false, &["172.17.0.0/16"]));
            assert_eq!(own.lets_in(this_machine, &headers), yes, "{host}");
            assert!(!own.lets_in(container, &headers), "{host} from elsewhere");
            assert_eq!(
                behind.lets_in(container, &headers),
                yes,
                "{host} by a proxy"
            );
        }
    }

    #[test]
    fn behind_tls_only_proxies_and_this_machine_come_in() {
        let door = doorway(true, &["10.0.0.0/8"]);
        let secure: &[_] = &[("x-forwarded-proto", "https")];
        let clear: &[_] = &[("x-forwarded-proto", "http")];
        for (peer, told, yes) in [
            ("10.1.2.3", secure, true),
            ("10.1.2.3", &[], true),
            ("10.1.2.3", clear, false),
            ("127.0.0.1", &[], true),
            ("192.0.2.7", secure, false),
        ] {
            assert_eq!(
                door.lets_in(peer.parse().unwrap(), &headers(told)),
                yes,
                "{peer}"
            );
        }
    }

    #[test]
    fn only_trusted_proxies_tell_where_a_request_comes_from() {
        let door = doorway(true, &["10.0.0.0/8"]);
        for (peer, told, client) in [
            ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
            (
                "10.0.0.1",
                "198.51.100.1, 203.0.113.9, 10.0.0.2",
                "203.0.113.9",
            ),
            ("10.0.0.1", "made up, 203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "made up", "10.0.0.1"),
            ("10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
            ("10.0.0.1", "2001:db8::9", "2001:db8::9"),
            ("10.0.0.1", "[2001:db8::9]:4711", "2001:db8::9"),
            ("192.0.2.7", "203.0.113.9", "192.0.2.7"),
        ] {
            let found = door.client(
                peer.parse().unwrap(),
                &headers(&[("x-forwarded-for", told)]),
            );
            assert_eq!(found.to_string(), client, "{peer} {told}");
        }
    }
}
