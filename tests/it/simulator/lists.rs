//! Paging and filters.

use std::collections::BTreeSet;

use presence_clock::Clock;
use presence_simulator::PlatformConfig;
use serde_json::json;

use super::{Desk, ids};

#[tokio::test]
async fn pages_join_to_the_whole_account() {
    let desk = Desk::open(25, PlatformConfig::default()).await;
    let whole = ids(&desk.ok("/v1.0/account/~/presence").await);
    assert!(whole.is_sorted());
    let mut joined = Vec::new();
    for page in 1.. {
        let path = format!("/v1.0/account/~/presence?page={page}&perPage=7");
        let body = desk.ok(&path).await;
        joined.extend(ids(&body));
        assert_eq!(body["paging"]["totalElements"], whole.len());
        if body["navigation"].get("nextPage").is_none() {
            break;
        }
    }
    assert_eq!(joined, whole);
}

#[tokio::test]
async fn addresses_lead_back_to_where_the_client_asked() {
    let desk = Desk::open(25, PlatformConfig::default()).await;
    let body = desk.ok("/v1.0/account/~/presence?perPage=5").await;
    let next = body["navigation"]["nextPage"]["uri"]
        .as_str()
        .expect("more than five");
    let second = desk.client.get(next).bearer_auth(&desk.token);
    let (status, second) = super::read(second.send().await).await;
    assert_eq!((status, &second["paging"]["page"]), (200, &json!(2)));
}

#[tokio::test]
async fn nonsense_is_refused_and_excess_is_cut() {
    let desk = Desk::open(25, PlatformConfig::default()).await;
    let cut = desk.ok("/v1.0/account/~/presence?perPage=5000").await;
    assert_eq!(cut["paging"]["perPage"], 1_000);
    let beyond = desk.ok("/v1.0/account/~/presence?page=99").await;
    assert_eq!(beyond["records"], json!([]));
    for bad in ["page=0", "page=x", "perPage=-1", "page=", "perPage=1e3"] {
        let (status, body) = desk.get(&format!("/v1.0/account/~/presence?{bad}")).await;
        assert_eq!(
            (status, &body["errorCode"]),
            (400, &json!("CMN-101")),
            "{bad}"
        );
    }
}

#[tokio::test]
async fn the_extension_list_can_be_filtered_by_repeating_keys() {
    let desk = Desk::open(40, PlatformConfig::default()).await;
    let list = "/v1.0/account/~/extension?perPage=1000";
    let all = ids(&desk.ok(list).await);
    assert_eq!(
        all,
        ids(&desk.ok("/v1.0/account/~/presence?perPage=1000").await)
    );
    let menus = desk
        .ok(&format!("{list}&type=IvrMenu&type=Department"))
        .await;
    let kinds: BTreeSet<&str> = menus["records"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["type"].as_str())
        .collect();
    assert_eq!(kinds, BTreeSet::from(["Department", "IvrMenu"]));
    let joined = desk.ok(&format!("{list}&type=IvrMenu,Department")).await;
    assert!(ids(&joined).is_empty());
    let one = desk.ok(&format!("{list}&extensionNumber=101")).await;
    assert_eq!(ids(&one), [all[0]]);
    let disabled = desk.ok(&format!("{list}&status=Disabled&type=User")).await;
    assert_eq!(disabled["records"].as_array().map(Vec::len), Some(1));
    let mail = desk.ok(&format!("{list}&email=ext101%40example.com")).await;
    assert_eq!(ids(&mail), [all[0]]);
}

#[tokio::test]
async fn those_who_leave_vanish_from_lists_and_those_who_join_appear() {
    let desk = Desk::open(25, PlatformConfig::default()).await;
    let known = desk.platform.world().extensions();
    let moments = known
        .iter()
        .flat_map(|one| [one.exists_from_ms, one.exists_until_ms])
        .flatten();
    let earliest = moments.min().expect("someone joins") - 1;
    desk.clock.advance(earliest - desk.clock.now_ms());
    let desk = relogged(desk).await;
    let before = ids(&desk.ok("/v1.0/account/~/presence").await);
    assert!(before.contains(&leaver_id(&desk)) && !before.contains(&joiner_id(&desk)));
    desk.clock.advance(5 * 24 * super::HOUR_MS);
    let desk = relogged(desk).await;
    let after = ids(&desk.ok("/v1.0/account/~/presence").await);
    assert!(!after.contains(&leaver_id(&desk)) && after.contains(&joiner_id(&desk)));
    let gone = format!("/v1.0/account/~/extension/{}/presence", leaver_id(&desk));
    let (status, body) = desk.get(&gone).await;
    assert_eq!((status, &body["errorCode"]), (404, &json!("CMN-102")));
}

fn leaver_id(desk: &Desk) -> i64 {
    let known = desk.platform.world().extensions();
    known
        .iter()
        .find(|one| one.exists_until_ms.is_some())
        .expect("someone leaves")
        .id
}

fn joiner_id(desk: &Desk) -> i64 {
    let known = desk.platform.world().extensions();
    known
        .iter()
        .find(|one| one.exists_from_ms.is_some())
        .expect("someone joins")
        .id
}

async fn relogged(mut desk: Desk) -> Desk {
    let body = super::read(desk.log_in().send().await).await.1;
    body["access_token"]
        .as_str()
        .expect("a token")
        .clone_into(&mut desk.token);
    desk
}
