//! Where a request comes from, also through a proxy that is trusted to say so. Pure.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::HeaderMap;

/// The other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address; for a socket of this computer `0.0.0.0`.
    pub address: IpAddr,
    /// Whether the connection is encrypted.
    pub is_encrypted: bool,
    /// Whether it is the user who runs the server, by a socket that only this user may use.
    pub is_owner: bool,
}

impl Default for Peer {
    fn default() -> Self {
        Self {
            address: Ipv4Addr::UNSPECIFIED.into(),
            is_encrypted: false,
            is_owner: false,
        }
    }
}

impl Peer {
    /// Where the request itself comes from: what a trusted proxy says, else the other end.
    pub fn origin(self, headers: &HeaderMap, trusted: &[IpAddr]) -> Self {
        if !trusted.contains(&self.address) {
            return self;
        }
        let address = match (hops(headers, "x-forwarded-for"), hops(headers, "forwarded")) {
            (None, None) => self.address,
            (Some(hops), None) | (None, Some(hops)) => self.first_foreign(&hops, trusted),
            (Some(hops), Some(others)) => {
                // A proxy writes one of them and may pass the other on as it came: where they differ, neither is believed.
                let told = self.first_foreign(&hops, trusted);
                if told == self.first_foreign(&others, trusted) {
                    told
                } else {
                    self.address
                }
            }
        };
        let protocol = headers.get_all("x-forwarded-proto").iter().next_back();
        let protocol = protocol.and_then(|value| value.to_str().ok()?.rsplit(',').next());
        let is_https = protocol.is_some_and(|text| text.trim().eq_ignore_ascii_case("https"));
        Self {
            address,
            is_encrypted: self.is_encrypted || is_https,
            is_owner: false,
        }
    }

    /// The last hop that no trusted proxy is: those before it are claims of the client. What cannot be read ends the
    /// search: nothing before it is believed.
    fn first_foreign(self, hops: &[Option<IpAddr>], trusted: &[IpAddr]) -> IpAddr {
        let mut known = self.address;
        for hop in hops.iter().rev() {
            let Some(address) = hop else { break };
            known = *address;
            if !trusted.contains(address) {
                break;
            }
        }
        known
    }
}

/// The hops that a header lists, in its order; `None` in it for one that cannot be read. `None`: there is no such header.
fn hops(headers: &HeaderMap, name: &str) -> Option<Vec<Option<IpAddr>>> {
    if !headers.contains_key(name) {
        return None;
    }
    let mut hops = Vec::new();
    for value in headers.get_all(name) {
        match value.to_str() {
            Ok(text) => hops.extend(text.split(',').map(hop)),
            Err(_) => hops.push(None),
        }
    }
    Some(hops)
}

/// The address of a hop: `1.2.3.4`, `1.2.3.4:5678`, `::1`, `[::1]`, `[::1]:5678`, any of them between quotes; or the
/// value of `for=` among others, as in `for="[::1]:5678";proto=https`.
fn hop(text: &str) -> Option<IpAddr> {
    let node = if text.contains('=') {
        let mut pairs = text.split(';').filter_map(|pair| pair.split_once('='));
        pairs.find_map(|(name, value)| name.trim().eq_ignore_ascii_case("for").then_some(value))?
    } else {
        text
    };
    let node = node.trim();
    let node = match node.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None => node,
    };
    let bare = node
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address = match bare {
        Some(inside) => inside.parse::<std::net::Ipv6Addr>().ok()?.into(),
        None => match node.parse::<IpAddr>() {
            Ok(address) => address,
            Err(_) => node.parse::<SocketAddr>().ok()?.ip(),
        },
    };
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let value = HeaderValue::from_bytes(value.as_bytes()).expect("a value");
            headers.append(*name, value);
        }
        headers
    }

    const PROXY: &str = "10.0.0.1";

    fn proxy() -> Peer {
        Peer {
            address: PROXY.parse().expect("an address"),
            ..Peer::default()
        }
    }

    #[test]
    fn only_a_trusted_proxy_says_where_a_request_comes_from() {
        let peer = proxy();
        let headers = headers(&[
            ("x-forwarded-for", "1.2.3.4, 203.0.113.9, 10.0.0.1"),
            ("x-forwarded-proto", "https"),
        ]);
        assert_eq!(peer.origin(&headers, &[]), peer);
        let origin = peer.origin(&headers, &[peer.address]);
        assert_eq!(origin.address, IpAddr::from([203, 0, 113, 9]));
        assert!(origin.is_encrypted);
    }

    #[track_caller]
    fn check(pairs: &[(&'static str, &str)], expected: &str) {
        let peer = proxy();
        let origin = peer.origin(&headers(pairs), &[peer.address]);
        assert_eq!(origin.address.to_string(), expected, "{pairs:?}");
    }

    #[test]
    fn a_hop_is_read_in_each_of_its_forms() {
        for (text, expected) in [
            ("203.0.113.9", "203.0.113.9"),
            ("203.0.113.9:4711", "203.0.113.9"),
            ("\"203.0.113.9:4711\"", "203.0.113.9"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("\"[2001:db8::1]:4711\"", "2001:db8::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("1.2.3.4, 203.0.113.9:80, 10.0.0.1:81", "203.0.113.9"),
        ] {
            check(&[("x-forwarded-for", text)], expected);
        }
        for (text, expected) in [
            ("for=203.0.113.9", "203.0.113.9"),
            (
                "For=\"[2001:db8::1]:4711\";proto=https;by=10.0.0.1",
                "2001:db8::1",
            ),
            ("for=1.2.3.4, proto=http; for=203.0.113.9:80", "203.0.113.9"),
        ] {
            check(&[("forwarded", text)], expected);
        }
    }

    #[test]
    fn what_cannot_be_read_ends_the_search() {
        for text in [
            "1.2.3.4, unknown",
            "1.2.3.4, _hidden",
            "1.2.3.4,",
            "1.2.3.4, 203.0.113.9:x",
            "1.2.3.4, 203.0.113.9:80:80",
            "1.2.3.4, \"203.0.113.9",
            "1.2.3.4, [::1",
            "1.2.3.4, unknown, 10.0.0.1",
            "1.2.3.4, \u{e9}",
        ] {
            check(&[("x-forwarded-for", text)], PROXY);
        }
        // Several lines are one list.
        check(
            &[
                ("x-forwarded-for", "1.2.3.4"),
                ("x-forwarded-for", "203.0.113.9"),
            ],
            "203.0.113.9",
        );
        // What one proxy writes and another passes on as it came is not believed where it differs.
        let both = |one, other| [("x-forwarded-for", one), ("forwarded", other)];
        check(&both("203.0.113.9", "for=203.0.113.9"), "203.0.113.9");
        check(&both("203.0.113.9", "for=1.2.3.4"), PROXY);
    }
}
