//! `access-log` and `token list`: who asked about whom, and who may.

use schemars::JsonSchema;
use serde::Serialize;

use super::common::{Text, Time};
use presence_model::ids::{AccountId, ExtensionId};
use presence_store::{AccessRow, TokenKind, TokenRow};

/// An entry of the access log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Access")]
pub struct AccessEntry {
    /// Its number; later entries have higher ones.
    pub entry_id: i64,
    /// Who asked: the name of the token.
    pub who: String,
    /// The token's number; `null` where none was needed.
    pub token_id: Option<i64>,
    /// What was asked, such as `report`.
    pub question: String,
    /// The first moment that was asked about; `null`: the present.
    pub from: Option<Time>,
    /// The first moment after that.
    pub to: Option<Time>,
    /// `everybody`, or `some`.
    pub about: &'static str,
    /// Who was asked about, of those whom this answer may show; `null` for everybody.
    pub extension_ids: Option<Vec<Text<ExtensionId>>>,
    /// When first.
    pub first_at: Time,
    /// When last.
    pub last_at: Time,
    /// How often.
    pub request_count: i64,
}

impl AccessEntry {
    /// An entry, with those who may be shown.
    pub fn of(row: &AccessRow, shows: impl Fn(ExtensionId) -> bool) -> Self {
        let ids = row.extensions.as_ref();
        let ids = ids.map(|ids| ids.iter().copied().filter(|id| shows(*id)).map(Text));
        Self {
            entry_id: row.entry_id,
            who: row.who.clone(),
            token_id: row.token_id,
            question: row.question.clone(),
            from: row.window.map(|window| Text(window.from())),
            to: row.window.map(|window| Text(window.to())),
            about: if ids.is_some() { "some" } else { "everybody" },
            extension_ids: ids.map(Iterator::collect),
            first_at: Text(row.first_at),
            last_at: Text(row.last_at),
            request_count: row.request_count,
        }
    }
}

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenEntry {
    /// Its number.
    pub token_id: i64,
    /// `token`, or `session`.
    pub kind: &'static str,
    /// Whose it is.
    pub name: String,
    /// What may be done with it.
    pub scopes: Vec<String>,
    /// Whose history it is for; `null`: any in the store.
    pub account_id: Option<Text<AccountId>>,
    /// When it was made.
    pub created_at: Time,
    /// From then on it is good for nothing; `null`: never.
    pub expires_at: Option<Time>,
    /// When it was last used; `null`: never.
    pub last_used_at: Option<Time>,
    /// When it was revoked; `null`: it was not.
    pub revoked_at: Option<Time>,
    /// The secret: only where it has just been made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl From<&TokenRow> for TokenEntry {
    fn from(row: &TokenRow) -> Self {
        Self {
            token_id: row.token_id,
            kind: match row.kind {
                TokenKind::Token => "token",
                TokenKind::Session => "session",
            },
            name: row.name.clone(),
            scopes: row.scopes.clone(),
            account_id: row.account_id.map(Text),
            created_at: Text(row.created_at),
            expires_at: row.expires_at.map(Text),
            last_used_at: row.last_used_at.map(Text),
            revoked_at: row.revoked_at.map(Text),
            secret: None,
        }
    }
}
