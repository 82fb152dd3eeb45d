//! Who takes the calls of a call queue.

use serde::Deserialize;

use presence_model::ids::ExtensionId;
use presence_model::queue::QueueMember;

use super::envelope::tolerant_page;
use super::values::{Flag, Id, Object};
use super::{Oddity, OddityEffect, WireError};

/// What one response says of the members of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuePresence {
    /// The members that could be read.
    pub members: Vec<QueueMember>,
    /// Whether these are all: anyone who is not among them is no member.
    pub is_whole: bool,
    /// What was not as it should be.
    pub oddities: Vec<Oddity>,
}

/// A record of `CallQueuePresence`. `acceptQueueCalls` is not read: it follows do-not-disturb, which is a facet of the
/// member's presence already.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a member of a call queue")]
struct MemberRecord<'a> {
    member: Object<MemberRef>,
    #[serde(borrow, default)]
    accept_current_queue_calls: Flag<'a>,
}

#[derive(Deserialize)]
struct MemberRef {
    id: Id,
}

/// Reads `GET /restapi/v1.0/account/{accountId}/call-queues/{groupId}/presence`. The answer has no pages; one that says
/// that there are more is not whole.
pub fn queue_presence(bytes: &[u8]) -> Result<QueuePresence, WireError> {
    let page = tolerant_page(bytes, |raw| {
        let Object(record) = serde_json::from_str::<Object<MemberRecord<'_>>>(raw)?;
        Ok(QueueMember {
            extension_id: ExtensionId(record.member.0.id.0),
            accepts: record
                .accept_current_queue_calls
                .get()
                .map(|flag| flag == "true"),
        })
    })?;
    let is_lost = |oddity: &Oddity| oddity.effect == OddityEffect::Lost;
    let told = page.paging.total_elements;
    let has_more =
        told.is_some_and(|told| i64::try_from(page.record_count).is_ok_and(|count| count < told));
    Ok(QueuePresence {
        is_whole: !page.has_next && !has_more && !page.oddities.iter().any(is_lost),
        members: page.records,
        oddities: page.oddities,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Vec<(i64, Option<bool>)> {
        let read = queue_presence(text.as_bytes()).expect("it is readable");
        let members = read.members.iter();
        members
            .map(|one| (one.extension_id.0, one.accepts))
            .collect()
    }

    #[test]
    fn the_switch_of_this_queue_counts() {
        let text = r#"{"records": [
            {"member": {"id": "411753183004", "name": "Extension 101", "extensionNumber": "101"},
             "acceptQueueCalls": true, "acceptCurrentQueueCalls": true},
            {"member": {"id": 411753646416, "extensionSubType": "Unknown"},
             "acceptQueueCalls": true, "acceptCurrentQueueCalls": false},
            {"member": {"id": "7"}, "acceptQueueCalls": false},
            {"member": {"id": "8"}, "acceptCurrentQueueCalls": null}
        ]}"#;
        let expected = [
            (411_753_183_004, Some(true)),
            (411_753_646_416, Some(false)),
            (7, None),
            (8, None),
        ];
        assert_eq!(members(text), expected);
    }

    #[track_caller]
    fn check_whole(text: &str, is_whole: bool) {
        let read = queue_presence(text.as_bytes()).expect("it is readable");
        assert_eq!(read.is_whole, is_whole, "{text}");
    }

    #[test]
    fn an_answer_that_lacks_members_is_not_whole() {
        check_whole(r#"{"records": []}"#, true);
        check_whole(r#"{"records": [{"member": {"id": "7"}}]}"#, true);
        check_whole(
            r#"{"records": [{"member": {"id": "x"}}, {"member": {"id": "7"}}]}"#,
            false,
        );
        check_whole(r#"{"records": [{"member": null}]}"#, false);
        check_whole(
            r#"{"records": [{"member": {"id": "7"}}], "paging": {"totalElements": 2}}"#,
            false,
        );
        check_whole(
            r#"{"records": [{"member": {"id": "7"}}], "navigation": {"nextPage": {"uri": "https://platform/next"}}}"#,
            false,
        );
        for wrong in ["", "[]", "{}", r#"{"records": 3}"#, "<html>"] {
            assert!(queue_presence(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
