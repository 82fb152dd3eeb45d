//! The policies that are always there. `docs/policies.md` says what each is for, rule by rule, and why.

use std::sync::{Arc, LazyLock};

use super::{Policy, PolicyText, RuleText, Text};

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

const REFUSING_QUEUE_CALLS: &str = r#"accept_call_queue_calls == "false" || (accept_call_queue_calls == "" && dnd_status in ["DoNotAcceptAnyCalls", "DoNotAcceptDepartmentCalls"])"#;

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
            (REFUSING_QUEUE_CALLS, "refusing"),
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

/// What stands for the name of the queue in the policies about one.
pub const QUEUE_PLACEHOLDER: &str = "QUEUE";

/// Policies about one call queue, whose name follows theirs: `queue_ready:Support`.
///
/// What is certain whatever the sign-in comes first: a person who refuses the calls of queues is not ready for this one.
const OF_QUEUE: [BuiltIn; 2] = [
    BuiltIn {
        name: "queue_ready",
        description: "who is ready for the next call of a queue: signed in, and free",
        rules: &[
            (REFUSING_QUEUE_CALLS, "refusing"),
            (ON_CALL.0, "busy"),
            (RINGING.0, "busy"),
            (IN_MEETING.0, "busy"),
            HIDDEN,
            OFFLINE,
            (
                r#"(presence_status == "Busy" || user_status == "Busy") && dnd_status != "TakeDepartmentCallsOnly" && !(accept_call_queue_calls == "true" && dnd_status_personal == "DoNotAcceptAnyCalls")"#,
                "busy",
            ),
            (r#"!queue_member("QUEUE")"#, "no_member"),
            (r#"!on_queue("QUEUE")"#, "signed_out"),
            (
                r#"dnd_status == "TakeDepartmentCallsOnly" || (accept_call_queue_calls == "true" && dnd_status_personal == "DoNotAcceptAnyCalls")"#,
                "ready",
            ),
            (
                r#"presence_status == "Available" && (accept_call_queue_calls == "true" || dnd_status == "TakeAllCalls")"#,
                "ready",
            ),
        ],
    },
    BuiltIn {
        name: "queue_sign_in",
        description: "who is signed in to a queue, whatever else they do",
        rules: &[
            (r#"!queue_member("QUEUE")"#, "no_member"),
            (r#"on_queue("QUEUE")"#, "signed_in"),
            ("true", "signed_out"),
        ],
    },
];

/// The policies about one queue, with [`QUEUE_PLACEHOLDER`] for its name.
static OF_A_QUEUE: LazyLock<Vec<Arc<Policy>>> = LazyLock::new(|| {
    let policies = OF_QUEUE.iter();
    policies
        .map(|policy| Arc::new(policy.about(QUEUE_PLACEHOLDER)))
        .collect()
});

impl BuiltIn {
    /// The same about a queue.
    fn about(&self, queue: &str) -> Policy {
        let placeholder = Text::Literal(QUEUE_PLACEHOLDER.to_owned()).to_string();
        let name = Text::Literal(queue.to_owned()).to_string();
        let rules = self.rules.iter().map(|&(when, class)| {
            let when = when.replace(&placeholder, &name);
            rule(&(&when, class))
        });
        let text = PolicyText {
            name: self.name.to_owned(),
            description: Some(self.description.to_owned()),
            rules: rules.collect(),
        };
        let (policy, _) = Policy::read(&text).expect("built-in policies are well-formed");
        Policy {
            name: format!("{}:{queue}", self.name),
            ..policy
        }
    }
}

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

/// The built-in policies about one call queue, with [`QUEUE_PLACEHOLDER`] for its name.
pub fn built_in_of_queue() -> &'static [Arc<Policy>] {
    &OF_A_QUEUE
}

/// The built-in policy of that name; of those about a queue, with its name after a colon.
pub fn find_built_in(name: &str) -> Option<Arc<Policy>> {
    if let Some(policy) = POLICIES.iter().find(|policy| policy.name() == name) {
        return Some(Arc::clone(policy));
    }
    let (name, queue) = name.split_once(':')?;
    let policy = OF_QUEUE.iter().find(|policy| policy.name == name)?;
    is_queue_name(queue).then(|| Arc::new(policy.about(queue)))
}

/// Whether a name is that of a built-in policy about a queue, without the queue.
pub fn lacks_queue(name: &str) -> bool {
    let name = name.split_once(':').map_or(name, |(name, _)| name);
    OF_QUEUE.iter().any(|policy| policy.name == name)
}

/// Whether a text can be the name of a queue, in an expression of the length that is read.
fn is_queue_name(name: &str) -> bool {
    !name.trim().is_empty()
        && name.chars().count() <= LONGEST_QUEUE_NAME
        && !name.chars().any(char::is_control)
}

/// So many characters the name of a queue may have after that of a policy.
const LONGEST_QUEUE_NAME: usize = 200;
