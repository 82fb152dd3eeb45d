//! The files that pages load: a fixed list, compiled in, so that no path leads anywhere else.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

use super::error::Problem;

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
    let asset = asset.ok_or_else(|| Problem::not_found("there is no such file"))?;
    let digest = Sha256::digest(asset.content);
    let tag = HeaderValue::from_str(&format!("\"{}\"", hex::encode(&digest[..16])))
        .map_err(|error| Problem::internal(&error))?;
    let is_known = headers.get(header::IF_NONE_MATCH) == Some(&tag);
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        asset.content.into_response()
    };
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(asset.media_type),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=300"),
    );
    headers.insert(header::ETAG, tag);
    Ok(response)
}
