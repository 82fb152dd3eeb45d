//! Reads the body of an answer, as far as one may go.

use bytes::{Bytes, BytesMut};

use super::SourceError;

/// Of a refusal so much is read: codes and a sentence take a few hundred bytes.
const REFUSAL_BYTES_MAX: usize = 64 * 1024;

/// The whole body of an answer, at most `limit_bytes` after decompression; of a response that is none its beginning.
pub(super) async fn read(
    what: &'static str,
    mut response: reqwest::Response,
    limit_bytes: usize,
) -> Result<Bytes, SourceError> {
    if !response.status().is_success() {
        return read_refusal(what, response).await;
    }
    let too_big = SourceError::TooBig { what, limit_bytes };
    let announced = response.content_length().unwrap_or(0);
    if announced > limit_bytes as u64 {
        return Err(too_big);
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = next_chunk(what, &mut response).await? {
        if body.len() + chunk.len() > limit_bytes {
            return Err(too_big);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

async fn read_refusal(
    what: &'static str,
    mut response: reqwest::Response,
) -> Result<Bytes, SourceError> {
    let mut body = BytesMut::new();
    while body.len() < REFUSAL_BYTES_MAX
        && let Some(chunk) = next_chunk(what, &mut response).await?
    {
        let room = REFUSAL_BYTES_MAX - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    Ok(body.freeze())
}

async fn next_chunk(
    what: &'static str,
    response: &mut reqwest::Response,
) -> Result<Option<Bytes>, SourceError> {
    let chunk = response.chunk().await;
    chunk.map_err(|error| SourceError::Unavailable {
        what,
        why: format!("the answer broke off: {}", in_one_line(error)),
    })
}

/// An HTTP error with its causes; the address is left out, it is known.
pub(super) fn in_one_line(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}
