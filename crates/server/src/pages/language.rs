//! In which language a reader reads: the one that they chose, else the one that their browser asks for.
//!
//! The choice is kept in a cookie and stands in no address: who is sent one reads the page in their own language.

use axum::extract::{FromRequestParts, OriginalUri, Path, Query, State};
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::layout::Link;
use crate::access::sign_in::inner_path;
use crate::error::Problem;
use crate::state::AppState;
use presence_texts::Texts;

/// The cookie that keeps the choice.
const LANGUAGE_COOKIE: &str = "presence_language";

/// A choice is kept for a year, in seconds.
const KEPT_S: u32 = 365 * 24 * 3_600;

/// Who reads what: in which language, and the address that they asked for.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// The texts of their language.
    pub(crate) texts: Texts,
    /// The path that they asked for, with its question.
    pub(crate) address: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Reading {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        // What stands in front of every path is taken off before pages are asked; links need it.
        let original = parts.extensions.get::<OriginalUri>();
        let uri = original.map_or(&parts.uri, |OriginalUri(uri)| uri);
        let path = uri.path_and_query().map(PathAndQuery::as_str);
        Ok(Self {
            texts: texts(&parts.headers),
            address: path.unwrap_or("/").to_owned(),
        })
    }
}

/// The texts that a browser asks for.
pub(crate) fn texts(headers: &HeaderMap) -> Texts {
    chosen(headers).unwrap_or_else(|| {
        let header = headers.get(ACCEPT_LANGUAGE);
        let header = header.and_then(|value| value.to_str().ok());
        Texts::accepted(header.unwrap_or_default())
    })
}

/// The language that was chosen.
fn chosen(headers: &HeaderMap) -> Option<Texts> {
    let cookies = headers.get_all(COOKIE).into_iter();
    let cookies = cookies.filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';'));
    pairs.find_map(|pair| {
        let (name, tag) = pair.split_once('=')?;
        Texts::of_tag(tag.trim()).filter(|_| name.trim() == LANGUAGE_COOKIE)
    })
}

/// Where the page at an address is shown in other languages: links to [`choose`].
pub(super) fn languages(root: &str, texts: Texts, address: &str) -> Vec<Link> {
    let links = Texts::all().map(|other| {
        let query = serde_urlencoded::to_string([("to", address)]).unwrap_or_default();
        let href = format!("{root}/language/{}?{query}", other.tag());
        let link = Link::new(other.say("language-name"), href);
        link.here(other == texts).in_language(other.tag())
    });
    links.collect()
}

#[derive(Deserialize)]
pub(super) struct To {
    to: Option<String>,
}

/// `GET /language/{tag}`: keeps a choice, and goes back to the page.
pub(super) async fn choose(
    State(state): State<AppState>,
    Path(tag): Path<String>,
    Query(To { to }): Query<To>,
) -> Result<Response, Problem> {
    let texts = Texts::of_tag(&tag);
    let texts = texts.ok_or_else(|| Problem::not_found("there is no such language"))?;
    let root = state.path("/");
    let cookie = format!(
        "{LANGUAGE_COOKIE}={}; Path={root}; Max-Age={KEPT_S}; SameSite=Lax; HttpOnly",
        texts.tag()
    );
    let cookie = HeaderValue::from_str(&cookie).map_err(|error| Problem::internal(&error))?;
    let mut response = Redirect::to(&inner_path(&state, to.as_deref())).into_response();
    response.headers_mut().insert(SET_COOKIE, cookie);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(cookie: Option<&'static str>, accepted: Option<&'static str>) -> &'static str {
        let mut headers = HeaderMap::new();
        let given = [(COOKIE, cookie), (ACCEPT_LANGUAGE, accepted)];
        for (name, value) in given {
            headers.extend(value.map(|value| (name, HeaderValue::from_static(value))));
        }
        texts(&headers).tag()
    }

    #[test]
    fn a_choice_counts_more_than_the_browser() {
        assert_eq!(spoken(None, None), "en");
        assert_eq!(spoken(None, Some("de-CH, en;q=0.5")), "de");
        let cookie = "presence_session=abc; presence_language=en";
        assert_eq!(spoken(Some(cookie), Some("de")), "en");
        assert_eq!(spoken(Some("presence_language=tlh"), Some("de")), "de");
        assert_eq!(spoken(Some("language=en"), Some("de")), "de");
    }

    #[test]
    fn a_page_leads_to_itself_in_other_languages() {
        let links = languages("/p", Texts::english(), "/p/week/2026-W45?zone=UTC");
        let shown: Vec<_> = links
            .iter()
            .map(|link| (link.name.as_str(), link.href.as_str(), link.is_here))
            .collect();
        let to = "to=%2Fp%2Fweek%2F2026-W45%3Fzone%3DUTC";
        let hrefs = ["en", "de"].map(|tag| format!("/p/language/{tag}?{to}"));
        assert_eq!(
            shown,
            [
                ("English", hrefs[0].as_str(), true),
                ("Deutsch", hrefs[1].as_str(), false)
            ]
        );
    }
}
