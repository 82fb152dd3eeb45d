//! `[serve]`: the server.

use std::path::PathBuf;

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
    /// An identity provider to sign in through.
    pub oidc: Option<OidcSection>,
}

/// `[serve.oidc]`: signing in through an identity provider (`OpenID` Connect).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OidcSection {
    /// The provider's address, as its tokens name it.
    pub issuer: String,
    /// What it calls this server.
    pub client_id: String,
    /// A file that holds what this server shows it, next to the configuration.
    pub client_secret_file: Option<PathBuf>,
    /// What people call the provider.
    pub provider: Option<String>,
    /// What is asked for in addition to `openid`; usually `profile` and `email`.
    pub request_scopes: Option<Vec<String>>,
    /// The claim that lists groups; usually `groups`.
    pub groups_claim: Option<String>,
    /// The claim that is someone's own extension id: they may read about that one.
    pub extension_claim: Option<String>,
    /// What members of groups may do.
    pub grants: Vec<GrantSection>,
}

/// `[[serve.oidc.grants]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GrantSection {
    /// The group.
    pub group: String,
    /// As `presence token create --scope`.
    pub scopes: Vec<String>,
}
