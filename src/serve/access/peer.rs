//! Where a request comes from, also through a proxy that is trusted to say so.

use std::net::{IpAddr, Ipv4Addr};

use axum::http::{HeaderMap, header};

/// The other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: IpAddr,
    /// Whether the connection is encrypted.
    pub is_encrypted: bool,
}

impl Default for Peer {
    fn default() -> Self {
        Self {
            address: Ipv4Addr::UNSPECIFIED.into(),
            is_encrypted: false,
        }
    }
}

impl Peer {
    /// Where the request itself comes from: what a trusted proxy says, else the other end.
    pub fn origin(self, headers: &HeaderMap, trusted: &[IpAddr]) -> Self {
        if !trusted.contains(&self.address) {
            return self;
        }
        let forwarded = headers.get_all("x-forwarded-for").iter();
        let texts = forwarded.filter_map(|value| value.to_str().ok());
        let addresses: Vec<IpAddr> = texts
            .flat_map(|text| text.split(','))
            .filter_map(|text| text.trim().parse().ok())
            .collect();
        // The last one that no trusted proxy added: those before it were said by whoever asked.
        let first_foreign = addresses
            .iter()
            .rev()
            .find(|address| !trusted.contains(address));
        let protocol = headers.get("x-forwarded-proto");
        Self {
            address: first_foreign.copied().unwrap_or(self.address),
            is_encrypted: self.is_encrypted || protocol.is_some_and(|protocol| protocol == "https"),
        }
    }
}

/// Whether a request was passed on by a proxy.
pub(super) fn is_forwarded(headers: &HeaderMap) -> bool {
    [
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-real-ip",
        "via",
    ]
    .iter()
    .any(|name| headers.contains_key(*name))
}

/// Whether a request names this computer as its host: a page of another site that has its name point here does not.
pub(super) fn names_loopback(headers: &HeaderMap) -> bool {
    let Some(host) = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
    else {
        return false;
    };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|&(name, value)| {
                (
                    axum::http::HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn only_a_trusted_proxy_says_where_a_request_comes_from() {
        let proxy = IpAddr::from([10, 0, 0, 1]);
        let peer = Peer {
            address: proxy,
            is_encrypted: false,
        };
        let headers = headers(&[
            ("x-forwarded-for", "1.2.3.4, 203.0.113.9, 10.0.0.1"),
            ("x-forwarded-proto", "https"),
        ]);
        assert_eq!(peer.origin(&headers, &[]), peer);
        let origin = peer.origin(&headers, &[proxy]);
        assert_eq!(origin.address, IpAddr::from([203, 0, 113, 9]));
        assert!(origin.is_encrypted);
    }

    #[test]
    fn a_foreign_host_name_is_not_this_computer() {
        for (host, expected) in [
            ("127.0.0.1:8080", true),
            ("localhost", true),
            ("LOCALHOST:80", true),
            ("[::1]:8080", true),
            ("localhost.example.com:8080", false),
            ("presence.example.com", false),
            ("192.168.1.5:8080", false),
            ("", false),
        ] {
            let headers = headers(&[("host", host)]);
            assert_eq!(names_loopback(&headers), expected, "{host}");
        }
        assert!(!names_loopback(&HeaderMap::new()));
    }
}
