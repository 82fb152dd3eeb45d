//! The presence of queues over HTTP: what is told is true, what is set shows, and faults can be aimed.

use presence_clock::Clock;
use presence_simulator::{
    Fault, FaultRule, Group, Membership, PathKind, PlatformConfig, QueueState, When,
};
use serde_json::{Value, json};

use super::{Desk, read};

/// A queue with members, and its members.
fn queue(desk: &Desk) -> (i64, Vec<i64>) {
    let truth = desk.truth();
    let now_ms = desk.clock.now_ms();
    truth
        .queues(now_ms, now_ms + 1)
        .map(|queue| {
            let members = truth.queue_members(queue.id, now_ms, now_ms + 1);
            (queue.id, members.map(|one| one.id).collect::<Vec<i64>>())
        })
        .find(|(_, members)| members.len() > 2)
        .expect("a queue has members")
}

fn presence_path(queue: i64) -> String {
    format!("/v1.0/account/~/call-queues/{queue}/presence")
}

fn own_path(member: i64) -> String {
    format!("/v1.0/account/~/extension/{member}/call-queue-presence")
}

async fn put(desk: &Desk, path: &str, body: &str) -> (u16, Value) {
    let request = desk.client.put(desk.url(path)).bearer_auth(&desk.token);
    let request = request.header("Content-Type", "application/json");
    read(request.body(body.to_owned()).send().await).await
}

fn records(body: &Value) -> &[Value] {
    body["records"].as_array().expect("a list")
}

#[tokio::test]
async fn what_is_told_of_queues_is_what_is_true() {
    let desk = Desk::open(60, PlatformConfig::default()).await;
    let truth = desk.truth();
    let (mut told, mut signed_in) = (0, 0);
    for _ in 0..9 {
        let now_ms = desk.clock.now_ms();
        let queues: Vec<i64> = truth.queues(now_ms, now_ms + 1).map(|one| one.id).collect();
        for queue in queues {
            let body = desk.ok(&presence_path(queue)).await;
            assert!(body.get("paging").is_none());
            for record in records(&body) {
                let id = record["member"]["id"].as_str().expect("text");
                let member = id.parse().expect("a number");
                let state = QueueState {
                    accept_queue_calls: record["acceptQueueCalls"] == true,
                    accept_current_queue_calls: record["acceptCurrentQueueCalls"] == true,
                };
                let at_ms = desk.clock.now_ms();
                assert_eq!(truth.queue_state_at(queue, member, at_ms), Some(state));
                told += 1;
                signed_in += usize::from(state.accept_current_queue_calls);
            }
        }
        desk.clock.advance(401_013);
    }
    assert!(signed_in > 0 && signed_in < told, "{signed_in} of {told}");
}

#[tokio::test]
async fn members_are_signed_in_and_out_by_either_resource() {
    let desk = Desk::open(60, PlatformConfig::default()).await;
    let (queue, members) = queue(&desk);
    let member = members[1];
    let (path, own) = (presence_path(queue), own_path(member));
    for on in [true, false] {
        let body = json!({"records": [
            {"member": {"id": member.to_string()}, "acceptCurrentQueueCalls": on},
        ]});
        let (status, answer) = put(&desk, &path, &body.to_string()).await;
        let known = records(&answer)[1].clone();
        assert_eq!(
            (status, &known["acceptCurrentQueueCalls"]),
            (200, &json!(on))
        );
        assert_eq!(known["member"]["id"], member.to_string());
        assert_eq!(desk.ok(&path).await, answer);
        let body = json!({"records": [
            {"callQueue": {"id": queue.to_string()}, "acceptCalls": !on},
        ]});
        let (status, answer) = put(&desk, &own, &body.to_string()).await;
        let id = json!(queue.to_string());
        let mine = records(&answer)
            .iter()
            .find(|one| one["callQueue"]["id"] == id);
        assert_eq!(
            (status, &mine.expect("its queue")["acceptCalls"]),
            (200, &json!(!on))
        );
    }
    let counters = desk.platform.counters();
    assert_eq!(counters.requests(PathKind::QueuePresenceUpdate), 2);
    assert_eq!(counters.requests(PathKind::ExtensionQueuePresenceUpdate), 2);
    assert_eq!(counters.requests_in(Group::Medium), 4);
    assert_eq!(counters.requests_in(Group::Light), 2);
}

#[tokio::test]
async fn nonsense_is_refused_and_sets_nothing() {
    let desk = Desk::open(60, PlatformConfig::default()).await;
    let (queue, members) = queue(&desk);
    let path = presence_path(queue);
    let before = desk.ok(&path).await;
    let good = json!({"member": {"id": members[0].to_string()}, "acceptCurrentQueueCalls": true});
    let bodies = [
        ("{".to_owned(), "CMN-104"),
        ("{}".to_owned(), "CMN-101"),
        (json!({"records": [good, {"member": {"id": "1"}}]}).to_string(), "CMN-101"),
        (
            json!({"records": [good, {"member": {"id": members[1]}, "acceptCurrentQueueCalls": 1}]})
                .to_string(),
            "CMN-101",
        ),
    ];
    for (body, code) in bodies {
        let (status, answer) = put(&desk, &path, &body).await;
        assert_eq!(
            (status, &answer["errorCode"]),
            (400, &json!(code)),
            "{body}"
        );
    }
    assert_eq!(desk.ok(&path).await, before);
    let several = format!("/v1.0/account/~/call-queues/{queue},1/presence");
    for path in [presence_path(1), own_path(1), several] {
        assert_eq!(desk.get(&path).await.0, 404, "{path}");
        assert_eq!(put(&desk, &path, "{}").await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn reading_and_writing_need_permissions_of_their_own() {
    let config = PlatformConfig {
        scopes: vec!["ReadPresence".to_owned()],
        user_permissions: Vec::new(),
        ..PlatformConfig::default()
    };
    let desk = Desk::open(60, config).await;
    let path = presence_path(queue(&desk).0);
    desk.ok(&path).await;
    let (status, answer) = put(&desk, &path, "{}").await;
    assert_eq!(
        (status, &answer["permissionName"]),
        (403, &json!("EditPresence"))
    );
    let config = PlatformConfig {
        scopes: vec!["ReadAccounts".to_owned()],
        ..PlatformConfig::default()
    };
    let desk = Desk::open(60, config).await;
    let (status, answer) = desk.get(&path).await;
    assert_eq!(
        (status, &answer["permissionName"]),
        (403, &json!("ReadPresence"))
    );
}

#[tokio::test]
async fn faults_can_be_aimed_at_one_queue() {
    let desk = Desk::open(60, PlatformConfig::default()).await;
    let (queue, members) = queue(&desk);
    let truth = desk.truth();
    let now_ms = desk.clock.now_ms();
    let mut queues = truth.queues(now_ms, now_ms + 1).map(|one| one.id);
    let other = queues.find(|id| *id != queue).expect("there are two");
    let (path, elsewhere) = (presence_path(queue), presence_path(other));
    let cases = [
        (Fault::Forbidden(queue), 403),
        (Fault::UserLacksPermission, 403),
        (Fault::ApplicationLacksPermission, 403),
        (Fault::VanishedQueue(queue), 404),
        (Fault::InternalError, 500),
        (Fault::GatewayTimeout, 504),
        (Fault::Maintenance, 503),
        (Fault::GroupRateLimit(30), 429),
    ];
    for (fault, status) in cases {
        let rule = FaultRule::new(fault.clone())
            .on(PathKind::QueuePresence)
            .id(queue);
        desk.platform.faults().add(rule);
        assert_eq!(desk.get(&path).await.0, status, "{fault:?}");
        desk.ok(&elsewhere).await;
        desk.ok(&own_path(members[0])).await;
        desk.platform.faults().clear();
    }
    for fault in [Fault::HtmlPage, Fault::TruncatedBody, Fault::InvalidJson] {
        let rule = FaultRule::new(fault).on(PathKind::QueuePresence);
        desk.platform.faults().add(rule.when(When::Requests(1)));
        let (status, body) = desk.get(&path).await;
        assert!(status == 200 && body.is_string());
    }
    let rule = FaultRule::new(Fault::Stall(30_000)).on(PathKind::QueuePresence);
    desk.platform.faults().add(rule.when(When::Requests(1)));
    let before_ms = desk.clock.now_ms();
    desk.ok(&path).await;
    assert_eq!(desk.clock.now_ms() - before_ms, 30_000);
}

#[tokio::test]
async fn a_member_can_be_added_and_removed_while_the_platform_runs() {
    let desk = Desk::open(60, PlatformConfig::default()).await;
    let (queue, members) = queue(&desk);
    let path = presence_path(queue);
    let count = records(&desk.ok(&path).await).len();
    desk.platform
        .set_membership(queue, members[0], Membership::Removed);
    assert_eq!(records(&desk.ok(&path).await).len(), count - 1);
    desk.platform
        .set_membership(queue, members[0], Membership::AsInOffice);
    assert_eq!(records(&desk.ok(&path).await).len(), count);
    let own = desk.platform.world().config().account_id;
    if !members.contains(&own) {
        desk.platform.set_membership(queue, own, Membership::Added);
        let body = desk
            .ok("/v1.0/account/~/extension/~/call-queue-presence")
            .await;
        let id = json!(queue.to_string());
        assert!(
            records(&body)
                .iter()
                .any(|one| one["callQueue"]["id"] == id)
        );
    }
}
