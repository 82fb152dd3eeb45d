//! What answers look like, for the description of the API. A test holds every answer against it.

use presence_core::model::renamed::{JSON_KEYS, RenamedKey};
use serde_json::{Map, Value, json};

/// A reference to a schema of [`all`].
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The schema of the answer to a question.
pub fn of(question: &str) -> Value {
    let list = |name: &str| json!({ "type": "array", "items": reference(name) });
    match question {
        "now" | "at" => list("State"),
        "changes" => list("Change"),
        "people" => list("Person"),
        "policies" => list("Policy"),
        "access-log" => list("Access"),
        "timeline" => reference("Timeline"),
        // Compared with what was known before, it tells what differs.
        "report" => json!({ "anyOf": [reference("Report"), reference("Restatement")] }),
        "staffing" => reference("Staffing"),
        "heatmap" => reference("Heatmap"),
        "coverage" => reference("Coverage"),
        "episodes" => reference("Episodes"),
        "explain" => reference("Explanation"),
        "route" => reference("Route"),
        "meet" => reference("Meet"),
        _ => json!({}),
    }
}

/// A kind of value.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    OptText,
    Time,
    OptTime,
    Id,
    Count,
    OptCount,
    Number,
    Flag,
    Texts,
    OptTexts,
    /// An object with keys that depend on the data.
    Map,
    OptMap,
    /// A list of such objects.
    Maps,
    List(&'static str),
    OptList(&'static str),
    One(&'static str),
    Word(&'static [&'static str]),
}

use Kind::{
    Count, Flag, Id, List, Map as Keyed, Maps, Number, One, OptCount, OptList, OptMap, OptText,
    OptTexts, OptTime, Text, Texts, Time, Word,
};

impl Kind {
    fn schema(self) -> Value {
        match self {
            Text => json!({ "type": "string" }),
            OptText => json!({ "type": ["string", "null"] }),
            Time => json!({ "type": "string", "format": "date-time" }),
            OptTime => json!({ "type": ["string", "null"], "format": "date-time" }),
            Id => json!({ "type": "string", "pattern": "^-?[0-9]+$" }),
            Count => json!({ "type": "integer" }),
            OptCount => json!({ "type": ["integer", "null"] }),
            Number => json!({ "type": ["number", "null"] }),
            Flag => json!({ "type": "boolean" }),
            Texts => json!({ "type": "array", "items": { "type": "string" } }),
            OptTexts => json!({ "type": ["array", "null"], "items": { "type": "string" } }),
            Keyed => json!({ "type": "object" }),
            OptMap => json!({ "type": ["object", "null"] }),
            Maps => json!({ "type": "array", "items": { "type": "object" } }),
            OptList(name) => json!({ "type": ["array", "null"], "items": reference(name) }),
            List(name) => json!({ "type": "array", "items": reference(name) }),
            One(name) => reference(name),
            Word(words) => json!({ "type": "string", "enum": words }),
        }
    }
}

/// A shape: what is always there, and what may be.
type Shape = (
    &'static str,
    &'static [(&'static str, Kind)],
    &'static [(&'static str, Kind)],
);

const STATUS: Kind = Word(&["known", "unknown", "absent"]);

const SHAPES: &[Shape] = &[
    (
        "Problem",
        &[
            ("type", Text),
            ("title", Text),
            ("status", Count),
            ("code", Text),
            ("detail", Text),
        ],
        &[("parameter", Text)],
    ),
    (
        "Me",
        &[
            ("name", Text),
            ("scopes", Texts),
            ("account_id", OptText),
            ("expires_at", OptTime),
        ],
        &[],
    ),
    (
        "Imported",
        &[
            ("line_count", Count),
            ("stored_count", Count),
            ("skipped_count", Count),
            ("event_count", Count),
        ],
        &[],
    ),
    (
        "State",
        &[
            ("extension_id", Id),
            ("extension_number", OptText),
            ("name", OptText),
            ("status", STATUS),
            ("presumed", Flag),
            ("since", OptTime),
            ("since_earliest", OptTime),
            ("last_observed_at", OptTime),
        ],
        &[("state", OptMap)],
    ),
    (
        "Change",
        &[
            ("account_id", Id),
            ("position", Count),
            ("snapshot_no", Count),
            ("extension_id", Id),
            ("extension_number", OptText),
            ("name", OptText),
            ("version", Count),
            (
                "kind",
                Word(&["appeared", "changed", "disappeared", "profile_changed"]),
            ),
            ("observed_at", Time),
            ("not_before", OptTime),
            ("source", Word(&["poll", "push", "import"])),
            ("changes", Keyed),
            ("state", OptMap),
        ],
        &[],
    ),
    (
        "Person",
        &[
            ("extension_id", Id),
            ("extension_number", OptText),
            ("name", OptText),
            ("type", OptText),
            ("status", OptText),
            ("department", OptText),
            ("site", OptText),
            ("time_zone", OptText),
            ("queues", Texts),
            ("was_observed", Flag),
        ],
        &[("zone_assumed", Flag)],
    ),
    (
        "Policy",
        &[
            ("policy", Text),
            ("policy_digest", OptText),
            ("built_in", Flag),
            ("rules", List("Rule")),
        ],
        &[("description", OptText)],
    ),
    (
        "Rule",
        &[("number", Count), ("when", Text)],
        &[("name", OptText), ("class", OptText), ("class_of", OptText)],
    ),
    (
        "Access",
        &[
            ("entry_id", Count),
            ("who", Text),
            ("token_id", OptCount),
            ("question", Text),
            ("from", OptTime),
            ("to", OptTime),
            ("about", Word(&["everybody", "some"])),
            ("extension_ids", OptTexts),
            ("first_at", Time),
            ("last_at", Time),
            ("request_count", Count),
        ],
        &[],
    ),
    (
        "Timeline",
        &[
            ("from", Time),
            ("to", Time),
            ("extensions", List("TimelineExtension")),
        ],
        &[
            ("so_far", Flag),
            ("not_yet_ms", Count),
            ("facet", Text),
            ("policy", Text),
            ("policy_digest", Text),
        ],
    ),
    (
        "TimelineExtension",
        &[
            ("extension_id", Id),
            ("extension_number", OptText),
            ("name", OptText),
            ("intervals", List("Interval")),
        ],
        &[],
    ),
    (
        "Interval",
        &[
            ("from", Time),
            ("to", Time),
            ("status", STATUS),
            ("earliest_from", OptTime),
            ("presumed", Flag),
        ],
        &[("value", OptText)],
    ),
    (
        "Report",
        &[
            ("from", Time),
            ("to", Time),
            ("zone", OptText),
            ("hours", OptText),
            ("by", Texts),
            ("rows", List("ReportRow")),
            ("as_of", One("AsOf")),
        ],
        &[
            ("so_far", Flag),
            ("not_yet_ms", Count),
            ("facet", Text),
            ("policy", Text),
            ("policy_digest", Text),
            ("compare_to", One("Period")),
        ],
    ),
    (
        "Period",
        &[("from", Time), ("to", Time)],
        &[("requested_to", Time)],
    ),
    (
        "ReportRow",
        &[
            ("scheduled_ms", OptCount),
            ("unknown_ms", OptCount),
            ("absent_ms", OptCount),
            ("values", OptMap),
            ("transitions", OptCount),
            ("first", OptMap),
            ("last", OptMap),
        ],
        &[
            ("extension_id", OptText),
            ("extension_number", OptText),
            ("name", OptText),
            ("department", OptText),
            ("site", OptText),
            ("queue", OptText),
            ("suppressed", Word(&["evidence", "group"])),
        ],
    ),
    (
        "Restatement",
        &[
            ("from", Time),
            ("to", Time),
            ("zone", OptText),
            ("hours", OptText),
            ("by", Texts),
            ("rows", List("RestatedRow")),
            ("unchanged_count", Count),
            ("recorded_between", List("RecordedBetween")),
            ("before", One("AsOf")),
            ("after", One("AsOf")),
        ],
        &[
            ("so_far", Flag),
            ("not_yet_ms", Count),
            ("facet", Text),
            ("policy", Text),
            ("policy_digest", Text),
        ],
    ),
    (
        "RestatedRow",
        &[(
            "change",
            Word(&["changed", "added", "removed", "suppressed"]),
        )],
        &[
            ("reasons", Texts),
            ("scheduled_ms", One("BeforeAfter")),
            ("unknown_ms", One("BeforeAfter")),
            ("absent_ms", One("BeforeAfter")),
            ("values", Keyed),
            ("extension_id", OptText),
            ("extension_number", OptText),
            ("name", OptText),
            ("department", OptText),
            ("site", OptText),
            ("queue", OptText),
        ],
    ),
    ("BeforeAfter", &[("before", Count), ("after", Count)], &[]),
    (
        "RecordedBetween",
        &[
            ("source", Word(&["poll", "push", "import"])),
            (
                "status",
                Word(&["complete", "partial", "failed", "skipped"]),
            ),
            ("snapshot_count", Count),
            ("event_count", Count),
            ("observed_from", Time),
            ("observed_to", Time),
            ("recorded_from", Time),
            ("recorded_to", Time),
        ],
        &[],
    ),
    (
        "AsOf",
        &[
            ("position", Count),
            ("snapshot_no", Count),
            ("observed_until", OptTime),
        ],
        &[("now", Time)],
    ),
    (
        "Staffing",
        &[
            ("value", Text),
            ("from", Time),
            ("to", Time),
            ("step_ms", Count),
            ("points", List("Point")),
            ("shortfalls", OptList("Shortfall")),
        ],
        &[
            ("judged_until", OptTime),
            ("so_far", Flag),
            ("not_yet_ms", Count),
        ],
    ),
    (
        "Shortfall",
        &[
            ("from", Time),
            ("to", Time),
            ("kind", Word(&["certain", "possible", "unknown"])),
            ("required", Count),
            ("guaranteed", Count),
            ("known", Count),
            ("possible", Count),
        ],
        &[("step_days", Count), ("step_zone", Text)],
    ),
    (
        "Point",
        &[
            ("from", Time),
            ("to", Time),
            ("min", OptCount),
            ("max", OptCount),
            ("avg", Number),
            ("unknown_max", OptCount),
        ],
        &[],
    ),
    (
        "Heatmap",
        &[
            ("value", Text),
            ("from", Time),
            ("to", Time),
            ("cells", List("Cell")),
        ],
        &[("so_far", Flag), ("not_yet_ms", Count)],
    ),
    ("Cell", &[("scheduled_ms", OptCount)], &[]),
    (
        "Coverage",
        &[
            ("from", Time),
            ("to", Time),
            ("observed_ms", Count),
            ("gap_ms", Count),
            ("segments", List("Stretch")),
            ("gaps", List("Gap")),
        ],
        &[("so_far", Flag), ("not_yet_ms", Count)],
    ),
    ("Stretch", &[("from", Time), ("to", Time)], &[]),
    (
        "Episodes",
        &[
            ("value", Text),
            ("from", Time),
            ("to", Time),
            ("at_least_ms", OptCount),
            ("count", Count),
            ("beyond_limit", Count),
            ("episodes", List("Episode")),
            ("as_of", One("AsOf")),
        ],
        &[
            ("so_far", Flag),
            ("not_yet_ms", Count),
            ("facet", Text),
            ("policy", Text),
            ("policy_digest", Text),
        ],
    ),
    (
        "Episode",
        &[
            ("extension_id", Id),
            ("extension_number", OptText),
            ("name", OptText),
            ("from", Time),
            ("to", Time),
            ("earliest_from", OptTime),
            ("earliest_to", Time),
            ("ms", Count),
            ("min_ms", Count),
            ("max_ms", OptCount),
            ("begins", Word(&["change", "gap", "window"])),
            ("ends", Word(&["change", "gap", "window", "now"])),
        ],
        &[],
    ),
    (
        "Gap",
        &[
            ("from", Time),
            ("to", Time),
            ("cause", Text),
            ("causes", List("GapCause")),
        ],
        &[],
    ),
    (
        "GapCause",
        &[
            ("cause", Text),
            ("ms", Count),
            ("sweeps", Count),
            ("detail", OptText),
        ],
        &[],
    ),
    (
        "Explanation",
        &[
            ("extension_id", Id),
            ("extension_number", OptText),
            ("name", OptText),
            ("at", Time),
            ("status", STATUS),
            ("presumed", Flag),
            ("since", Time),
            ("since_earliest", OptTime),
            ("rule", Text),
            ("apart_ms", OptCount),
            ("valid_for_ms", OptCount),
            ("ambiguity", OptMap),
            ("because", Texts),
            ("snapshots", Maps),
            ("snapshots_omitted", Count),
            ("events", List("Change")),
            ("as_of", One("AsOf")),
        ],
        &[
            ("value", OptText),
            ("facet", Text),
            ("policy", Text),
            ("policy_digest", Text),
        ],
    ),
    (
        "Route",
        &[
            ("policy", Text),
            ("classes", Texts),
            ("at", Time),
            ("candidates", List("Candidate")),
            ("beyond_limit", Count),
            ("excluded", Keyed),
            ("as_of", One("AsOf")),
        ],
        &[("policy_digest", Text)],
    ),
    (
        "Candidate",
        &[
            ("rank", Count),
            ("extension_id", Id),
            ("extension_number", OptText),
            ("name", OptText),
            ("department", OptText),
            ("site", OptText),
            ("queues", Texts),
            ("class", Text),
            ("presumed", Flag),
            ("since", Time),
            ("idle_ms", Count),
            ("last_observed_at", OptTime),
            ("age_ms", OptCount),
            ("sweeps_missed", Count),
        ],
        &[],
    ),
    (
        "Meet",
        &[
            ("policy", Text),
            ("classes", Texts),
            ("from", Time),
            ("to", Time),
            ("length_ms", Count),
            ("zone", Text),
            ("hours", OptText),
            ("weeks", Count),
            ("now", Text),
            ("slots", List("Slot")),
            ("beyond_limit", Count),
            ("as_of", One("AsOf")),
        ],
        &[("policy_digest", Text)],
    ),
    (
        "Slot",
        &[
            ("from", Time),
            ("to", Time),
            ("share", Number),
            ("share_min", Number),
            ("share_max", Number),
            ("observed", Count),
            ("free", Count),
            ("certainly_free", Count),
            ("busy", Count),
            ("unknown", Count),
        ],
        &[("was", Text)],
    ),
];

/// Adds the keys that an object has under their old names, too, as deprecated.
fn add_old_names(object: &str, properties: &mut Map<String, Value>) {
    for RenamedKey { key, .. } in JSON_KEYS.iter().filter(|one| one.object == object) {
        let Some(mut schema) = properties.get(key.new).cloned() else {
            continue;
        };
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("deprecated".to_owned(), Value::Bool(true));
            let description = format!(
                "The old name of `{}`; it goes with the next release",
                key.new
            );
            schema.insert("description".to_owned(), Value::String(description));
        }
        properties.insert(key.old.to_owned(), schema);
    }
}

/// All schemas. Every object may have more than is listed: fields may be added, never renamed.
pub(super) fn all() -> Map<String, Value> {
    let shapes = SHAPES.iter().map(|(name, always, perhaps)| {
        let fields = always.iter().chain(*perhaps);
        let mut properties: Map<String, Value> = fields
            .map(|(field, kind)| ((*field).to_owned(), kind.schema()))
            .collect();
        add_old_names(name, &mut properties);
        let required: Vec<&str> = always.iter().map(|(field, _)| *field).collect();
        let schema = json!({ "type": "object", "properties": properties, "required": required });
        ((*name).to_owned(), schema)
    });
    shapes.collect()
}
