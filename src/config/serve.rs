//! `[serve]`: the server.

use serde::Deserialize;

/// `[serve]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServeSection {
    /// `--listen`.
    pub listen: Option<String>,
    /// `--prefix`.
    pub prefix: Option<String>,
    /// `--require-token`.
    pub require_token: Option<bool>,
    /// The addresses of proxies that are believed where a request comes from.
    pub trusted_proxies: Vec<String>,
    /// The address under which readers reach the server, such as `https://presence.example.com/presence`.
    pub public_url: Option<String>,
}
