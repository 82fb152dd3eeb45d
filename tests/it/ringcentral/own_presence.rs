//! Setting one's own presence: the request is sent once, and the presence is read if its result is not known.

use presence_model::facet::Facet;
use presence_ringcentral::{PresenceChange, SourceError};
use presence_simulator::{Fault, FaultRule, PathKind, PlatformConfig};

use super::simulated::Case;

fn busy() -> PresenceChange {
    PresenceChange {
        user_status: Some("Busy".to_owned()),
        message: Some("at lunch".to_owned()),
        ..PresenceChange::default()
    }
}

#[tokio::test]
async fn what_was_set_is_shown() {
    let case = Case::open(20, PlatformConfig::default()).await;
    let shown = case.client.set_own_presence(&busy(), case.by()).await;
    let shown = shown.expect("it is allowed").value;
    assert!(busy().missing_in(&shown).is_empty());
    let cleared = PresenceChange {
        message: Some(String::new()),
        ..PresenceChange::default()
    };
    let shown = case.client.set_own_presence(&cleared, case.by()).await;
    let shown = shown.expect("it is allowed").value;
    assert_eq!(shown.presence.get(Facet::Message), None);
    assert_eq!(shown.presence.get(Facet::UserStatus), Some("Busy"));
    assert_eq!(busy().missing_in(&shown), [Facet::Message]);
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let mut config = PlatformConfig::default();
    config.scopes.retain(|scope| scope != "EditPresence");
    let case = Case::open(20, config).await;
    let refused = case.client.set_own_presence(&busy(), case.by()).await;
    match refused {
        Err(SourceError::PermissionMissing(why)) => {
            assert!(why.contains("the permission EditPresence"), "{why}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_change_without_an_answer_is_not_sent_again() {
    for (fault, is_carried_out) in [(Fault::Reset, false), (Fault::TruncatedBody, true)] {
        let case = Case::open(20, PlatformConfig::default()).await;
        case.platform
            .faults()
            .add(FaultRule::new(fault.clone()).on(PathKind::PresenceUpdate));
        let answer = case.client.set_own_presence(&busy(), case.by()).await;
        match answer {
            Ok(shown) => {
                assert!(is_carried_out, "{fault:?}");
                assert!(busy().missing_in(&shown.value).is_empty());
            }
            Err(SourceError::Unavailable { why, .. }) => {
                assert!(!is_carried_out, "{fault:?}");
                assert!(why.ends_with("it was not made"), "{why}");
            }
            Err(other) => panic!("{other:?}"),
        }
        let counters = case.platform.counters();
        let sent = counters.requests(PathKind::PresenceUpdate);
        assert_eq!(sent, 1, "{fault:?}");
    }
}
