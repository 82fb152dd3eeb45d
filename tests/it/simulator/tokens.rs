//! Logging in, refusals, and rate limits.

use std::sync::Arc;

use presence_clock::{Clock, VirtualClock};
use presence_simulator::{Group, Limits, PathKind, PlatformConfig, StandAlone, TokenPolicy};
use serde_json::json;

use super::{Desk, HOUR_MS, header, read};

#[tokio::test]
async fn the_root_needs_no_token_and_no_limit() {
    let desk = Desk::closed(10, PlatformConfig::default()).await;
    for _ in 0..60 {
        let (status, body) = read(desk.client.get(desk.url("")).send().await).await;
        assert_eq!(
            (status, &body["apiVersions"][0]["uriString"]),
            (200, &json!("v1.0"))
        );
    }
    desk.running.stop().await;
}

#[tokio::test]
async fn wrong_logins_are_refused_with_their_reasons() {
    let desk = Desk::closed(10, PlatformConfig::default()).await;
    let known = desk.platform.credentials();
    let stranger = desk
        .client
        .post(desk.url("/oauth/token"))
        .basic_auth(&known.client_id, Some("wrong"))
        .form(&[
            ("grant_type", super::JWT_GRANT),
            ("assertion", known.jwt.as_str()),
        ]);
    let (status, body) = read(stranger.send().await).await;
    assert_eq!((status, &body["error"]), (401, &json!("invalid_client")));
    let cases = [
        (
            vec![("grant_type", super::JWT_GRANT), ("assertion", "other")],
            "invalid_grant",
        ),
        (
            vec![("grant_type", "refresh_token"), ("refresh_token", "other")],
            "invalid_grant",
        ),
        (vec![("grant_type", "password")], "unauthorized_client"),
        (vec![("grant_type", "jwt")], "invalid_request"),
        (vec![], "invalid_request"),
    ];
    for (form, error) in cases {
        let (status, body) = read(desk.token_request(&form).send().await).await;
        assert_eq!((status, &body["error"]), (400, &json!(error)));
    }
}

#[tokio::test]
async fn a_token_is_good_for_its_time_only() {
    let desk = Desk::open(10, PlatformConfig::default()).await;
    desk.ok("/v1.0/account/~").await;
    desk.clock.advance(HOUR_MS);
    let (status, body) = desk.get("/v1.0/account/~").await;
    assert_eq!(
        (status, &body["errors"][0]["errorCode"]),
        (401, &json!("OAU-128"))
    );
}

#[tokio::test]
async fn bad_authorizations_are_distinguished() {
    let desk = Desk::open(10, PlatformConfig::default()).await;
    let url = desk.url("/v1.0/account/~/presence");
    let bare = desk.client.get(&url);
    let odd = desk.client.get(&url).header("Authorization", "Token abc");
    let unknown = desk.client.get(&url).bearer_auth("abc");
    for (request, code) in [
        (bare, "AGW-401"),
        (odd, "AGW-402"),
        (unknown, "TokenInvalid"),
    ] {
        let response = request.send().await.expect("an answer");
        assert_eq!(header(&response, "x-rate-limit-group"), None);
        let (status, body) = read(Ok(response)).await;
        assert_eq!((status, &body["errorCode"]), (401, &json!(code)));
    }
    let revoke = desk.url("/oauth/revoke");
    let known = desk.platform.credentials();
    let revoked = desk
        .client
        .post(revoke)
        .basic_auth(&known.client_id, Some(&known.client_secret))
        .form(&[("token", desk.token.as_str())]);
    assert_eq!(read(revoked.send().await).await.0, 200);
    let (status, body) = desk.get("/v1.0/account/~").await;
    assert_eq!((status, &body["errorCode"]), (401, &json!("OAU-213")));
}

#[tokio::test]
async fn refreshing_replaces_both_tokens() {
    let tokens = TokenPolicy {
        refresh_expires_in_s: Some(604_800),
        ..TokenPolicy::default()
    };
    let desk = Desk::closed(
        10,
        PlatformConfig {
            tokens,
            ..PlatformConfig::default()
        },
    )
    .await;
    let first = read(desk.log_in().send().await).await.1;
    let old = first["refresh_token"].as_str().expect("switched on");
    let form = [("grant_type", "refresh_token"), ("refresh_token", old)];
    let (status, second) = read(desk.token_request(&form).send().await).await;
    assert_eq!(status, 200);
    assert_ne!(first["access_token"], second["access_token"]);
    let stale = desk.client.get(desk.url("/v1.0/account/~"));
    let stale = stale.bearer_auth(first["access_token"].as_str().expect("text"));
    assert_eq!(read(stale.send().await).await.0, 401);
}

#[tokio::test]
async fn limits_are_announced_and_overrunning_one_is_punished() {
    let desk = Desk::open(10, PlatformConfig::default()).await;
    for left in (0..10).rev() {
        let response = desk
            .request("/v1.0/account/~/presence")
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(
            header(&response, "x-rate-limit-group").as_deref(),
            Some("heavy")
        );
        assert_eq!(
            header(&response, "x-rate-limit-remaining"),
            Some(left.to_string())
        );
        assert_eq!(
            header(&response, "x-rate-limit-window").as_deref(),
            Some("60")
        );
        assert!(header(&response, "rcrequestid").is_some_and(|id| id.len() == 36));
    }
    let response = desk
        .request("/v1.0/account/~/presence")
        .send()
        .await
        .expect("an answer");
    assert_eq!(header(&response, "retry-after").as_deref(), Some("60"));
    let (status, body) = read(Ok(response)).await;
    assert_eq!((status, &body["errorCode"]), (429, &json!("CMN-301")));
    desk.clock.advance(59_999);
    assert_eq!(desk.get("/v1.0/account/~/presence").await.0, 429);
    desk.ok("/v1.0/account/~/extension/~/presence").await;
    desk.clock.advance(60_000);
    desk.ok("/v1.0/account/~/presence").await;
    let counters = desk.platform.counters();
    assert_eq!(counters.requests(PathKind::PresenceList), 13);
    assert_eq!(
        (
            counters.refused_in(Group::Heavy),
            counters.refused_in(Group::Light)
        ),
        (2, 0)
    );
}

#[tokio::test]
async fn logging_in_too_often_is_refused_too() {
    let limits = Limits {
        auth: 2,
        ..Limits::default()
    };
    let desk = Desk::open(
        10,
        PlatformConfig {
            limits,
            ..PlatformConfig::default()
        },
    )
    .await;
    assert_eq!(read(desk.log_in().send().await).await.0, 200);
    assert_eq!(read(desk.log_in().send().await).await.0, 429);
}

#[tokio::test]
async fn latency_passes_on_the_virtual_clock_and_date_shows_it() {
    let config = PlatformConfig {
        latency_ms: Some((2_000, 2_000)),
        ..PlatformConfig::default()
    };
    let desk = Desk::open(10, config).await;
    let before = desk.clock.now_ms();
    let response = desk
        .request("/v1.0/account/~")
        .send()
        .await
        .expect("an answer");
    assert_eq!(desk.clock.now_ms() - before, 2_000);
    assert_eq!(
        header(&response, "date").as_deref(),
        Some("Tue, 03 Nov 2026 18:00:04 GMT")
    );
}

#[tokio::test]
async fn a_stand_alone_world_runs_ahead_of_its_tokens() {
    let clock = Arc::new(VirtualClock::new(1_793_700_000_000));
    let alone = StandAlone {
        listen: ([127, 0, 0, 1], 0).into(),
        speed: 60,
        ..StandAlone::default()
    };
    let started = alone
        .start(Arc::clone(&clock) as Arc<dyn Clock>)
        .await
        .expect("a free port");
    assert_eq!(started.platform.world().config().start_ms, clock.now_ms());
    clock.advance(60_000);
    let time = started.platform.time();
    assert_eq!(time.world.now_ms() - clock.now_ms(), 59 * 60_000);
    assert!(started.running.address().ip().is_loopback());
    let url = format!("{}/restapi", started.running.server_url());
    assert_eq!(read(super::client().get(url).send().await).await.0, 200);
    started.running.stop().await;
}
