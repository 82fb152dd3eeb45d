//! What policies say of states, and what is said of policies that are wrong.

use proptest::prelude::*;

use super::*;
use presence_model::facet::STATE_FACET_COUNT;
use presence_model::profile::Profile;
use presence_model::queue::Accepts;
use presence_model::state::State;

/// A state from `facet=value` words.
fn state(words: &str) -> State {
    let mut values = [None; STATE_FACET_COUNT];
    for word in words.split_whitespace() {
        let (name, value) = word.split_once('=').expect("facet=value");
        let facet = Facet::from_name(name).expect("a facet");
        values[facet.state_index().expect("no message")] = Some(value);
    }
    State::new(&values)
}

fn policy_text(rules: &[(&str, &str)]) -> PolicyText {
    PolicyText {
        name: "tried".to_owned(),
        description: None,
        rules: rules
            .iter()
            .map(|(when, class)| RuleText {
                when: (*when).to_owned(),
                class: Some((*class).to_owned()),
                ..RuleText::default()
            })
            .collect(),
    }
}

/// The first finding about an expression, with its place marked below it.
fn told(expression: &str) -> String {
    let findings = match Policy::read(&policy_text(&[(expression, "x")])) {
        Ok((_, findings)) | Err(findings) => findings,
    };
    let lines = findings.iter().map(|finding| {
        let mark = match &finding.place {
            PolicyPosition::Expression(_, range) => {
                let before = expression[..range.start].chars().count();
                let marked = expression[range.clone()].chars().count().max(1);
                format!("{}{}", " ".repeat(before), "^".repeat(marked))
            }
            place => format!("{place:?}"),
        };
        format!(
            "{expression}\n{mark} {}: {}",
            finding.severity.name(),
            finding.sentence
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let wrong = [
        "presense_status == \"Busy\"",
        "presenceStatus == \"Busy\"",
        "user_status == Busy",
        "user_status = \"Busy\"",
        "user_status == \"Busy\" and dnd_status == \"Unknown\"",
        "user_status == \"Busy",
        "user_status ==",
        "(user_status == \"Busy\"",
        "user_status == \"Busy\")",
        "user_status == null",
        "user_status == 3",
        "accept_call_queue_calls == true",
        "accept_call_queue_calls && user_status == \"Busy\"",
        "user_status",
        "user_status in \"Busy\"",
        "user_status in [\"Busy\", 3]",
        "queues == \"Support\"",
        "user_status < \"Busy\"",
        "user_status + \"x\" == \"Busyx\"",
        "message.beginsWith(\"lunch\")",
        "message.startWith(\"lunch\")",
        "message.contains()",
        "has(message)",
        "startsWith(message, \"lunch\")",
        "[1, 2].exists(x, x > 1)",
        "profile.department == \"Sales\"",
        "state[\"user_status\"] == \"Busy\"",
        "{\"a\": 1} == {}",
        "message == \"Größe\" && usr_status == \"x\"",
        "",
        "user_status == \"Buzy\"",
        "user_status in [\"Available\", \"Bussy\"]",
        "type == \"Usr\"",
        "user_status == \"Vacation\"",
        "\"user_status\" == \"Busy\"",
        "user_status == \"Busy\" # always",
        "user_status == 'Busy' ? 'a' : 'b'",
        "user_status == \"Busy\" &&\n  dnd_stats == \"x\"",
        "true || presence == \"x\"",
        "a ? b",
        "on_queue(Support)",
        "on_queue(\"\")",
        "on_queue(\"A\", \"B\")",
        "on_queue(user_status)",
        "onqueue(\"Support\")",
        "\"Support\".on_queue()",
        "on_queue(\"Support\") == \"true\"",
        "message == \"Größe\" $ true",
    ];
    let told: Vec<String> = wrong.into_iter().map(told).collect();
    insta::assert_snapshot!(told.join("\n\n"));
}

#[track_caller]
fn check(policy: &str, state_words: &str, expected: &str) {
    let policy = find_built_in(policy).expect("a built-in policy");
    let state = state(state_words);
    let subject = Subject {
        state: &state,
        message: None,
        profile: None,
    };
    assert_eq!(
        policy.class_of(&subject, &NoQueueKnown),
        Some(Some(expected)),
        "{state_words}"
    );
}

/// The states of the platform's published payloads, and of its documentation.
const AVAILABLE: &str = "presence_status=Available user_status=Available telephony_status=NoCall \
    dnd_status=TakeAllCalls meeting_status=Disconnected allow_see_my_presence=true";
const CALLED: &str = "presence_status=Busy user_status=Available telephony_status=CallConnected \
    dnd_status=TakeAllCalls meeting_status=Disconnected allow_see_my_presence=true";
const HOLDING: &str = "presence_status=Busy user_status=Available telephony_status=OnHold \
    dnd_status=TakeAllCalls allow_see_my_presence=true";
const RUNG: &str = "presence_status=Available user_status=Available telephony_status=Ringing \
    dnd_status=TakeAllCalls allow_see_my_presence=true";
const PARKED: &str = "presence_status=Available user_status=Available telephony_status=ParkedCall \
    dnd_status=TakeAllCalls allow_see_my_presence=true";
const IN_CONTACT_CENTRE: &str = "presence_status=Busy user_status=Available telephony_status=NoCall \
    cx_telephony_status=CallConnected aggregated_telephony_status=CallConnected dnd_status=TakeAllCalls";
const MEETING: &str = "presence_status=Busy user_status=Available telephony_status=NoCall \
    dnd_status=TakeAllCalls meeting_status=Connected";
const NOT_DISTURBED: &str = "presence_status=Busy user_status=Busy telephony_status=NoCall \
    dnd_status=DoNotAcceptAnyCalls meeting_status=Disconnected";
const NO_QUEUE_CALLS: &str = "presence_status=Available user_status=Available telephony_status=NoCall \
    dnd_status=DoNotAcceptDepartmentCalls";
const QUEUE_CALLS_ONLY: &str = "presence_status=Available user_status=Available telephony_status=NoCall \
    dnd_status=TakeDepartmentCallsOnly";
const BUSY_BY_CHOICE: &str =
    "presence_status=Busy user_status=Busy telephony_status=NoCall dnd_status=TakeAllCalls";
const GONE_HOME: &str = "presence_status=Offline user_status=Available telephony_status=NoCall \
    dnd_status=TakeAllCalls allow_see_my_presence=true";
const HIDING: &str = "presence_status=Offline user_status=Available telephony_status=NoCall \
    dnd_status=TakeAllCalls allow_see_my_presence=false";
/// With the newer call handling, both settings are there and each side has its own.
const NEWER_AVAILABLE: &str = "presence_status=Available user_status=Available telephony_status=NoCall \
    dnd_status=TakeAllCalls dnd_status_personal=TakeAllCalls accept_call_queue_calls=true";
const NEWER_NO_QUEUES: &str = "presence_status=Available user_status=Available telephony_status=NoCall \
    dnd_status=TakeAllCalls dnd_status_personal=TakeAllCalls accept_call_queue_calls=false";
const NEWER_QUEUES_ONLY: &str = "presence_status=Busy user_status=Busy telephony_status=NoCall \
    dnd_status=DoNotAcceptAnyCalls dnd_status_personal=DoNotAcceptAnyCalls accept_call_queue_calls=true";
const NEWER_NOT_DISTURBED: &str = "presence_status=Busy user_status=Busy telephony_status=NoCall \
    dnd_status=DoNotAcceptAnyCalls dnd_status_personal=DoNotAcceptAnyCalls accept_call_queue_calls=false";
/// An IVR menu, a department: nothing but an aggregate, always offline.
const NO_PERSON: &str = "presence_status=Offline";
const NEW_WORDS: &str =
    "presence_status=Away user_status=Away telephony_status=Whispering dnd_status=Later";

#[test]
fn the_aggregate_is_the_platforms_word() {
    check("aggregated", AVAILABLE, "Available");
    check("aggregated", NEW_WORDS, "Away");
    let policy = find_built_in(AGGREGATED).expect("the default");
    let nothing = state("");
    let subject = Subject {
        state: &nothing,
        message: None,
        profile: None,
    };
    assert_eq!(
        policy.class_of(&subject, &NoQueueKnown),
        Some(None),
        "absent as in the facet"
    );
}

#[test]
fn who_can_take_a_direct_call() {
    for (state, class) in [
        (AVAILABLE, "can_take"),
        (CALLED, "on_call"),
        (HOLDING, "on_call"),
        (RUNG, "ringing"),
        (PARKED, "can_take"),
        (IN_CONTACT_CENTRE, "on_call"),
        (MEETING, "in_meeting"),
        (NOT_DISTURBED, "refusing"),
        (NO_QUEUE_CALLS, "can_take"),
        (QUEUE_CALLS_ONLY, "refusing"),
        (BUSY_BY_CHOICE, "busy"),
        (GONE_HOME, "offline"),
        (HIDING, "hidden"),
        (NEWER_AVAILABLE, "can_take"),
        (NEWER_NO_QUEUES, "can_take"),
        (NEWER_QUEUES_ONLY, "refusing"),
        (NEWER_NOT_DISTURBED, "refusing"),
        (NO_PERSON, "offline"),
        (NEW_WORDS, "other"),
    ] {
        check("direct_calls", state, class);
    }
    // Either field refuses, whatever the other says.
    check(
        "direct_calls",
        "presence_status=Available dnd_status=TakeAllCalls dnd_status_personal=DoNotAcceptAnyCalls",
        "refusing",
    );
    check("direct_calls", "presence_status=Available", "other");
}

#[test]
fn who_can_take_a_queue_call() {
    for (state, class) in [
        (AVAILABLE, "can_take"),
        (CALLED, "on_call"),
        (RUNG, "ringing"),
        (IN_CONTACT_CENTRE, "on_call"),
        (MEETING, "in_meeting"),
        (NOT_DISTURBED, "refusing"),
        (NO_QUEUE_CALLS, "refusing"),
        (QUEUE_CALLS_ONLY, "can_take"),
        (BUSY_BY_CHOICE, "busy"),
        (GONE_HOME, "offline"),
        (HIDING, "hidden"),
        (NEWER_AVAILABLE, "can_take"),
        (NEWER_NO_QUEUES, "refusing"),
        (NEWER_QUEUES_ONLY, "can_take"),
        (NEWER_NOT_DISTURBED, "refusing"),
        (NEW_WORDS, "other"),
    ] {
        check("queue_calls", state, class);
    }
    // The newer field goes before the older one.
    check(
        "queue_calls",
        "presence_status=Available dnd_status=DoNotAcceptDepartmentCalls accept_call_queue_calls=true",
        "can_take",
    );
}

#[test]
fn who_is_on_a_call_in_a_meeting_or_reachable() {
    for (state, on_call, in_meeting, reachable) in [
        (AVAILABLE, "no_call", "no_meeting", "reachable"),
        (CALLED, "on_call", "no_meeting", "reachable"),
        (RUNG, "ringing", "other", "reachable"),
        (PARKED, "no_call", "other", "reachable"),
        (IN_CONTACT_CENTRE, "on_call", "other", "reachable"),
        (MEETING, "no_call", "in_meeting", "reachable"),
        (NOT_DISTURBED, "no_call", "no_meeting", "refusing"),
        (NO_QUEUE_CALLS, "no_call", "other", "reachable"),
        (NEWER_QUEUES_ONLY, "no_call", "other", "reachable"),
        (NEWER_NOT_DISTURBED, "no_call", "other", "refusing"),
        (GONE_HOME, "no_call", "other", "offline"),
        (HIDING, "no_call", "other", "hidden"),
        (NO_PERSON, "other", "other", "offline"),
        (NEW_WORDS, "other", "other", "other"),
    ] {
        check("on_call", state, on_call);
        check("in_meeting", state, in_meeting);
        check("reachable", state, reachable);
    }
}

#[test]
fn the_document_has_every_rule_of_every_built_in_policy() {
    let document = include_str!("../../../../../docs/policies.md");
    for policy in built_in().iter().chain(built_in_of_queue()) {
        assert!(document.contains(&format!("`{}`", policy.name())));
        for rule in policy.rules() {
            let when = format!("`{}`", rule.when.replace("||", "\\|\\|"));
            assert!(document.contains(&when), "{}: {when}", policy.name());
            let (_, warnings) = check::read(&rule.when).expect("it is well-formed");
            assert_eq!(warnings, [], "{}", rule.when);
        }
    }
}

#[test]
fn a_digest_is_of_the_meaning() {
    let digest = |rules: &[(&str, &str)]| {
        let (policy, _) = Policy::read(&policy_text(rules)).expect("it is well-formed");
        policy.digest().to_string()
    };
    let one = digest(&[("user_status == \"Busy\" && message != ''", "b")]);
    let same = digest(&[("( user_status=='Busy' )\n&& !(message == \"\")", "b")]);
    assert_eq!(one, same);
    assert_eq!(one.len(), 64);
    for other in [
        digest(&[("user_status == \"Busy\" && message != ''", "c")]),
        digest(&[("user_status == \"Busy\" || message != ''", "b")]),
        digest(&[("message != '' && user_status == \"Busy\"", "b")]),
        digest(&[
            ("user_status == \"Busy\" && message != ''", "b"),
            ("true", "b"),
        ]),
    ] {
        assert_ne!(one, other);
    }
}

#[test]
fn rules_that_never_match_are_told() {
    let rules = [
        ("user_status == 'Busy'", "b"),
        ("(user_status == \"Busy\")", "c"),
        ("false", "d"),
        ("true", "e"),
        ("message != ''", "f"),
    ];
    let (_, findings) = Policy::read(&policy_text(&rules)).expect("it is well-formed");
    let places: Vec<PolicyPosition> = findings.into_iter().map(|finding| finding.place).collect();
    assert_eq!(
        places,
        [
            PolicyPosition::Rule(1),
            PolicyPosition::Rule(2),
            PolicyPosition::Rule(4)
        ]
    );
}

#[test]
fn what_takes_long_is_refused() {
    let refused = |text: String| {
        let findings = Policy::read(&policy_text(&[(&text, "x")])).expect_err("it is refused");
        findings[0].sentence.clone()
    };
    let deep = format!("{}true{}", "(".repeat(5_000 / 4), ")".repeat(100));
    assert!(refused(deep).contains("nested more than 24 deep"));
    assert!(refused("!".repeat(200) + "true").contains("nested"));
    assert!(refused("true || ".repeat(1_000) + "true").contains("8004 characters long"));
    let many: Vec<(&str, &str)> = vec![("true", "x"); 101];
    let findings = Policy::read(&policy_text(&many)).expect_err("too many rules");
    assert!(findings[0].sentence.contains("101 rules"));
}

fn texts() -> impl Strategy<Value = Text> {
    prop_oneof![
        (0..Facet::ALL.len()).prop_map(|index| Text::Facet(Facet::ALL[index])),
        (0..Field::ALL.len()).prop_map(|index| Text::Field(Field::ALL[index])),
        words().prop_map(Text::Literal),
    ]
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("Busy".to_owned()),
        Just("User".to_owned()),
        Just(String::new()),
        "[a-c\"\\\\'\\n\\té😀]{0,4}",
    ]
}

fn conditions() -> impl Strategy<Value = Condition> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Condition::Constant),
        (texts(), texts()).prop_map(|(one, other)| Condition::Equal(one, other)),
        (texts(), proptest::collection::vec(words(), 0..3))
            .prop_map(|(text, list)| Condition::OneOf(text, list)),
        texts().prop_map(Condition::InQueues),
        (0..2_usize, "[a-c\"\\\\]{1,3}")
            .prop_map(|(fact, queue)| { Condition::OfQueue(QueueFact::ALL[fact], queue) }),
        (0..3_usize, texts(), texts()).prop_map(|(way, text, part)| Condition::Found(
            Search::ALL[way],
            text,
            part
        )),
    ];
    leaf.prop_recursive(4, 12, 3, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            (boxed.clone(), boxed.clone()).prop_map(|(one, other)| Condition::Same(one, other)),
            boxed.prop_map(Condition::Not),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Condition::All),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Condition::Any),
            [inner.clone(), inner.clone(), inner]
                .prop_map(|parts| Condition::Choice(Box::new(parts))),
        ]
    })
}

/// How an extension stands to queues of any name.
struct SomeQueues;

impl QueueStandings for SomeQueues {
    fn standing(&self, queue: &str) -> QueueStanding {
        match queue.chars().next() {
            Some('a') => QueueStanding::Member(Accepts::SignedIn),
            Some('b') => QueueStanding::Member(Accepts::SignedOut),
            _ => QueueStanding::NoMember,
        }
    }
}

/// The same where some of it is not known.
struct HalfKnown(u8);

impl QueueStandings for HalfKnown {
    fn standing(&self, queue: &str) -> QueueStanding {
        let place = queue.bytes().map(usize::from).sum::<usize>() % 8;
        if self.0 >> place & 1 == 1 {
            return QueueStanding::Unknown;
        }
        SomeQueues.standing(queue)
    }
}

/// What the language's own evaluator says.
fn evaluated_by_the_language(text: &str, subject: &Subject<'_>) -> cel::Value {
    let mut context = cel::Context::default();
    for facet in Facet::ALL {
        context.add_variable_from_value(
            facet.name(),
            subject.facet(facet).unwrap_or_default().to_owned(),
        );
    }
    for field in Field::ALL {
        context.add_variable_from_value(
            field.name(),
            subject.field(field).unwrap_or_default().to_owned(),
        );
    }
    context.add_variable_from_value(QUEUES, subject.queues().to_vec());
    for fact in QueueFact::ALL {
        let standing = move |queue: &str| fact.of(SomeQueues.standing(queue)).expect("it is known");
        let added = context.add_function(fact.name(), move |queue: std::sync::Arc<String>| {
            standing(&queue)
        });
        added.expect("a function of its own");
    }
    let program = cel::Program::compile(text).expect("it is of the language");
    program.execute(&context).expect("it can be evaluated")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Text of a condition -> condition -> text is stable, and means what the language says it means.
    #[test]
    fn conditions_mean_what_the_language_says(
        condition in conditions(),
        values in proptest::collection::vec(words(), STATE_FACET_COUNT),
        message in words(),
        department in words(),
        unknown in any::<u8>(),
        queues in proptest::collection::vec(words(), 0..3),
    ) {
        let text = condition.to_string();
        let Ok((read, _)) = check::read(&text) else {
            prop_assume!(text.chars().count() > LONGEST_EXPRESSION);
            return Ok(());
        };
        let (again, _) = check::read(&read.to_string()).expect("what is written is read");
        prop_assert_eq!(&again, &read);
        let values = std::array::from_fn(|index| Some(values[index].as_str()));
        let state = State::new(&values);
        let profile = Profile {
            department: Some(department),
            queues,
            ..Profile::default()
        };
        let subject = Subject { state: &state, message: Some(&message), profile: Some(&profile) };
        let truth = read.truth(&subject, &SomeQueues);
        prop_assert_eq!(truth, condition.truth(&subject, &SomeQueues));
        let expected = evaluated_by_the_language(&text, &subject);
        prop_assert_eq!(truth.map(cel::Value::Bool), Some(expected));
        // What is left after the subject is asked of queues alone, and means the same.
        let reduced = condition.reduced(&subject);
        prop_assert!(!reduced.uses_profile() && reduced.facets().is_empty());
        prop_assert_eq!(reduced.truth(&subject, &SomeQueues), truth);
        // Knowing less makes nothing untrue.
        let half_known = condition.truth(&subject, &HalfKnown(unknown));
        prop_assert!(half_known.is_none() || half_known == truth);
        prop_assert_eq!(reduced.truth(&subject, &HalfKnown(unknown)), half_known);
    }

    /// Whatever is written is read or refused with a place inside it.
    #[test]
    fn nothing_that_is_written_breaks_it(text in "(\\PC|[ a-z_\"'()\\[\\]&|!=?:.,\\\\\n-]|user_status|\"Busy\"| in | == | && ){0,30}") {
        let findings = match Policy::read(&policy_text(&[(&text, "x")])) {
            Ok((_, findings)) | Err(findings) => findings,
        };
        for finding in findings {
            if let PolicyPosition::Expression(_, range) = finding.place {
                prop_assert!(text.get(range).is_some());
            }
        }
    }
}

/// How an extension stands to every queue.
struct Everywhere(QueueStanding);

impl QueueStandings for Everywhere {
    fn standing(&self, _queue: &str) -> QueueStanding {
        self.0
    }
}

const SIGNED_IN: QueueStanding = QueueStanding::Member(Accepts::SignedIn);
const SIGNED_OUT: QueueStanding = QueueStanding::Member(Accepts::SignedOut);
const NOT_SAID: QueueStanding = QueueStanding::Member(Accepts::NotSaid);

#[test]
fn who_is_ready_for_a_queue() {
    let ready = find_built_in("queue_ready:Support").expect("built in");
    let sign_in = find_built_in("queue_sign_in:Support").expect("built in");
    assert_eq!(ready.queues(), ["Support"]);
    for (words, standing, expected) in [
        (AVAILABLE, SIGNED_IN, Some("ready")),
        (AVAILABLE, SIGNED_OUT, Some("signed_out")),
        (AVAILABLE, QueueStanding::NoMember, Some("no_member")),
        (AVAILABLE, NOT_SAID, None),
        (AVAILABLE, QueueStanding::Unknown, None),
        (NEWER_AVAILABLE, SIGNED_IN, Some("ready")),
        // Certain whatever the sign-in.
        (CALLED, SIGNED_IN, Some("busy")),
        (CALLED, QueueStanding::Unknown, Some("busy")),
        (RUNG, QueueStanding::Unknown, Some("busy")),
        (MEETING, QueueStanding::Unknown, Some("busy")),
        (NOT_DISTURBED, QueueStanding::Unknown, Some("refusing")),
        (NO_QUEUE_CALLS, SIGNED_IN, Some("refusing")),
        (NEWER_NO_QUEUES, QueueStanding::Unknown, Some("refusing")),
        (BUSY_BY_CHOICE, QueueStanding::Unknown, Some("busy")),
        (GONE_HOME, QueueStanding::Unknown, Some("offline")),
        (HIDING, QueueStanding::Unknown, Some("hidden")),
        // Shown as busy, but they take calls of queues.
        (NEWER_QUEUES_ONLY, SIGNED_IN, Some("ready")),
        (NEWER_QUEUES_ONLY, SIGNED_OUT, Some("signed_out")),
        (QUEUE_CALLS_ONLY, SIGNED_IN, Some("ready")),
        (NEW_WORDS, SIGNED_IN, Some("other")),
        (NEW_WORDS, QueueStanding::Unknown, None),
    ] {
        let state = state(words);
        let subject = Subject {
            state: &state,
            message: None,
            profile: None,
        };
        let class = ready.class_of(&subject, &Everywhere(standing)).flatten();
        assert_eq!(class, expected, "{words} {standing:?}");
        let by_decision = match ready.decision(&subject).by(&Everywhere(standing)) {
            Decided::Class(class) => class,
            Decided::Unknown => None,
        };
        assert_eq!(by_decision, expected, "{words} {standing:?}");
        let signed_in = sign_in.class_of(&subject, &Everywhere(standing)).flatten();
        let expected = match standing {
            SIGNED_IN => Some("signed_in"),
            SIGNED_OUT => Some("signed_out"),
            QueueStanding::NoMember => Some("no_member"),
            _ => None,
        };
        assert_eq!(signed_in, expected, "{standing:?}");
    }
}

#[test]
fn a_policy_about_a_queue_takes_any_name() {
    for name in ["Support", "2nd \"line\" \\ hall: A", "Größe", "QUEUE"] {
        let policy = find_built_in(&format!("queue_ready:{name}")).expect("built in");
        assert_eq!(policy.queues(), [name]);
        assert_eq!(policy.name(), format!("queue_ready:{name}"));
    }
    for wrong in [
        "queue_ready",
        "queue_ready:",
        "queue_ready: ",
        "queue_ready:a\nb",
        "ready:Support",
    ] {
        assert_eq!(find_built_in(wrong), None, "{wrong:?}");
    }
    assert!(lacks_queue("queue_ready") && lacks_queue("queue_sign_in:") && !lacks_queue("on_call"));
}

#[test]
fn a_policy_asks_a_few_queues() {
    let asked = |count: usize| {
        let rules: Vec<String> = (0..count)
            .map(|queue| format!("on_queue(\"{queue}\")"))
            .collect();
        let rules: Vec<(&str, &str)> = rules.iter().map(|when| (when.as_str(), "in")).collect();
        Policy::read(&policy_text(&rules)).map(|(policy, _)| policy.queues().len())
    };
    assert_eq!(asked(MOST_QUEUES), Ok(MOST_QUEUES));
    let findings = asked(MOST_QUEUES + 1).expect_err("one too many");
    assert_eq!(
        findings[0].sentence,
        "the rules ask 9 call queues; a policy can ask 8"
    );
}
