//! Faults on demand: everything that a client must bear, at the moment a test wants it.
//!
//! A [`FaultRule`] says what goes wrong, where and when; [`Faults`] holds the rules in force and can
//! be changed while the platform runs. Which rules fire follows from the rules, the requests and the
//! seed alone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use serde::Deserialize;
use serde_json::{Value, json};

use super::rng::{Purpose, rng};
use super::route::PathKind;

/// Something that goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// 500 with CMN-203.
    InternalError,
    /// 502 with the HTML page of a proxy.
    BadGateway,
    /// 503 with CMN-201 and, if given, `Retry-After` in seconds.
    Unavailable(Option<i64>),
    /// 503 with CMN-211, "high availability mode".
    HighAvailability,
    /// 503 with `MaintenanceMode`.
    Maintenance,
    /// 429 with CMN-310 and `Retry-After` in seconds, without any rate header.
    GlobalRateLimit(i64),
    /// 200 with an HTML page.
    HtmlPage,
    /// 200 with the right body cut in half.
    TruncatedBody,
    /// 200 with a body that looks like JSON and is not.
    InvalidJson,
    /// 302 to this address.
    Redirect(String),
    /// The right answer, this many milliseconds late on the platform's clock.
    Stall(i64),
    /// Headers and half of the body, then nothing for ever.
    Hang,
    /// The connection is closed without an answer.
    Reset,
    /// 200 with a body that never ends.
    EndlessBody,
    /// A list says from the second page on that it has one record less.
    ShrinkingTotal,
    /// A page begins one record early: the last of the page before comes twice, as if someone had
    /// been added before it between the two requests.
    RepeatedRecord,
    /// A page lacks its last record, though its paging counts it.
    ShortPage,
    /// Lists and totals are made as if this extension did not exist.
    MissingExtension(i64),
    /// This field (the platform's name) of every presence record has this value.
    UnknownValue(String, String),
    /// Records have a field that no one has heard of.
    UnknownField,
    /// Ids that are numbers come as text.
    IdsAsText,
    /// The access token is revoked before its time: 401.
    TokenRevoked,
    /// 403 CMN-401: the application lacks the resource's permission.
    ApplicationLacksPermission,
    /// 403 CMN-408: the user lacks the resource's permission.
    UserLacksPermission,
    /// The `Date` header is off by this many milliseconds.
    ClockSkew(i64),
    /// 408 without a body.
    RequestTimeout,
    /// 504 with the HTML page of a proxy.
    GatewayTimeout,
    /// 400 with CMN-101.
    BadRequest,
    /// 404 with the HTML page of a proxy.
    NotFoundPage,
    /// 429 with CMN-301, the group's headers and `Retry-After` in seconds.
    GroupRateLimit(i64),
    /// 200 with nothing.
    EmptyBody,
    /// 200 that says it is gzip and is not.
    BadGzip,
    /// 200 with an empty list.
    EmptyList,
    /// The request is carried out, and the connection closed before the answer.
    LostReply,
    /// Every record comes twice on its page.
    DoubledRecords,
    /// Each page is the first one again, though it says which was asked for.
    FirstPageAgain,
    /// The list says that it has this many records more than it has.
    WrongTotal(i64),
    /// So many percent of all extensions, every so-manieth, are missing from lists; single ones can be asked for.
    MissingShare(u8),
    /// This extension is missing from lists, and asking for it is refused with 403 CMN-408.
    Forbidden(i64),
    /// This queue is missing from the list of queues, and asking for its members or its presence gives 404.
    VanishedQueue(i64),
    /// Presence records have the extension and `presenceStatus` alone; those of queues have the member, or the queue.
    FieldsMissing,
    /// Every text of presence records is `null`; in those of queues every switch.
    NullFields,
    /// The first record of a list has a number where a text should be.
    WrongType,
    /// Answers have no rate headers.
    NoRateHeaders,
    /// The rate headers name a group that no one has heard of.
    UnknownRateGroup,
}

/// Every fault as it can be written, and what it does.
pub const CATALOGUE: [(&str, &str); 45] = [
    ("internal_error", "500 with CMN-203"),
    ("bad_gateway", "502 with the web page of a proxy"),
    ("gateway_timeout", "504 with the web page of a proxy"),
    ("request_timeout", "408 without a body"),
    (
        "unavailable=30",
        "503 with CMN-201 and Retry-After; null: without it",
    ),
    ("high_availability", "503 with CMN-211"),
    ("maintenance", "503 with MaintenanceMode"),
    (
        "global_rate_limit=30",
        "429 with CMN-310 and Retry-After, without rate headers",
    ),
    (
        "group_rate_limit=30",
        "429 with CMN-301, rate headers and Retry-After",
    ),
    ("no_rate_headers", "answers without rate headers"),
    (
        "unknown_rate_group",
        "rate headers of an undocumented group",
    ),
    ("bad_request", "400 with CMN-101"),
    ("not_found_page", "404 with the web page of a proxy"),
    (
        "redirect=\"http://elsewhere.invalid/\"",
        "302 to another host",
    ),
    ("html_page", "200 with a web page"),
    ("empty_body", "200 with nothing"),
    ("truncated_body", "200 with half of the body"),
    ("invalid_json", "200 with a body that is almost JSON"),
    ("bad_gzip", "200 that says it is gzip and is not"),
    ("endless_body", "a body that never ends"),
    ("hang", "half of a body, then silence"),
    (
        "stall=2000",
        "the right answer, the given number of milliseconds late",
    ),
    ("reset", "the connection closed without an answer"),
    (
        "lost_reply",
        "the request carried out, and the connection closed before the answer",
    ),
    ("empty_list", "an empty list"),
    (
        "shrinking_total",
        "one record fewer from the second page on",
    ),
    ("wrong_total=3", "a total greater than the list"),
    ("short_page", "a page lacks its last record but counts it"),
    (
        "repeated_record",
        "a page begins with the last record of the one before",
    ),
    ("doubled_records", "every record comes twice"),
    ("first_page_again", "each page is the first one"),
    ("missing_extension=1", "one extension is missing from lists"),
    (
        "missing_share=30",
        "the given percentage of all extensions is missing from lists",
    ),
    (
        "forbidden=1",
        "one extension is missing from lists, and 403 when it is asked for",
    ),
    (
        "vanished_queue=1",
        "one queue is missing from the list of queues, and 404 when its members or its presence are asked for",
    ),
    (
        "unknown_value=[\"presenceStatus\",\"Elsewhere\"]",
        "an undocumented value",
    ),
    ("unknown_field", "an undocumented field"),
    (
        "fields_missing",
        "presence records with presenceStatus alone",
    ),
    (
        "null_fields",
        "null instead of every text of a presence record",
    ),
    (
        "wrong_type",
        "a number instead of a text in the first record",
    ),
    ("ids_as_text", "ids as text"),
    ("token_revoked", "401: the session has ended"),
    ("application_lacks_permission", "403 with CMN-401"),
    ("user_lacks_permission", "403 with CMN-408"),
    (
        "clock_skew=400000",
        "the Date header is off by the given number of milliseconds",
    ),
];

/// When a rule is in force.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// For every request.
    Always,
    /// For this many of the requests that match.
    Requests(u32),
    /// For each request with this probability, from 0 to 1.
    Chance(f64),
    /// In this half-open stretch of world time (UTC, milliseconds since the epoch).
    Between(i64, i64),
    /// For this many sweeps; a sweep begins with a request for page 1 and has all that follow.
    Sweeps(u32),
}

/// What goes wrong, where and when.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct FaultRule {
    /// What goes wrong.
    pub fault: Fault,
    /// The only kind of address that is hit; `None` hits all.
    #[serde(default)]
    pub on: Option<PathKind>,
    /// The only page of a list that is hit; `None` hits all.
    #[serde(default)]
    pub page: Option<usize>,
    /// The only extension or queue whose address is hit; `None` hits all.
    #[serde(default)]
    pub id: Option<i64>,
    /// When it is in force.
    #[serde(default = "always")]
    pub when: When,
}

fn always() -> When {
    When::Always
}

impl std::str::FromStr for FaultRule {
    type Err = String;

    /// Reads `NAME[=VALUE][@WHEN]`: a fault as [`CATALOGUE`] writes it, and `on=KIND`, `page=N`, `id=N`,
    /// `requests=N`, `sweeps=N`, `chance=0.1`, `between=[FROM_MS,UNTIL_MS]`, separated by `;`. Without `on`, lists of presence are hit.
    fn from_str(text: &str) -> Result<Self, String> {
        let json = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|_| json!(text));
        let (fault, when) = text.split_once('@').unwrap_or((text, ""));
        let fault = match fault.split_once('=') {
            Some((name, value)) => json!({ name: json(value) }),
            None => json!(fault),
        };
        let mut rule = json!({"fault": fault, "on": "presence_list"});
        for part in when.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            match name {
                "on" if value == "all" => rule["on"] = Value::Null,
                "on" | "page" | "id" => rule[name] = json(value),
                _ => rule["when"] = json!({ name: json(value) }),
            }
        }
        serde_json::from_value(rule).map_err(|error| {
            format!(
                "{error}; write NAME[=VALUE][@WHEN], such as maintenance@sweeps=3 or stall=2000@chance=0.1;page=2 \
                 (docs/faults.md lists them)"
            )
        })
    }
}

impl FaultRule {
    /// A rule that hits every request.
    pub fn new(fault: Fault) -> Self {
        Self {
            fault,
            on: None,
            page: None,
            id: None,
            when: When::Always,
        }
    }

    /// Aims it at one kind of address.
    pub fn on(self, kind: PathKind) -> Self {
        Self {
            on: Some(kind),
            ..self
        }
    }

    /// Aims it at one page of lists, counted from 1.
    pub fn page(self, page: usize) -> Self {
        Self {
            page: Some(page),
            ..self
        }
    }

    /// Aims it at the addresses of one extension or queue.
    pub fn id(self, id: i64) -> Self {
        Self {
            id: Some(id),
            ..self
        }
    }

    /// Sets when it is in force.
    pub fn when(self, when: When) -> Self {
        Self { when, ..self }
    }
}

/// What a rule is asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occasion {
    /// The kind of address.
    pub(super) kind: PathKind,
    /// The page asked for; 1 where none was.
    pub(super) page: usize,
    /// The one extension or queue that the address names by its number.
    pub(super) id: Option<i64>,
    /// World time.
    pub(super) world_ms: i64,
}

/// The rules in force; clones share them.
#[derive(Clone, Debug)]
pub struct Faults {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    rules: Vec<(FaultRule, bool)>,
    rng: ChaCha8Rng,
    fired: u64,
}

impl Faults {
    /// Begins with some rules; the seed decides about chances.
    pub fn new(seed: u64, rules: Vec<FaultRule>) -> Self {
        let rules = rules.into_iter().map(|rule| (rule, false)).collect();
        let inner = Inner {
            rules,
            rng: rng(seed, Purpose::Faults, 0, 0),
            fired: 0,
        };
        Self {
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    /// Puts a further rule in force.
    pub fn add(&self, rule: FaultRule) {
        self.lock().rules.push((rule, false));
    }

    /// Ends all rules.
    pub fn clear(&self) {
        self.lock().rules.clear();
    }

    /// Counts how often a rule has fired so far.
    pub fn fired(&self) -> u64 {
        self.lock().fired
    }

    /// Decides what goes wrong with a request; counts down the rules that have a number.
    pub(super) fn draw(&self, occasion: Occasion) -> Vec<Fault> {
        let mut inner = self.lock();
        let Inner { rules, rng, fired } = &mut *inner;
        let hits: Vec<Fault> = rules
            .iter_mut()
            .filter_map(|(rule, begun)| {
                fires(rule, begun, occasion, rng).then(|| rule.fault.clone())
            })
            .collect();
        *fired += hits.len() as u64;
        rules.retain(|(rule, _)| !matches!(rule.when, When::Requests(0) | When::Sweeps(0)));
        hits
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fires(rule: &mut FaultRule, begun: &mut bool, occasion: Occasion, rng: &mut ChaCha8Rng) -> bool {
    if rule.on.is_some_and(|kind| kind != occasion.kind)
        || rule.id.is_some() && rule.id != occasion.id
    {
        return false;
    }
    if let When::Sweeps(left) = &mut rule.when {
        if occasion.page == 1 {
            *left = left.saturating_sub(u32::from(*begun));
            *begun = true;
        }
        if *left == 0 || !*begun {
            return false;
        }
    }
    if rule.page.is_some_and(|page| page != occasion.page) {
        return false;
    }
    match &mut rule.when {
        When::Always | When::Sweeps(_) => true,
        When::Requests(left) => {
            let fires = *left > 0;
            *left = left.saturating_sub(1);
            fires
        }
        When::Chance(odds) => *odds > 0.0 && rng.random_bool(odds.min(1.0)),
        When::Between(from_ms, until_ms) => (*from_ms..*until_ms).contains(&occasion.world_ms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn occasion(kind: PathKind, page: usize) -> Occasion {
        Occasion {
            kind,
            page,
            id: Some(7),
            world_ms: 1_000,
        }
    }

    #[track_caller]
    fn check(rule: FaultRule, asked: &[(PathKind, usize)], expected: &str) {
        let faults = Faults::new(1, vec![rule]);
        let fired: String = asked
            .iter()
            .map(|(kind, page)| {
                if faults.draw(occasion(*kind, *page)).is_empty() {
                    '.'
                } else {
                    'x'
                }
            })
            .collect();
        assert_eq!(fired, expected);
    }

    #[test]
    fn rules_hit_where_and_when_they_say() {
        use PathKind::{ExtensionList as Other, PresenceList as List};
        let rule = FaultRule::new(Fault::Maintenance).on(List);
        let asked = [
            (List, 1),
            (Other, 1),
            (List, 2),
            (List, 1),
            (List, 2),
            (List, 1),
        ];
        check(rule.clone(), &asked, "x.xxxx");
        check(rule.clone().page(2), &asked, "..x.x.");
        check(rule.clone().when(When::Requests(2)), &asked, "x.x...");
        check(
            rule.clone().page(2).when(When::Requests(1)),
            &asked,
            "..x...",
        );
        check(rule.clone().when(When::Sweeps(1)), &asked, "x.x...");
        check(rule.clone().page(2).when(When::Sweeps(2)), &asked, "..x.x.");
        check(rule.clone().when(When::Between(0, 1_000)), &asked, "......");
        check(
            rule.clone().when(When::Between(1_000, 1_001)),
            &asked,
            "x.xxxx",
        );
        check(rule.clone().when(When::Chance(0.0)), &asked, "......");
        check(rule.clone().when(When::Chance(1.0)), &asked, "x.xxxx");
        check(rule.clone().id(7), &asked, "x.xxxx");
        check(rule.id(8), &asked, "......");
    }

    #[test]
    fn every_fault_can_be_written() {
        let mut kinds = std::collections::HashSet::new();
        for (text, _) in CATALOGUE {
            let rule: FaultRule = text.parse().expect(text);
            assert!(kinds.insert(std::mem::discriminant(&rule.fault)), "{text}");
            assert_eq!(rule.on, Some(PathKind::PresenceList));
        }
        let rule: FaultRule = "stall=5@on=presence;page=2;chance=0.5"
            .parse()
            .expect("good");
        let expected = FaultRule::new(Fault::Stall(5))
            .on(PathKind::Presence)
            .page(2)
            .when(When::Chance(0.5));
        assert_eq!(rule, expected);
        let one_queue: FaultRule = "internal_error@on=queue_presence;id=41004"
            .parse()
            .expect("good");
        let expected = FaultRule::new(Fault::InternalError)
            .on(PathKind::QueuePresence)
            .id(41_004);
        assert_eq!(one_queue, expected);
        let everywhere: FaultRule = "reset@on=all;requests=2".parse().expect("good");
        let expected = FaultRule::new(Fault::Reset).when(When::Requests(2));
        assert_eq!(everywhere, expected);
        for bad in [
            "",
            "no_such_fault",
            "stall",
            "reset@never",
            "reset@requests=x",
        ] {
            let error = bad.parse::<FaultRule>().expect_err(bad);
            assert!(error.contains("docs/faults.md"), "{error}");
        }
    }

    #[test]
    fn rules_can_be_written_in_a_configuration() {
        let text =
            r#"{"fault":{"unavailable":30},"on":"presence_list","page":2,"when":{"requests":1}}"#;
        let rule: FaultRule = serde_json::from_str(text).expect("well-formed");
        let expected = FaultRule::new(Fault::Unavailable(Some(30)))
            .on(PathKind::PresenceList)
            .page(2)
            .when(When::Requests(1));
        assert_eq!(rule, expected);
    }
}
