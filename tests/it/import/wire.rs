//! Every shape of answer that the platform is known to send.

use presence_model::facet::Facet;
use presence_model::observation::Observation;
use presence_model::profile::ProfileUpdate;
use presence_model::state::Interner;
use presence_model::time::Timestamp;
use presence_ringcentral_wire::{self as wire, ErrorBody, PresencePage};
use proptest::prelude::*;
use secrecy::ExposeSecret;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../fixtures/ringcentral/", $name, ".json"))
    };
}

fn moment(second: i64) -> Timestamp {
    Timestamp::saturating_from_ms(second * 1_000)
}

fn try_page(json: &str) -> Result<PresencePage, wire::WireError> {
    wire::presence_page(
        json.as_bytes(),
        moment(1),
        moment(2),
        &mut Interner::default(),
    )
}

fn page(json: &str) -> PresencePage {
    try_page(json).expect("the page can be read")
}

/// The id, number and every facet that is there, one extension a line.
fn show(observations: &[Observation]) -> String {
    let line = |seen: &Observation| {
        let facets: Vec<String> = Facet::ALL
            .into_iter()
            .filter_map(|facet| Some(format!("{}={}", facet.name(), seen.presence.get(facet)?)))
            .collect();
        let number = seen.extension_number.as_deref().unwrap_or("-");
        format!("{} {number} {}", seen.extension_id, facets.join(" "))
    };
    observations.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn check_record(json: &str, expected: &str) {
    let observation = wire::presence(
        json.as_bytes(),
        moment(1),
        moment(2),
        &mut Interner::default(),
    );
    match observation {
        Ok(observation) => {
            assert_eq!(observation.requested_at, moment(1));
            assert_eq!(observation.received_at, moment(2));
            assert_eq!(show(&[observation]), expected);
        }
        Err(error) => assert_eq!(error.to_string(), expected),
    }
}

#[test]
fn a_page_with_every_kind_of_record() {
    let page = page(fixture!("presence-list-mixed-single-page"));
    assert_eq!(
        show(&page.observations),
        "\
37439510 101 presence_status=Available user_status=Available telephony_status=NoCall dnd_status=TakeAllCalls meeting_status=Disconnected allow_see_my_presence=true ring_on_monitored_call=false pick_up_calls_on_hold=false
297277020 102 presence_status=Busy user_status=Available telephony_status=CallConnected dnd_status=TakeAllCalls meeting_status=Disconnected allow_see_my_presence=true ring_on_monitored_call=false pick_up_calls_on_hold=false
297281020 103 presence_status=Busy user_status=Busy telephony_status=NoCall dnd_status=DoNotAcceptAnyCalls meeting_status=Connected allow_see_my_presence=true ring_on_monitored_call=false pick_up_calls_on_hold=false message=In a meeting until 11
297285020 104 presence_status=Offline user_status=Offline telephony_status=NoCall dnd_status=TakeAllCalls meeting_status=Disconnected allow_see_my_presence=false caller_id_visibility=PermittedUsers ring_on_monitored_call=false pick_up_calls_on_hold=false
297289020 105 presence_status=Available user_status=Available telephony_status=NoCall dnd_status=DoNotAcceptDepartmentCalls meeting_status=Disconnected dnd_status_personal=TakeAllCalls accept_call_queue_calls=false allow_see_my_presence=true ring_on_monitored_call=false pick_up_calls_on_hold=false cx_telephony_status=NoCall aggregated_telephony_status=NoCall
349469016 201 presence_status=Offline
349473016 - presence_status=Offline"
    );
    assert_eq!(page.record_count, 7);
    assert_eq!(page.paging.total_elements, Some(7));
    assert!(!page.has_next);
    assert!(!page.is_short());
    assert_eq!(page.oddities, []);
}

#[test]
fn a_page_in_the_middle_names_the_next() {
    let page = page(fixture!("presence-list-page-2-of-8"));
    assert!(page.has_next);
    assert_eq!(page.paging.page, Some(2));
    assert_eq!(page.paging.total_pages, Some(8));
    assert_eq!(page.paging.per_page, Some(3));
    assert_eq!(page.paging.total_elements, Some(23));
    assert_eq!(page.paging.page_start, Some(3));
    assert_eq!(page.paging.page_end, Some(5));
    assert!(!page.is_short());
}

#[test]
fn a_page_beyond_the_end_is_empty() {
    let page = page(fixture!("presence-list-empty-page"));
    assert_eq!(page.observations, []);
    assert!(!page.has_next);
    assert_eq!(page.paging.page, None);
    assert_eq!(page.paging.total_elements, Some(23));
    assert!(!page.is_short());
}

#[test]
fn single_records() {
    check_record(
        fixture!("presence-single-seed"),
        "248111004 101 presence_status=Available user_status=Available telephony_status=NoCall dnd_status=TakeAllCalls allow_see_my_presence=true ring_on_monitored_call=false pick_up_calls_on_hold=false",
    );
    check_record(
        fixture!("presence-single-non-user"),
        "349469016 201 presence_status=Offline",
    );
    check_record(
        fixture!("presence-single-upgraded-account"),
        "297289020 105 presence_status=Busy user_status=Busy telephony_status=NoCall dnd_status=DoNotAcceptAnyCalls meeting_status=Disconnected dnd_status_personal=DoNotAcceptAnyCalls accept_call_queue_calls=true allow_see_my_presence=true caller_id_visibility=All ring_on_monitored_call=false pick_up_calls_on_hold=false cx_telephony_status=CallConnected aggregated_telephony_status=CallConnected",
    );
    check_record(
        fixture!("presence-single-detailed"),
        "403228676008 101 presence_status=Available user_status=Available telephony_status=Ringing dnd_status=TakeAllCalls allow_see_my_presence=true ring_on_monitored_call=false pick_up_calls_on_hold=true",
    );
    check_record(
        fixture!("presence-put-response"),
        "255537016 101 presence_status=Available user_status=Available telephony_status=NoCall dnd_status=TakeAllCalls meeting_status=Disconnected allow_see_my_presence=true ring_on_monitored_call=true pick_up_calls_on_hold=true message=Available till 7 pm",
    );
}

#[test]
fn missing_fields_are_absent_and_new_values_are_kept() {
    check_record(r#"{"extension":{"id":"7"}}"#, "7 - ");
    check_record(
        r#"{"extension":{"id":9007199254740993,"extensionNumber":""},"presenceStatus":null,"message":""}"#,
        "9007199254740993 - ",
    );
    check_record(
        r#"{"extension":{"id":7},"presenceStatus":"Levitating","newField":{"a":[1,2]}}"#,
        "7 - presence_status=Levitating",
    );
}

#[test]
fn a_field_that_cannot_be_read_is_named() {
    check_record("", "the document is cut off: EOF while parsing a value");
    check_record(
        r#"{"extension":{"id":7},"presenceStatus":"#,
        "presenceStatus is cut off: EOF while parsing a value",
    );
    check_record("<html>", "the document is not JSON: expected value");
    check_record("[7]", "the document is a list, but must be an object");
    check_record(r"{}", "extension is missing");
    check_record(
        r#"{"extension":{"extensionNumber":"101"}}"#,
        "extension.id is missing",
    );
    check_record(
        r#"{"extension":[7,"101"]}"#,
        "extension is a list, but must be an object",
    );
    check_record(
        r#"{"extension":{"id":7},"presenceStatus":3}"#,
        "presenceStatus is the number 3, but must be a text",
    );
    check_record(
        r#"{"extension":{"id":7},"userStatus":{"value":"Busy"}}"#,
        "userStatus is an object, but must be a text",
    );
    check_record(
        r#"{"extension":{"id":7},"dndStatus":["x"]}"#,
        "dndStatus is a list, but must be a text",
    );
    check_record(
        r#"{"extension":{"id":7},"meetingStatus":true}"#,
        "meetingStatus is true, but must be a text",
    );
    check_record(
        r#"{"extension":{"id":7},"allowSeeMyPresence":1}"#,
        "allowSeeMyPresence is the number 1, but must be true or false",
    );
    check_record(
        r#"{"extension":{"id":7},"message":"a\u0000b"}"#,
        "message holds U+0000, which cannot be kept",
    );
    check_record(
        r#"{"extension":{"id":7},"message":"a\ud83d"}"#,
        "message holds half a character (a lone surrogate), which cannot be kept",
    );
    check_record(
        r#"{"extension":{"id":7},"userStatus":"Busy","userStatus":null}"#,
        "userStatus is there twice",
    );
    check_record(
        r#"{"extension":{"id":9223372036854775808}}"#,
        "extension.id is the number 9223372036854775808, but must be an id: a whole number from 0 to 9223372036854775807, or the same as text",
    );
    check_record(
        r#"{"extension":{"id":null}}"#,
        "extension.id is null, but must be an id: a whole number from 0 to 9223372036854775807, or the same as text",
    );
}

/// A page of three records, of which this is the second.
fn page_around(record: &str) -> String {
    format!(
        "{{\n \"records\": [\n{{\"extension\":{{\"id\":1}}}},\n{record},\n{{\"extension\":{{\"id\":3}}}}],\"paging\":{{\"pageStart\":0,\"pageEnd\":2}}}}"
    )
}

#[track_caller]
fn check_odd(record: &str, ids: &[i64], oddity: &str) {
    let page = page(&page_around(record));
    let read: Vec<i64> = page
        .observations
        .iter()
        .map(|seen| seen.extension_id.0)
        .collect();
    assert_eq!(read, ids);
    assert_eq!(page.record_count, 3);
    assert_eq!(page.is_short(), ids.len() < 3);
    let shown: Vec<String> = page
        .oddities
        .iter()
        .map(|oddity| format!("{:?}: {}", oddity.effect, oddity.error))
        .collect();
    assert_eq!(shown, [oddity]);
}

#[test]
fn one_bad_record_does_not_undo_the_others() {
    check_odd(
        r#"{"extension":{"id":2},"presenceStatus":17}"#,
        &[1, 3],
        "Lost: records[1].presenceStatus is the number 17, but must be a text",
    );
    check_odd(
        "null",
        &[1, 3],
        "Lost: records[1] is null, but must be an object",
    );
    check_odd(
        "[]",
        &[1, 3],
        "Lost: records[1] is a list, but must be an object",
    );
    check_odd("{}", &[1, 3], "Lost: records[1].extension is missing");
}

#[test]
fn a_message_cut_within_an_emoji_does_not_lose_its_record() {
    let record = r#"{"extension":{"id":2},"message":"lunch \ud83d"}"#;
    check_odd(
        record,
        &[1, 2, 3],
        "Kept: records[1].message holds half a character (a lone surrogate), which cannot be kept",
    );
    let page = page(&page_around(record));
    let message = page.observations[1].presence.message.as_deref();
    assert_eq!(message, Some("lunch \u{fffd}"));
}

#[test]
fn a_page_shorter_than_it_says_is_short() {
    let with_end = |end: i64| {
        page(&format!(
            r#"{{"records":[{{"extension":{{"id":1}}}}],"paging":{{"pageStart":0,"pageEnd":{end}}}}}"#
        ))
        .is_short()
    };
    assert!(!with_end(0));
    assert!(with_end(1));
}

#[test]
fn odd_paging_does_not_undo_the_records() {
    let page =
        page(r#"{"records":[{"extension":{"id":1}}],"paging":{"page":"first"},"navigation":7}"#);
    assert_eq!(page.observations.len(), 1);
    assert_eq!(page.paging, wire::Paging::default());
    assert!(!page.has_next);
    let shown: Vec<String> = page
        .oddities
        .iter()
        .map(|oddity| oddity.error.to_string())
        .collect();
    assert_eq!(
        shown,
        [
            "paging.page is the text \"first\", but must be a whole number",
            "navigation is the number 7, but must be an object"
        ]
    );
}

#[test]
fn what_is_no_page_is_refused() {
    let refused = |json: &str| try_page(json).expect_err("it is no page").to_string();
    assert_eq!(
        refused("<html>Bad gateway</html>"),
        "the document is not JSON: expected value"
    );
    assert_eq!(refused("{}"), "records is missing");
    assert_eq!(
        refused("[]"),
        "the document is a list, but must be an object"
    );
    assert_eq!(
        refused(r#"{"records":[]} {"records":[]}"#),
        "the document is not JSON: trailing characters"
    );
    let error = wire::presence_page(
        b"{\"records\":\xff}",
        moment(1),
        moment(2),
        &mut Interner::default(),
    );
    assert_eq!(
        error.expect_err("it is no text").to_string(),
        "the document is not UTF-8 (at byte 11)"
    );
}

#[test]
fn a_batch_answers_for_each_id() {
    let items = wire::presence_batch(
        fixture!("presence-bulk-207-multipart-json").as_bytes(),
        moment(1),
        moment(2),
        &mut Interner::default(),
    )
    .expect("the batch can be read");
    let shown: Vec<String> = items
        .iter()
        .map(|item| match &item.outcome {
            Ok(seen) => format!("{} {}", item.status, show(std::slice::from_ref(seen))),
            Err(error) => format!("{} {} {:?}", item.status, item.extension_id, error.codes),
        })
        .collect();
    assert_eq!(
        shown,
        [
            "200 37439510 101 presence_status=Available user_status=Available telephony_status=NoCall dnd_status=TakeAllCalls allow_see_my_presence=true ring_on_monitored_call=false pick_up_calls_on_hold=false",
            "200 349469016 201 presence_status=Offline",
            "404 111 [\"CMN-102\"]"
        ]
    );
}

fn told(number: Option<&str>, name: Option<&str>, kind: &str, status: &str) -> ProfileUpdate {
    ProfileUpdate {
        extension_number: Some(number.map(str::to_owned)),
        name: Some(name.map(str::to_owned)),
        extension_type: Some(Some(kind.to_owned())),
        status: Some(Some(status.to_owned())),
        department: Some(None),
        site: Some(None),
        time_zone: None,
        queues: None,
    }
}

#[test]
fn the_extension_list_has_names_and_groups_but_no_zones() {
    let page = wire::extension_page(fixture!("extension-list-page").as_bytes())
        .expect("the page can be read");
    assert_eq!(page.record_count, 5);
    assert_eq!(page.oddities, []);
    let first = &page.records[0];
    assert_eq!(first.extension_id.0, 37_439_510);
    assert_eq!(
        first.update,
        ProfileUpdate {
            department: Some(Some("Operations".into())),
            site: Some(Some("Main Site".into())),
            ..told(Some("101"), Some("Extension 101"), "User", "Enabled")
        }
    );
    assert_eq!(first.site_id.as_deref(), Some("main-site"));
    assert_eq!(first.queue_ids, None);
    let unassigned = page.records.last().expect("five records");
    assert_eq!(unassigned.update, told(None, None, "User", "Unassigned"));
}

#[test]
fn a_single_extension_has_its_zone_and_queues_too() {
    let extension =
        wire::extension(fixture!("extension-single").as_bytes()).expect("it can be read");
    assert_eq!(extension.update.time_zone, Some(Some("US/Pacific".into())));
    assert_eq!(extension.update.queues, None);
    let queues: Vec<i64> = extension
        .queue_ids
        .into_iter()
        .flatten()
        .map(|id| id.0)
        .collect();
    assert_eq!(queues, [349_469_016]);
    let unassigned =
        wire::extension(fixture!("extension-unassigned").as_bytes()).expect("it can be read");
    assert_eq!(unassigned.update, told(None, None, "User", "Unassigned"));
    assert_eq!(unassigned.queue_ids, None);
}

#[test]
fn a_name_that_is_missing_is_put_together() {
    let name = |json: &str| {
        wire::extension(json.as_bytes())
            .expect("it can be read")
            .update
            .name
            .flatten()
    };
    let with = |contact: &str| name(&format!(r#"{{"id":1,"contact":{contact}}}"#));
    assert_eq!(
        with(r#"{"firstName":"Extension","lastName":"101"}"#).as_deref(),
        Some("Extension 101")
    );
    assert_eq!(
        with(r#"{"firstName":"Support"}"#).as_deref(),
        Some("Support")
    );
    assert_eq!(with(r#"{"name":"Lobby"}"#).as_deref(), Some("Lobby"));
    assert_eq!(with("null"), None);
    assert_eq!(
        name(r#"{"id":1,"name":"A","contact":{"name":"B"}}"#).as_deref(),
        Some("A")
    );
}

#[test]
fn accounts_queues_and_sites() {
    let v1 = wire::account(fixture!("account").as_bytes()).expect("it can be read");
    assert_eq!(v1.account_id.0, 37_439_510);
    assert_eq!(v1.time_zone.as_deref(), Some("US/Pacific"));
    assert_eq!(v1.company_name, None);
    let v2 = wire::account(fixture!("account-v2").as_bytes()).expect("it can be read");
    assert_eq!(v2.account_id, v1.account_id);
    assert_eq!(v2.company_name.as_deref(), Some("Example, Inc."));

    let queues = wire::call_queue_page(fixture!("call-queues").as_bytes()).expect("it can be read");
    let names: Vec<_> = queues
        .records
        .iter()
        .map(|queue| (queue.extension_id.0, queue.name.as_deref()))
        .collect();
    assert_eq!(names, [(41_004, Some("Support")), (41_023, Some("Sales"))]);

    let members =
        wire::queue_member_page(fixture!("call-queue-members").as_bytes()).expect("it can be read");
    let ids: Vec<i64> = members.records.iter().map(|id| id.0).collect();
    assert_eq!(ids, [754_227_008, 754_226_008]);

    let sites = wire::site_page(fixture!("sites").as_bytes()).expect("it can be read");
    assert_eq!(sites.records[0].site_id, "872781797006");
    assert_eq!(sites.records[0].name.as_deref(), Some("West Branch"));
    assert_eq!(sites.records[0].time_zone.as_deref(), Some("US/Eastern"));
}

/// The body of a fixture that is a whole HTTP message.
fn body_of(message: &str) -> Vec<u8> {
    let message: serde_json::Value = serde_json::from_str(message).expect("a fixture is JSON");
    serde_json::to_vec(&message["body"]).expect("a value can be written")
}

#[track_caller]
fn check_error(body: &[u8], codes: &[&str], message: Option<&str>) -> ErrorBody {
    let error = wire::error_body(body);
    assert_eq!(error.codes, codes);
    assert_eq!(error.message.as_deref(), message);
    error
}

#[test]
fn errors_show_all_their_codes() {
    let body = body_of(fixture!("error-401-token-invalid"));
    let error = check_error(
        &body,
        &["TokenInvalid", "OAU-149"],
        Some("OAuth token is invalid"),
    );
    assert!(error.has_code("OAU-149"));
    let body = body_of(fixture!("error-404-agw-404"));
    check_error(&body, &["AGW-404"], Some("Resource not found"));
    let error = wire::error_body(&body_of(fixture!("error-403-cmn-408")));
    assert_eq!(error.permission.as_deref(), Some("ReadPresenceStatus"));
    let error = wire::error_body(&body_of(fixture!("error-400-cmn-101")));
    assert_eq!(error.parameter.as_deref(), Some("perPage"));
    check_error(
        fixture!("oauth-error-invalid-grant").as_bytes(),
        &["OAU-213", "invalid_grant"],
        Some("Token not found"),
    );
}

#[test]
fn an_error_body_may_be_anything() {
    check_error(b"", &[], None);
    check_error(
        b"<html>\nBad\x1bgateway",
        &[],
        Some("<html>\u{fffd}Bad\u{fffd}gateway"),
    );
    check_error(
        b"{\"errorCode\":7,\"errors\":\"none\",\"message\":null}",
        &[],
        None,
    );
    check_error(b"[1]", &[], Some("[1]"));
    let long = wire::error_body("x".repeat(10_000).as_bytes());
    assert_eq!(
        long.message.map(|message| message.chars().count()),
        Some(301)
    );
}

#[test]
fn tokens_are_read_and_never_shown() {
    let token = wire::token(fixture!("oauth-token-response").as_bytes()).expect("it can be read");
    assert!(token.access_token.expose_secret().starts_with("U0pD"));
    assert!(token.refresh_token.is_some());
    assert_eq!(token.expires_in_s, Some(3_600));
    assert_eq!(token.refresh_token_expires_in_s, Some(604_800));
    assert_eq!(token.owner_id, Some(37_439_510));
    assert!(!format!("{token:?}").contains("U0pD"));
    let plain = wire::token(fixture!("oauth-token-response-no-refresh").as_bytes());
    assert!(plain.expect("it can be read").refresh_token.is_none());
    let refused = |json: &str| {
        wire::token(json.as_bytes())
            .expect_err("no token")
            .to_string()
    };
    assert_eq!(refused("{}"), "access_token is missing");
    assert_eq!(
        refused(r#"{"access_token":{"hidden":"hidden"}}"#),
        "access_token is missing or not as documented"
    );
    // A lifetime that makes no sense counts as missing: see the login.
    let odd = wire::token(br#"{"access_token":"hidden","expires_in":"hidden"}"#);
    assert_eq!(odd.expect("it can be read").expires_in_s, None);
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused_in_one_line(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let interner = &mut Interner::default();
        if let Err(error) = wire::presence_page(&bytes, moment(1), moment(2), interner) {
            prop_assert!(!error.to_string().contains(char::is_control));
        }
        let _ = wire::extension_page(&bytes);
        let _ = wire::presence_batch(&bytes, moment(1), moment(2), interner);
        let _ = wire::error_body(&bytes);
        let _ = wire::token(&bytes);
    }

    #[test]
    fn a_damaged_page_is_read_or_refused_in_one_line(
        at in 0_usize..4_900,
        with in proptest::collection::vec(any::<u8>(), 0..4),
        gone in 0_usize..40,
    ) {
        let mut bytes = fixture!("presence-list-mixed-single-page").as_bytes().to_vec();
        let end = (at + gone).min(bytes.len());
        bytes.splice(at.min(end)..end, with);
        let interner = &mut Interner::default();
        match wire::presence_page(&bytes, moment(1), moment(2), interner) {
            Ok(page) => {
                prop_assert!(page.observations.len() <= page.record_count);
                for oddity in &page.oddities {
                    let text = oddity.error.to_string();
                    prop_assert!(!text.contains(char::is_control) && text.len() < 2_000, "{}", text);
                }
            }
            Err(error) => {
                let text = error.to_string();
                prop_assert!(!text.contains(char::is_control) && text.len() < 2_000, "{}", text);
            }
        }
    }
}
