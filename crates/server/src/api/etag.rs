//! Entity tags: they identify an answer, so that it is not sent again to readers who have it.
//!
//! An answer about the past follows from its question, the end of the log it rests on, the configuration with the files
//! that it names, the versions of the program and its zone data, and whom it may show: its tag is known before it is
//! worked out. Where the present moment matters, the tag is of the answer itself. Tags are strong: the same tag, the same
//! bytes.

use std::io;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use sha2::{Digest as _, Sha256};

/// What ends the tag of an answer that was compressed.
const COMPRESSED: &str = "-gzip\"";

/// The tag of some texts, each of which counts by itself.
pub fn tag(texts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text);
    }
    of_digest(hasher)
}

/// The tag of one text that is handed over piece by piece; `len` is its length in bytes.
pub fn tag_of_pieces(
    len: u64,
    visit: impl FnOnce(&mut dyn FnMut(&[u8])) -> io::Result<()>,
) -> io::Result<String> {
    let mut hasher = Sha256::new();
    hasher.update(len.to_be_bytes());
    visit(&mut |piece| hasher.update(piece))?;
    Ok(of_digest(hasher))
}

fn of_digest(hasher: Sha256) -> String {
    format!("\"{}\"", hex::encode(&hasher.finalize()[..16]))
}

/// Whether the reader has the answer of this tag.
pub fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    known
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == "*" || known == tag)
}

/// Gives compressed answers tags of their own, since they are other bytes; and takes those of requests back.
pub async fn encoded(mut request: Request, next: Next) -> Response {
    let known = request.headers().get_all(header::IF_NONE_MATCH).iter();
    let known: Vec<&str> = known.filter_map(|value| value.to_str().ok()).collect();
    let known = known.join(", ");
    let plain = known
        .contains(COMPRESSED)
        .then(|| known.replace(COMPRESSED, "\""));
    let knew_compressed = plain.is_some();
    if let Some(plain) = plain.and_then(|plain| HeaderValue::from_str(&plain).ok()) {
        request.headers_mut().insert(header::IF_NONE_MATCH, plain);
    }
    let mut response = next.run(request).await;
    let is_compressed = response.headers().contains_key(header::CONTENT_ENCODING)
        || (knew_compressed && response.status() == axum::http::StatusCode::NOT_MODIFIED);
    let tag = response.headers().get(header::ETAG);
    let tag = tag.and_then(|tag| tag.to_str().ok()?.strip_suffix('"'));
    let compressed = tag
        .filter(|_| is_compressed)
        .and_then(|tag| HeaderValue::from_str(&format!("{tag}{COMPRESSED}")).ok());
    if let Some(compressed) = compressed {
        response.headers_mut().insert(header::ETAG, compressed);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_count_each_by_itself() {
        assert_ne!(tag(&[b"ab", b"c"]), tag(&[b"a", b"bc"]));
        assert_eq!(tag(&[b"ab", b"c"]), tag(&[b"ab", b"c"]));
        let pieces = tag_of_pieces(3, |take| {
            take(b"a");
            take(b"bc");
            Ok(())
        });
        assert_eq!(pieces.ok(), Some(tag(&[b"abc"])));
    }

    #[test]
    fn a_known_tag_is_one_of_a_list() {
        let mut headers = HeaderMap::new();
        assert!(!is_known(&headers, "\"a\""));
        headers.insert(
            header::IF_NONE_MATCH,
            HeaderValue::from_static("\"b\", W/\"a\""),
        );
        assert!(is_known(&headers, "\"a\""));
        assert!(!is_known(&headers, "\"c\""));
        headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static("*"));
        assert!(is_known(&headers, "\"c\""));
    }
}
