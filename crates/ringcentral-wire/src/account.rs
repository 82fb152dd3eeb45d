//! The account, and the token that opens it.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;

use presence_model::ids::AccountId;

use super::WireError;
use super::directory::RegionalSettings;
use super::envelope::decode;
use super::values::{Id, Object, Text};

/// What the platform says of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Which.
    pub account_id: AccountId,
    /// The company's name: only `GET /restapi/v2/accounts/{accountId}` has it.
    pub company_name: Option<String>,
    /// The IANA name of the time zone: only `GET /restapi/v1.0/account/{accountId}` has it.
    pub time_zone: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an account")]
struct AccountObject<'a> {
    id: Id,
    #[serde(borrow, default)]
    company_name: Text<'a>,
    #[serde(borrow)]
    regional_settings: Option<Object<RegionalSettings<'a>>>,
}

/// Reads an account, as either version of the resource answers.
pub fn account(bytes: &[u8]) -> Result<Account, WireError> {
    let object: AccountObject<'_> = decode(bytes)?;
    Ok(Account {
        account_id: AccountId(object.id.0),
        company_name: object.company_name.into_string(),
        time_zone: object
            .regional_settings
            .and_then(|settings| settings.0.time_zone()),
    })
}

#[derive(Deserialize)]
#[serde(expecting = "the check of a permission")]
struct CheckObject {
    successful: bool,
}

/// Reads whether the token's user has a permission (`AuthProfileCheckResource`).
pub fn permission_check(bytes: &[u8]) -> Result<bool, WireError> {
    let object: CheckObject = decode(bytes)?;
    Ok(object.successful)
}

/// An access token, and what came with it.
#[derive(Clone, Debug)]
pub struct Token {
    /// To be sent as `Authorization: Bearer …`.
    pub access_token: SecretString,
    /// How long it is valid from the response on, in seconds, as the platform says; `None` if that is no whole number.
    pub expires_in_s: Option<i64>,
    /// Exchanges for the next token; missing unless the app is set up to issue it.
    pub refresh_token: Option<SecretString>,
    /// How long the refresh token is valid from the response on, in seconds.
    pub refresh_token_expires_in_s: Option<i64>,
    /// The extension that the token belongs to.
    pub owner_id: Option<i64>,
    /// The app's permissions, separated by blanks.
    pub scope: Option<String>,
}

#[derive(Deserialize)]
#[serde(expecting = "a token")]
struct TokenObject<'a> {
    #[serde(borrow, default)]
    access_token: Text<'a>,
    #[serde(borrow)]
    expires_in: Option<&'a RawValue>,
    #[serde(borrow, default)]
    refresh_token: Text<'a>,
    #[serde(borrow)]
    refresh_token_expires_in: Option<&'a RawValue>,
    owner_id: Option<Id>,
    #[serde(borrow, default)]
    scope: Text<'a>,
}

/// A token travels in a header, of which servers take a few thousand bytes.
const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// The whole number that stands there, perhaps as a text.
fn whole_number(raw: Option<&RawValue>) -> Option<i64> {
    raw?.get().trim_matches('"').parse().ok()
}

/// Reads the answer of the token endpoint (`TokenInfo`). The error names the field and never shows its value.
pub fn token(bytes: &[u8]) -> Result<Token, WireError> {
    let object: TokenObject<'_> = decode(bytes).map_err(|error| WireError {
        what: "is missing or not as documented".to_owned(),
        ..error
    })?;
    let secret = |text: Text<'_>| text.into_string().map(SecretString::from);
    let Some(access_token) = secret(object.access_token) else {
        return Err(WireError {
            path: "access_token".to_owned(),
            what: "is missing".to_owned(),
        });
    };
    let refresh_token = secret(object.refresh_token);
    let is_long = |token: &SecretString| token.expose_secret().len() > TOKEN_BYTES_MAX;
    if is_long(&access_token) || refresh_token.as_ref().is_some_and(is_long) {
        return Err(WireError {
            path: "the token".to_owned(),
            what: format!("has more than {TOKEN_BYTES_MAX} bytes"),
        });
    }
    Ok(Token {
        access_token,
        expires_in_s: whole_number(object.expires_in),
        refresh_token,
        refresh_token_expires_in_s: whole_number(object.refresh_token_expires_in),
        owner_id: object.owner_id.map(|id| id.0),
        scope: object.scope.into_string(),
    })
}
