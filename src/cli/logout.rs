//! `presence logout`.

use presence_ringcentral::KeptSession;

use super::exit::Failure;
use super::platform::{after_ms, connect};
use super::session::Session;

/// How long the platform may take, in milliseconds.
const TIMEOUT_MS: i64 = 120_000;

/// Ends the session that the commands share.
pub(super) async fn run(session: &mut Session) -> Result<(), Failure> {
    let source = connect(session)?;
    let ended = source.end_kept_session(after_ms(session, TIMEOUT_MS)).await;
    let ended = ended.map_err(|error| Failure::failed(error.to_string()))?;
    let told = match ended {
        KeptSession::None => "There is no session to end.",
        KeptSession::Over => "The session had already expired; its file was removed.",
        KeptSession::Ended => "The session was ended and its file removed.",
        KeptSession::Untold { why, expires_at } => {
            return Err(Failure::failed(format!(
                "the session's file was removed, but the platform could not end the session: {why}; it expires at {expires_at}"
            )));
        }
    };
    session.output.note(told);
    Ok(())
}
