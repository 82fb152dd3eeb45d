//! Every fault is visible in the answers.

use std::time::Duration;

use presence_clock::Clock;
use presence_simulator::{Fault, FaultRule, PathKind, PlatformConfig, When};
use serde_json::{Value, json};

use super::{Desk, header, ids};

const LIST: &str = "/v1.0/account/~/presence?perPage=10";

async fn with(fault: Fault) -> Desk {
    let desk = Desk::open(25, PlatformConfig::default()).await;
    desk.platform.faults().add(
        FaultRule::new(fault)
            .on(PathKind::PresenceList)
            .when(When::Requests(1)),
    );
    desk
}

#[track_caller]
fn check_over(body: &Value) {
    assert!(
        body["records"].is_array(),
        "the fault was for one request only"
    );
}

#[tokio::test]
async fn errors_come_with_their_codes() {
    let cases = [
        (Fault::InternalError, 500, "CMN-203", None),
        (Fault::Unavailable(Some(30)), 503, "CMN-201", Some("30")),
        (Fault::Unavailable(None), 503, "CMN-201", None),
        (Fault::HighAvailability, 503, "CMN-211", None),
        (Fault::Maintenance, 503, "MaintenanceMode", None),
        (Fault::GlobalRateLimit(30), 429, "CMN-310", Some("30")),
        (Fault::ApplicationLacksPermission, 403, "CMN-401", None),
        (Fault::UserLacksPermission, 403, "CMN-408", None),
        (Fault::TokenRevoked, 401, "OAU-213", None),
    ];
    for (fault, status, code, wait) in cases {
        let desk = with(fault.clone()).await;
        let response = desk.request(LIST).send().await.expect("an answer");
        assert_eq!(header(&response, "retry-after").as_deref(), wait);
        let limited = header(&response, "x-rate-limit-group").is_some();
        assert_eq!(limited, status == 403, "{fault:?}");
        let (found, body) = super::read(Ok(response)).await;
        assert_eq!((found, &body["errorCode"]), (status, &json!(code)));
        let next = if fault == Fault::TokenRevoked {
            401
        } else {
            200
        };
        assert_eq!(desk.get(LIST).await.0, next);
    }
}

#[tokio::test]
async fn bodies_can_be_anything_but_json() {
    for fault in [Fault::HtmlPage, Fault::TruncatedBody, Fault::InvalidJson] {
        let desk = with(fault).await;
        let (status, body) = desk.get(LIST).await;
        assert!(status == 200 && body.is_string());
        check_over(&desk.ok(LIST).await);
    }
    let desk = with(Fault::BadGateway).await;
    assert_eq!(desk.get(LIST).await.0, 502);
    let desk = with(Fault::Redirect("http://elsewhere.invalid/".to_owned())).await;
    let response = desk.request(LIST).send().await.expect("an answer");
    assert_eq!(response.status(), 302);
    assert_eq!(
        header(&response, "location").as_deref(),
        Some("http://elsewhere.invalid/")
    );
}

#[tokio::test]
async fn connections_can_break_and_answers_never_end() {
    let desk = with(Fault::Reset).await;
    assert!(desk.request(LIST).send().await.is_err());
    check_over(&desk.ok(LIST).await);
    let desk = with(Fault::Hang).await;
    let response = desk.request(LIST).send().await.expect("headers");
    let body = tokio::time::timeout(Duration::from_millis(200), response.bytes()).await;
    assert!(body.is_err(), "it never ends");
    check_over(&desk.ok(LIST).await);
    let desk = with(Fault::EndlessBody).await;
    let mut response = desk.request(LIST).send().await.expect("headers");
    let mut length = 0;
    while length < 3_000_000 {
        length += response
            .chunk()
            .await
            .expect("it goes on")
            .expect("and on")
            .len();
    }
    drop(response);
    check_over(&desk.ok(LIST).await);
    desk.running.stop().await;
}

#[tokio::test]
async fn pages_can_disagree() {
    let desk = Desk::open(25, PlatformConfig::default()).await;
    let honest: Vec<Vec<i64>> = vec![
        ids(&desk.ok(LIST).await),
        ids(&desk.ok(&format!("{LIST}&page=2")).await),
    ];
    let second = format!("{LIST}&page=2");
    let faults = desk.platform.faults();
    let rule = |fault| {
        FaultRule::new(fault)
            .on(PathKind::PresenceList)
            .when(When::Sweeps(1))
    };
    faults.add(rule(Fault::RepeatedRecord));
    let first = ids(&desk.ok(LIST).await);
    assert_eq!(
        (&first, ids(&desk.ok(&second).await)[0]),
        (&honest[0], honest[0][9])
    );
    faults.clear();
    faults.add(rule(Fault::ShrinkingTotal));
    let total = desk.ok(LIST).await["paging"]["totalElements"]
        .as_i64()
        .expect("a number");
    assert_eq!(desk.ok(&second).await["paging"]["totalElements"], total - 1);
    faults.clear();
    faults.add(rule(Fault::MissingExtension(honest[0][3])));
    let lacking = desk.ok(LIST).await;
    assert!(!ids(&lacking).contains(&honest[0][3]));
    assert_eq!(lacking["paging"]["totalElements"], total - 1);
    assert_eq!(ids(&desk.ok(LIST).await), honest[0]);
    faults.add(
        FaultRule::new(Fault::ShortPage)
            .page(2)
            .when(When::Requests(1)),
    );
    let short = desk.ok(&second).await;
    assert_eq!(short["records"].as_array().map(Vec::len), Some(9));
    assert_eq!(short["paging"]["pageEnd"], 19);
}

#[tokio::test]
async fn records_can_be_strange() {
    let unknown = Fault::UnknownValue("telephonyStatus".to_owned(), "Whistling".to_owned());
    let body = with(unknown).await.ok(LIST).await;
    assert_eq!(body["records"][0]["telephonyStatus"], "Whistling");
    let body = with(Fault::UnknownField).await.ok(LIST).await;
    assert!(body["records"][0]["quantumState"].is_object());
    let body = with(Fault::IdsAsText).await.ok(LIST).await;
    assert!(body["records"][0]["extension"]["id"].is_string());
}

#[tokio::test]
async fn time_can_go_wrong() {
    let desk = with(Fault::ClockSkew(-3_600_000)).await;
    let response = desk.request(LIST).send().await.expect("an answer");
    assert_eq!(
        header(&response, "date").as_deref(),
        Some("Tue, 03 Nov 2026 17:00:00 GMT")
    );
    let desk = with(Fault::Stall(90_000)).await;
    let before = desk.clock.now_ms();
    check_over(&desk.ok(LIST).await);
    assert_eq!(desk.clock.now_ms() - before, 90_000);
}
