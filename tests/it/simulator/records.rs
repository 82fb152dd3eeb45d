//! Single records, batches, permissions and addresses; and that answers are true.

use presence_clock::Clock;
use presence_simulator::PlatformConfig;
use serde_json::{Value, json};

use super::{Desk, ids, read};

const MULTIPART_JSON: &str = "application/vnd.ringcentral.multipart+json";

#[tokio::test]
async fn answers_are_true() {
    let desk = Desk::open(60, PlatformConfig::default()).await;
    let truth = desk.truth();
    for _ in 0..9 {
        let body = desk.ok("/v1.0/account/~/presence?perPage=1000").await;
        let at_ms = desk.clock.now_ms();
        for record in body["records"].as_array().expect("a list") {
            let id = record["extension"]["id"].as_i64().expect("numeric");
            let state = truth.state_at(id, at_ms).expect("it exists");
            for facet in presence_simulator::status::FACETS {
                let told = match &record[facet] {
                    Value::Null => None,
                    Value::String(text) => Some(text.clone()),
                    other => Some(other.to_string()),
                };
                assert_eq!(
                    told.as_deref(),
                    state.facet(facet).as_deref(),
                    "{id} {facet}"
                );
            }
        }
        desk.clock.advance(307_013);
    }
}

#[tokio::test]
async fn one_extension_and_oneself_by_its_short_name() {
    let desk = Desk::open(25, PlatformConfig::default()).await;
    let own = desk.platform.world().config().account_id;
    let by_name = desk.ok("/v1.0/account/~/extension/~/presence").await;
    let by_id = desk
        .ok(&format!("/v1.0/account/{own}/extension/{own}/presence"))
        .await;
    assert_eq!(by_name, by_id);
    assert_eq!(by_name["extension"]["id"], own);
    let detailed = desk
        .ok("/v1.0/account/~/presence?detailedTelephonyState=true")
        .await;
    let records = detailed["records"].as_array().expect("a list");
    let calls = |one: &Value| one["activeCalls"].as_array().map_or(0, Vec::len);
    assert!(
        records
            .iter()
            .all(|one| (one["telephonyStatus"] != json!("NoCall")
                && !one["telephonyStatus"].is_null())
                == (calls(one) == 1))
    );
}

#[tokio::test]
async fn a_batch_answers_each_id_for_itself() {
    let desk = Desk::open(25, PlatformConfig::default()).await;
    let some = ids(&desk.ok("/v1.0/account/~/presence").await);
    let path = format!(
        "/v1.0/account/~/extension/{},111,{}/presence",
        some[0], some[1]
    );
    let response = desk
        .request(&path)
        .header("Accept", MULTIPART_JSON)
        .send()
        .await;
    let response = response.expect("an answer");
    assert_eq!(
        super::header(&response, "content-type").as_deref(),
        Some(MULTIPART_JSON)
    );
    let (status, body) = read(Ok(response)).await;
    assert_eq!(status, 207);
    assert_eq!(body[1]["resourceId"], "111");
    assert_eq!(body[1]["status"], 404);
    assert_eq!(body[2]["body"]["extension"]["id"], some[1]);
    let (status, mixed) = desk.get(&path).await;
    let parts = mixed
        .as_str()
        .expect("not JSON")
        .matches("Content-Type: application/json")
        .count();
    assert_eq!((status, parts), (207, 4));
    let ids = format!("{},{}", some[0], some[1]);
    let request = desk.request(&format!("/v1.0/account/~/extension/{ids}"));
    let (status, body) = read(request.header("Accept", MULTIPART_JSON).send().await).await;
    assert_eq!((status, &body[0]["body"]["id"]), (207, &json!(some[0])));
    let many = vec!["1"; 31].join(",");
    let (status, body) = desk
        .get(&format!("/v1.0/account/~/extension/{many}/presence"))
        .await;
    assert_eq!(
        (status, &body["errorCode"]),
        (400, &json!("InvalidMultipartRequest"))
    );
}

#[tokio::test]
async fn only_single_extensions_have_zones() {
    let desk = Desk::open(25, PlatformConfig::default()).await;
    let list = desk.ok("/v1.0/account/~/extension").await;
    assert!(!list.to_string().contains("timezone"));
    let one = desk.ok("/v1.0/account/~/extension/~").await;
    assert_eq!(
        one["regionalSettings"]["timezone"]["name"],
        "America/Los_Angeles"
    );
    assert!(
        desk.ok("/v1.0/account/~/sites")
            .await
            .to_string()
            .contains("America/New_York")
    );
}

#[tokio::test]
async fn queues_and_members_agree_with_departments_of_single_extensions() {
    let desk = Desk::open(40, PlatformConfig::default()).await;
    let queues = desk.ok("/v1.0/account/~/call-queues?perPage=max").await;
    let mut seen = 0;
    for queue in queues["records"].as_array().expect("a list") {
        let id = queue["id"].as_str().expect("text");
        let members = desk
            .ok(&format!("/v1.0/account/~/call-queues/{id}/members"))
            .await;
        if let Some(member) = ids(&members).first() {
            let one = desk
                .ok(&format!("/v1.0/account/~/extension/{member}"))
                .await;
            let mine = one["departments"].as_array().expect("a list");
            assert!(mine.iter().any(|known| known["id"] == id));
            seen += 1;
        }
    }
    assert!(seen >= 2);
}

#[tokio::test]
async fn addresses_and_accounts_that_do_not_exist() {
    let desk = Desk::open(10, PlatformConfig::default()).await;
    let cases = [
        ("/v1.0/account/~/nonsense", 404, "AGW-404"),
        ("/v1.0/account/~/extension/111/presence", 404, "CMN-102"),
        ("/v1.0/account/~/extension/abc/presence", 404, "CMN-102"),
        ("/v1.0/account/111/presence", 404, "CMN-102"),
        ("/v1.0/account/abc/presence", 400, "CMN-101"),
        ("/v1.0/account/~/call-queues/111/members", 404, "CMN-102"),
        (
            "/v1.0/account/~/extension/~/authz-profile/check",
            400,
            "CMN-101",
        ),
    ];
    for (path, status, code) in cases {
        let (found, body) = desk.get(path).await;
        assert_eq!(
            (found, &body["errorCode"]),
            (status, &json!(code)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn permissions_of_application_and_user_are_required() {
    let scopes = vec!["ReadAccounts".to_owned()];
    let desk = Desk::open(
        10,
        PlatformConfig {
            scopes,
            ..PlatformConfig::default()
        },
    )
    .await;
    let (status, body) = desk.get("/v1.0/account/~/presence").await;
    assert_eq!((status, &body["errorCode"]), (403, &json!("CMN-401")));
    let user_permissions = vec!["ReadExtensions".to_owned()];
    let config = PlatformConfig {
        user_permissions,
        ..PlatformConfig::default()
    };
    let desk = Desk::open(10, config).await;
    let (status, body) = desk.get("/v1.0/account/~/presence").await;
    assert_eq!((status, &body["errorCode"]), (403, &json!("CMN-408")));
    let check = "/v1.0/account/~/extension/~/authz-profile/check?permissionId=";
    assert_eq!(
        desk.ok(&format!("{check}ReadPresenceStatus")).await["successful"],
        false
    );
    assert_eq!(
        desk.ok(&format!("{check}ReadExtensions")).await["successful"],
        true
    );
}

#[tokio::test]
async fn ones_own_status_can_be_set() {
    let desk = Desk::open(25, PlatformConfig::default()).await;
    let put = |body: Value| {
        let url = desk.url("/v1.0/account/~/extension/~/presence");
        let request = desk.client.put(url).bearer_auth(&desk.token);
        request
            .header("Content-Type", "application/json")
            .body(body.to_string())
            .send()
    };
    let set = json!({"userStatus": "Busy", "message": "Counting stock"});
    let (status, body) = read(put(set).await).await;
    assert_eq!((status, &body["presenceStatus"]), (200, &json!("Busy")));
    let again = desk.ok("/v1.0/account/~/extension/~/presence").await;
    assert_eq!(again["message"], "Counting stock");
    let (status, body) = read(put(json!({"userStatus": "Asleep"})).await).await;
    assert_eq!(
        (status, &body["parameterName"]),
        (400, &json!("userStatus"))
    );
}
