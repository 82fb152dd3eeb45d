//! The policies that are always there. `docs/policies.md` says what each is for, rule by rule, and why.

use std::sync::{Arc, LazyLock};

use super::{Policy, PolicyText, RuleText};

/// The name of the policy that takes the platform's own aggregate.
pub const AGGREGATED: &str = "aggregated";

const HIDDEN: (&str, &str) = (
    r#"presence_status == "Offline" && allow_see_my_presence == "false""#,
    "hidden",
);
const OFFLINE: (&str, &str) = (r#"presence_status == "Offline""#, "offline");
const ON_CALL: (&str, &str) = (
    r#"telephony_status in ["CallConnected", "OnHold"] || aggregated_telephony_status in ["CallConnected", "OnHold"] || cx_telephony_status == "CallConnected""#,
    "on_call",
);
const RINGING: (&str, &str) = (
    r#"telephony_status == "Ringing" || aggregated_telephony_status == "Ringing""#,
    "ringing",
);
const IN_MEETING: (&str, &str) = (r#"meeting_status == "Connected""#, "in_meeting");
const BUSY: (&str, &str) = (
    r#"presence_status == "Busy" || user_status == "Busy""#,
    "busy",
);

/// A built-in policy as it is written: rules are expression and class.
struct BuiltIn {
    name: &'static str,
    description: &'static str,
    rules: &'static [(&'static str, &'static str)],
}

const BUILT_IN: [BuiltIn; 5] = [
    BuiltIn {
        name: "direct_calls",
        description: "who can take a call to their own number",
        rules: &[
            (
                r#"dnd_status in ["DoNotAcceptAnyCalls", "TakeDepartmentCallsOnly"] || dnd_status_personal == "DoNotAcceptAnyCalls""#,
                "refusing",
            ),
            ON_CALL,
            RINGING,
            IN_MEETING,
            HIDDEN,
            OFFLINE,
            BUSY,
            (
                r#"presence_status == "Available" && (dnd_status in ["TakeAllCalls", "DoNotAcceptDepartmentCalls"] || dnd_status_personal == "TakeAllCalls")"#,
                "can_take",
            ),
        ],
    },
    BuiltIn {
        name: "queue_calls",
        description: "who can take a call of a queue they are in",
        rules: &[
            (
                r#"accept_call_queue_calls == "false" || (accept_call_queue_calls == "" && dnd_status in ["DoNotAcceptAnyCalls", "DoNotAcceptDepartmentCalls"])"#,
                "refusing",
            ),
            ON_CALL,
            RINGING,
            IN_MEETING,
            HIDDEN,
            OFFLINE,
            (
                r#"dnd_status == "TakeDepartmentCallsOnly" || (accept_call_queue_calls == "true" && dnd_status_personal == "DoNotAcceptAnyCalls")"#,
                "can_take",
            ),
            BUSY,
            (
                r#"presence_status == "Available" && (accept_call_queue_calls == "true" || dnd_status == "TakeAllCalls")"#,
                "can_take",
            ),
        ],
    },
    BuiltIn {
        name: "on_call",
        description: "who is on a call, phone or contact centre",
        rules: &[
            ON_CALL,
            RINGING,
            (
                r#"telephony_status in ["NoCall", "ParkedCall"] || aggregated_telephony_status in ["NoCall", "ParkedCall"]"#,
                "no_call",
            ),
        ],
    },
    BuiltIn {
        name: "in_meeting",
        description: "who is in a RingCentral meeting",
        rules: &[
            IN_MEETING,
            (r#"meeting_status == "Disconnected""#, "no_meeting"),
        ],
    },
    BuiltIn {
        name: "reachable",
        description: "who can be reached at all, by any kind of call",
        rules: &[
            (
                r#"(dnd_status == "DoNotAcceptAnyCalls" || dnd_status_personal == "DoNotAcceptAnyCalls") && accept_call_queue_calls != "true""#,
                "refusing",
            ),
            HIDDEN,
            OFFLINE,
            (r#"presence_status in ["Available", "Busy"]"#, "reachable"),
        ],
    },
];

static POLICIES: LazyLock<Vec<Arc<Policy>>> = LazyLock::new(|| {
    let aggregated = PolicyText {
        name: AGGREGATED.to_owned(),
        description: Some("the platform's own aggregate, as it is".to_owned()),
        rules: vec![RuleText {
            when: "true".to_owned(),
            class_of: Some("presence_status".to_owned()),
            ..RuleText::default()
        }],
    };
    let others = BUILT_IN.iter().map(|policy| PolicyText {
        name: policy.name.to_owned(),
        description: Some(policy.description.to_owned()),
        rules: policy.rules.iter().map(rule).collect(),
    });
    std::iter::once(aggregated)
        .chain(others)
        .map(|text| {
            let (policy, _) = Policy::read(&text).expect("built-in policies are well-formed");
            Arc::new(policy)
        })
        .collect()
});

fn rule(&(when, class): &(&str, &str)) -> RuleText {
    RuleText {
        name: None,
        when: when.to_owned(),
        class: Some(class.to_owned()),
        class_of: None,
    }
}

/// The built-in policies; the default, [`AGGREGATED`], is the first.
pub fn built_in() -> &'static [Arc<Policy>] {
    &POLICIES
}

/// The built-in policy of that name.
pub fn find_built_in(name: &str) -> Option<&'static Arc<Policy>> {
    POLICIES.iter().find(|policy| policy.name() == name)
}
