//! The answers have the shapes of the platform's published examples.

use std::collections::BTreeSet;
use std::path::Path;

use presence_simulator::{Fault, FaultRule, PlatformConfig, TokenPolicy, When};
use serde_json::Value;

use super::{Desk, read};

fn sample(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/ringcentral");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).expect("a fixture");
    serde_json::from_str(&text).expect("a fixture is JSON")
}

/// Every key with its path and the JSON type of its value; items of a list share a path.
fn shape(value: &Value) -> BTreeSet<String> {
    fn walk(value: &Value, path: &str, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    walk(value, &format!("{path}.{key}"), found);
                }
            }
            Value::Array(items) => items
                .iter()
                .for_each(|item| walk(item, &format!("{path}[]"), found)),
            Value::Null => {}
            Value::Bool(_) => drop(found.insert(format!("{path}: bool"))),
            Value::Number(_) => drop(found.insert(format!("{path}: number"))),
            Value::String(_) => drop(found.insert(format!("{path}: text"))),
        }
    }
    let mut found = BTreeSet::new();
    walk(value, "", &mut found);
    found
}

/// Checks that an answer has only keys and types of values that the sample has.
#[track_caller]
fn check_within(answer: &Value, name: &str, further: &[&str]) {
    let known = shape(&sample(name));
    let odd: Vec<String> = shape(answer)
        .into_iter()
        .filter(|one| !known.contains(one) && !further.iter().any(|more| one.ends_with(more)))
        .collect();
    assert!(odd.is_empty(), "{name} has not: {odd:#?}");
}

#[tokio::test]
async fn lists_and_records_have_the_published_keys() {
    let desk = Desk::open(60, PlatformConfig::default()).await;
    let paged = ["nextPage.uri: text", "previousPage.uri: text"];
    let presence = desk
        .ok("/v1.0/account/~/presence?detailedTelephonyState=true&perPage=20&page=2")
        .await;
    check_within(&presence, "presence-list-mixed-single-page", &paged);
    let list = desk.ok("/v1.0/account/~/extension?perPage=20&page=2").await;
    check_within(&list, "extension-list-page", &paged);
    check_within(
        &desk.ok("/v1.0/account/~/extension/~").await,
        "extension-single",
        &[
            ".roles[].siteCompatible: bool",
            ".roles[].siteRestricted: bool",
            ".roles[].uri: text",
        ],
    );
    check_within(&desk.ok("/v1.0/account/~").await, "account", &[]);
    check_within(&desk.ok("/v2/accounts/~").await, "account-v2", &[]);
    check_within(&desk.ok("/v1.0/account/~/sites").await, "sites", &[]);
    let queues = desk.ok("/v1.0/account/~/call-queues").await;
    check_within(
        &queues,
        "call-queues",
        &["pageStart: number", "pageEnd: number"],
    );
    let queue = queues["records"][0]["id"].as_str().expect("text");
    let members = desk
        .ok(&format!("/v1.0/account/~/call-queues/{queue}/members"))
        .await;
    check_within(&members, "call-queue-members", &[]);
    let presence = desk
        .ok(&format!("/v1.0/account/~/call-queues/{queue}/presence"))
        .await;
    check_within(&presence, "call-queue-presence", &[]);
    let member = presence["records"][0]["member"]["id"].as_str();
    let own = format!(
        "/v1.0/account/~/extension/{}/call-queue-presence",
        member.expect("a queue has members")
    );
    check_within(&desk.ok(&own).await, "extension-call-queue-presence", &[]);
    let check = "/v1.0/account/~/extension/~/authz-profile/check?permissionId=ReadPresenceStatus";
    check_within(&desk.ok(check).await, "authz-check", &[]);
    let beyond = desk.ok("/v1.0/account/~/presence?page=9&perPage=10").await;
    assert_eq!(shape(&beyond), shape(&sample("presence-list-empty-page")));
}

#[tokio::test]
async fn everyone_has_the_keys_of_their_kind() {
    let desk = Desk::open(60, PlatformConfig::default()).await;
    let world = desk.platform.world();
    let samples = sample("presence-list-mixed-single-page");
    let keys = |record: &Value| -> BTreeSet<String> {
        record
            .as_object()
            .expect("a record")
            .keys()
            .cloned()
            .collect()
    };
    let (plain, menu) = (keys(&samples["records"][0]), keys(&samples["records"][5]));
    for record in desk.ok("/v1.0/account/~/presence").await["records"]
        .as_array()
        .expect("a list")
    {
        let id = record["extension"]["id"].as_i64().expect("numeric");
        let one = world.find(id).expect("known");
        let idle = matches!(one.profiles[0].1.status, "Unassigned" | "Disabled");
        if one.is_person() && !idle {
            assert!(keys(record).is_superset(&plain), "{record}");
        } else {
            assert_eq!(keys(record), menu);
        }
    }
    let unassigned = world
        .extensions()
        .iter()
        .find(|one| one.profiles[0].1.status == "Unassigned");
    let path = format!(
        "/v1.0/account/~/extension/{}",
        unassigned.expect("one is").id
    );
    assert_eq!(
        shape(&desk.ok(&path).await),
        shape(&sample("extension-unassigned"))
    );
}

#[tokio::test]
async fn error_bodies_are_the_published_ones() {
    let desk = Desk::open(25, PlatformConfig::default()).await;
    let check = |found: (u16, Value), name: &str| {
        let expected = sample(name);
        assert_eq!(
            (found.0, &found.1),
            (status_of(&expected), &expected["body"]),
            "{name}"
        );
    };
    let list = "/v1.0/account/~/presence";
    check(
        desk.get(&format!("{list}?perPage=abc")).await,
        "error-400-cmn-101",
    );
    let many = vec!["1"; 31].join(",");
    let batch = format!("/v1.0/account/~/extension/{many}/presence");
    check(desk.get(&batch).await, "error-400-invalid-multipart");
    check(
        desk.get("/v1.0/account/~/extension/1/presence").await,
        "error-404-cmn-102",
    );
    check(desk.get("/v9").await, "error-404-agw-404");
    let bare = desk.client.get(desk.url(list));
    check(read(bare.send().await).await, "error-401-agw-401");
    let odd = desk
        .client
        .get(desk.url(list))
        .header("Authorization", "Bearer");
    check(read(odd.send().await).await, "error-401-agw-402");
    let unknown = desk.client.get(desk.url(list)).bearer_auth("x");
    check(read(unknown.send().await).await, "error-401-token-invalid");
    let faults = [
        (Fault::ApplicationLacksPermission, "error-403-cmn-401"),
        (Fault::UserLacksPermission, "error-403-cmn-408"),
        (Fault::GlobalRateLimit(30), "error-429-global"),
        (Fault::Unavailable(Some(30)), "error-503-cmn-201"),
        (Fault::HighAvailability, "error-503-cmn-211"),
        (Fault::Maintenance, "error-503-maintenance"),
        (Fault::TokenRevoked, "error-401-token-not-found"),
    ];
    for (fault, name) in faults {
        desk.platform
            .faults()
            .add(FaultRule::new(fault).when(When::Requests(1)));
        check(desk.get(list).await, name);
    }
}

#[tokio::test]
async fn the_error_of_the_limit_and_of_an_old_token_are_the_published_ones() {
    let desk = Desk::open(25, PlatformConfig::default()).await;
    for _ in 0..10 {
        desk.ok("/v1.0/account/~/presence").await;
    }
    let (status, body) = desk.get("/v1.0/account/~/presence").await;
    let expected = sample("error-429-cmn-301");
    assert_eq!((status, &body), (status_of(&expected), &expected["body"]));
    desk.clock.advance(super::HOUR_MS);
    let (status, body) = desk.get("/v1.0/account/~/presence").await;
    let expected = sample("error-401-token-expired");
    assert_eq!((status, &body), (status_of(&expected), &expected["body"]));
}

#[tokio::test]
async fn token_answers_have_the_published_keys() {
    let desk = Desk::closed(10, PlatformConfig::default()).await;
    let body = read(desk.log_in().send().await).await.1;
    assert_eq!(
        shape(&body),
        shape(&sample("oauth-token-response-no-refresh"))
    );
    let cases = [
        (vec![("grant_type", "jwt")], "oauth-error-unsupported-grant"),
        (
            vec![("grant_type", "password")],
            "oauth-error-unauthorized-client",
        ),
        (
            vec![("grant_type", super::JWT_GRANT)],
            "oauth-error-invalid-grant",
        ),
    ];
    for (form, name) in cases {
        assert_eq!(
            read(desk.token_request(&form).send().await).await.1,
            sample(name)
        );
    }
    let stranger = desk
        .client
        .post(desk.url("/oauth/token"))
        .basic_auth("x", Some("y"));
    assert_eq!(
        read(stranger.send().await).await.1,
        sample("oauth-error-invalid-client")
    );
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
    let body = read(desk.log_in().send().await).await.1;
    assert_eq!(shape(&body), shape(&sample("oauth-token-response")));
}

fn status_of(message: &Value) -> u16 {
    message["status"]
        .as_u64()
        .and_then(|status| u16::try_from(status).ok())
        .expect("a status")
}
