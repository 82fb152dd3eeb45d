//! To which host a request is addressed, and whether a proxy forwarded it. Pure.
//!
//! A request names its host once, and in a form that all readers read the same way: what one reader takes for
//! `127.0.0.1` another may take for `evil`.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::{HeaderMap, Method, Request, StatusCode, Version, header};

use crate::error::Problem;

/// The host of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// In small letters, an address without brackets.
    name: String,
    port: Option<u16>,
}

impl Host {
    /// Reads `name`, `name:port`, `[address]` or `[address]:port`.
    fn parse(text: &str) -> Option<Self> {
        let (name, rest) = if let Some(inside) = text.strip_prefix('[') {
            let (address, rest) = inside.split_once(']')?;
            (address.parse::<Ipv6Addr>().ok()?.to_string(), rest)
        } else {
            let end = text.find(':').unwrap_or(text.len());
            let (name, rest) = text.split_at(end);
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            if name.is_empty() || !name.bytes().all(is_name) {
                return None;
            }
            (name.to_ascii_lowercase(), rest)
        };
        let port = match rest.strip_prefix(':') {
            Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                Some(digits.parse().ok()?)
            }
            None if rest.is_empty() => None,
            _ => return None,
        };
        Some(Self { name, port })
    }

    /// Whether it is this computer: a page of another site that has its name point here does not say so.
    fn is_loopback(&self) -> bool {
        let address = self.name.parse::<IpAddr>();
        self.name == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }
}

/// The host that a request names; `None` where HTTP/1.0 names none.
pub(super) fn named<B>(request: &Request<B>) -> Result<Option<Host>, Problem> {
    let wrong = |detail: &str| Problem::new(StatusCode::BAD_REQUEST, "wrong_host", detail);
    let read = |text: &str| Host::parse(text).ok_or_else(|| wrong("the host is not well-formed"));
    if request.method() == Method::CONNECT {
        return Err(wrong("this server is no proxy"));
    }
    let mut values = request.headers().get_all(header::HOST).iter();
    let host = match (values.next(), values.next()) {
        (_, Some(_)) => return Err(wrong("the request names its host twice")),
        (Some(value), None) => Some(read(value.to_str().unwrap_or_default())?),
        (None, None) if request.version() < Version::HTTP_11 => None,
        (None, None) => return Err(wrong("the request names no host")),
    };
    if let Some(authority) = request.uri().authority() {
        let target = read(authority.as_str())?;
        if host.as_ref().is_some_and(|host| *host != target) {
            return Err(wrong("the request is for one host, and names another"));
        }
        return Ok(Some(target));
    }
    Ok(host)
}

/// Whether a request names this computer as its host.
pub(super) fn names_loopback(host: Option<&Host>) -> bool {
    host.is_some_and(Host::is_loopback)
}

/// How the names of headers begin that proxies add.
const PROXY_PREFIXES: [&str; 12] = [
    "x-forwarded",
    "x-original-",
    "x-envoy-",
    "x-azure-",
    "x-arr-",
    "x-amz",
    "x-appengine-",
    "x-vercel-",
    "x-nf-",
    "x-varnish",
    "cf-",
    "fastly-",
];

/// The names of others.
const PROXY_HEADERS: [&str; 24] = [
    "forwarded",
    "forwarded-for",
    "via",
    "x-real-ip",
    "x-client-ip",
    "client-ip",
    "true-client-ip",
    "x-true-client-ip",
    "x-cluster-client-ip",
    "x-remote-ip",
    "x-remote-addr",
    "remote-addr",
    "x-proxyuser-ip",
    "x-host",
    "x-scheme",
    "x-rewrite-url",
    "x-proxy-id",
    "proxy-client-ip",
    "wl-proxy-client-ip",
    "fly-client-ip",
    "x-cloud-trace-context",
    "cdn-loop",
    "proxy-connection",
    "surrogate-capability",
];

/// Whether there is a sign that a proxy passed a request on. Its absence proves nothing: a proxy need not leave any.
pub(super) fn is_passed_on(version: Version, headers: &HeaderMap) -> bool {
    // Some proxies still ask with the old version, which no browser does.
    let is_old = version < Version::HTTP_11;
    let mut names = headers.keys().map(axum::http::HeaderName::as_str);
    is_old
        || names.any(|name| {
            PROXY_HEADERS.contains(&name)
                || PROXY_PREFIXES.iter().any(|start| name.starts_with(start))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn request(target: &str, hosts: &[&str], version: Version) -> Request<()> {
        let mut request = Request::builder().uri(target).version(version);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        request.body(()).expect("a request")
    }

    #[test]
    fn a_foreign_host_name_is_not_this_computer() {
        for (host, expected) in [
            ("127.0.0.1:8080", Some(true)),
            ("127.8.0.1", Some(true)),
            ("localhost", Some(true)),
            ("LOCALHOST:80", Some(true)),
            ("[::1]:8080", Some(true)),
            ("[::1]", Some(true)),
            ("[0:0:0:0:0:0:0:1]", Some(true)),
            ("localhost.example.com:8080", Some(false)),
            ("presence.example.com", Some(false)),
            ("192.168.1.5:8080", Some(false)),
            ("[::2]", Some(false)),
            ("127.0.0.1.evil", Some(false)),
            ("", None),
            (":8080", None),
            ("127.0.0.1:80@evil", None),
            ("evil@127.0.0.1", None),
            ("[::1].evil", None),
            ("[::1]evil", None),
            ("[::1", None),
            ("::1", None),
            ("[127.0.0.1]", None),
            ("127.0.0.1:", None),
            ("127.0.0.1:+80", None),
            ("127.0.0.1:99999", None),
            ("127.0.0.1:80:80", None),
            ("127.0.0.1, evil", None),
            ("127.0.0.1 evil", None),
            ("127.0.0.1/evil", None),
            ("127.0.0.1\\evil", None),
            ("127.0.0.1%00", None),
            ("localhost\u{e9}", None),
        ] {
            let read = Host::parse(host);
            assert_eq!(read.map(|host| host.is_loopback()), expected, "{host}");
        }
    }

    #[test]
    fn a_host_is_named_once() {
        let (old, new) = (Version::HTTP_10, Version::HTTP_11);
        for (target, hosts, version, expected) in [
            ("/", &["127.0.0.1"][..], new, Ok(true)),
            ("/", &["127.0.0.1", "127.0.0.1"], new, Err(())),
            ("/", &["127.0.0.1", "evil"], new, Err(())),
            ("/", &[], new, Err(())),
            ("/", &[], old, Ok(false)),
            ("http://127.0.0.1:80/", &["127.0.0.1:80"], new, Ok(true)),
            ("http://evil/", &["127.0.0.1"], new, Err(())),
            ("http://127.0.0.1/", &["evil"], new, Err(())),
            ("http://127.0.0.1:81/", &["127.0.0.1:80"], new, Err(())),
            ("http://x@127.0.0.1/", &["127.0.0.1"], new, Err(())),
            ("http://evil/", &[], old, Ok(false)),
        ] {
            let named = named(&request(target, hosts, version));
            let told = named.map(|host| names_loopback(host.as_ref()));
            assert_eq!(told.map_err(drop), expected, "{target} {hosts:?}");
        }
    }

    #[test]
    fn a_proxy_is_known_by_what_it_adds() {
        let told = |name: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("x"));
            is_passed_on(Version::HTTP_11, &headers)
        };
        for name in [
            "x-forwarded-for",
            "x-forwarded-proto",
            "x-forwarded-anything",
            "forwarded",
            "via",
            "cf-connecting-ip",
            "cf-ray",
            "true-client-ip",
            "x-real-ip",
            "x-client-ip",
            "client-ip",
        ] {
            assert!(told(name), "{name}");
        }
        for name in ["accept", "user-agent", "sec-fetch-site", "cookie"] {
            assert!(!told(name), "{name}");
        }
        assert!(is_passed_on(Version::HTTP_10, &HeaderMap::new()));
    }
}
