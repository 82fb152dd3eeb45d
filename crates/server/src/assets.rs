//! The files that pages load: a fixed list, compiled in, so that no path leads anywhere else.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

use super::error::Problem;
use presence_charts::json;
use presence_texts::Texts;

/// A file.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    content: &'static [u8],
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// All of them.
const ASSETS: &[Asset] = &[
    Asset {
        name: "presence.css",
        media_type: "text/css; charset=utf-8",
        content: include_bytes!("../assets/presence.css"),
    },
    Asset {
        name: "icon.svg",
        media_type: "image/svg+xml",
        content: include_bytes!("../assets/icon.svg"),
    },
    Asset {
        name: "copy.js",
        media_type: SCRIPT,
        content: include_bytes!("../assets/copy.js"),
    },
    Asset {
        name: "bar.js",
        media_type: SCRIPT,
        content: include_bytes!("../assets/bar.js"),
    },
    Asset {
        name: "live.js",
        media_type: SCRIPT,
        content: include_bytes!("../assets/live.js"),
    },
    Asset {
        name: "stream.js",
        media_type: SCRIPT,
        content: include_bytes!("../assets/stream.js"),
    },
    Asset {
        name: "timeline.js",
        media_type: SCRIPT,
        content: include_bytes!("../assets/timeline.js"),
    },
    Asset {
        name: "try.js",
        media_type: SCRIPT,
        content: include_bytes!("../assets/try.js"),
    },
];

/// `GET /assets/{name}`.
pub(super) async fn asset(
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asset = ASSETS.iter().find(|asset| asset.name == name);
    let (media_type, content) = match asset {
        Some(asset) => (asset.media_type, Bytes::from_static(asset.content)),
        None => (SCRIPT, texts(&name)?),
    };
    let digest = Sha256::digest(&content);
    let tag = HeaderValue::from_str(&format!("\"{}\"", hex::encode(&digest[..16])))
        .map_err(|error| Problem::internal(&error))?;
    let is_known = headers.get(header::IF_NONE_MATCH) == Some(&tag);
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        content.into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=300"),
    );
    headers.insert(header::ETAG, tag);
    Ok(response)
}

/// The texts that scripts show, in the language that a name such as `texts-de.js` names.
fn texts(name: &str) -> Result<Bytes, Problem> {
    let tag = name
        .strip_prefix("texts-")
        .and_then(|name| name.strip_suffix(".js"));
    let texts = tag.and_then(Texts::of_tag);
    let texts = texts.ok_or_else(|| Problem::not_found("there is no such file"))?;
    let messages: BTreeMap<&str, String> = texts.of_scripts().into_iter().collect();
    let script = format!(
        "\"use strict\";\nconst TEXTS = {};\n{SAY}",
        json::line(&messages).trim_end()
    );
    Ok(Bytes::from(script))
}

/// A message with its variables put in.
const SAY: &str = "const say = (id, values = {}) => \
    (TEXTS[id] ?? id).replace(/\\{(\\w+)\\}/g, (whole, name) => values[name] ?? whole);\n";
