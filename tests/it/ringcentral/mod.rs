//! The platform's client, against servers that misbehave and against the simulated platform.

mod bounds;
mod own_presence;
mod scripted;
mod simulated;
mod tokens;
mod trouble;

use std::sync::Arc;

use presence_clock::{Clock, VirtualClock};
use presence_model::time::Timestamp;
use presence_ringcentral::{Credentials, HttpLimits, RingCentral};
use secrecy::SecretString;

/// Monday, 2 November 2026, 14:00 UTC.
const START_MS: i64 = 1_793_628_000_000;

fn credentials(server_url: &str) -> Credentials {
    Credentials {
        server_url: server_url.to_owned(),
        client_id: "client-under-test".to_owned(),
        client_secret: SecretString::from("secret-under-test"),
        jwt: SecretString::from("jwt-under-test"),
    }
}

fn client(server_url: &str, clock: &Arc<VirtualClock>, limits: HttpLimits) -> RingCentral {
    RingCentral::new(
        credentials(server_url),
        Arc::clone(clock) as Arc<dyn Clock>,
        limits,
        7,
    )
    .expect("loopback is a good server")
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms).expect("a moment of this century")
}
