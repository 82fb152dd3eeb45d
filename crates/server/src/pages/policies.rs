//! The policies: what each counts as what, and a box in which rules are tried on the past before they are saved.

use std::path::Path;
use std::sync::Arc;

use askama::Template;

use super::bar::Bar;
use super::calendar_range::{CalendarRange, USUAL_DAYS, last_days};
use super::forms;
use super::grid::HtmlTable;
use super::layout::Layout;
use super::page_request::PageRequest;
use super::shares::ShareBars;
use crate::api::limits;
use crate::error::Problem;
use presence_answers::ask::{self, ReportQuestion, Types, ZoneChoice};
use presence_answers::policy::shape::{PolicyEntry, RuleShape};
use presence_config::{Config, policy_lines};
use presence_core::query::calendar::Bucket;
use presence_core::query::group::GroupBy;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::policy::{Policy, QUEUE_PLACEHOLDER};
use presence_texts::{Texts, say};

/// The field with the rules that are tried, as they would stand in the configuration file.
const RULES: &str = "rules";

/// Longer rules are not tried here, in bytes: they are part of the address.
const RULES_MAX: usize = 6_000;

/// What stands in the box before anything does.
const EXAMPLE: &str = "[policies.desk]\n\
    description = \"who can be helped by the front desk\"\n\
    rules = [\n  \
    { when = 'telephony_status in [\"CallConnected\", \"OnHold\"]', class = \"on the phone\" },\n  \
    { when = 'presence_status == \"Available\"', class = \"waiting\" },\n\
    ]\n";

#[derive(Template)]
#[template(path = "pages/policies.html")]
struct PoliciesPage {
    layout: Layout,
    bar: Bar,
    /// What the box keeps of the address when its rules are sent.
    kept: Vec<(String, String)>,
    rules: String,
    rules_max: usize,
    fault: Option<String>,
    trial: Option<Trial>,
    policies: Vec<PolicyView>,
}

/// A policy as it is listed.
struct PolicyView {
    name: String,
    description: Option<String>,
    origin: String,
    digest: Option<String>,
    rules: HtmlTable,
    /// Where its rules stand in the box; `None` where they are not well-formed.
    try_it: Option<String>,
    team: String,
}

/// What rules made of the past.
struct Trial {
    heading: String,
    warnings: Vec<String>,
    table: HtmlTable,
    lines: String,
}

/// The page, and whether what was tried could be.
pub(super) async fn page(page_request: &PageRequest) -> Result<(bool, String), Problem> {
    let fields = &page_request.fields;
    let today = page_request.zone.local(page_request.now()).date();
    let usual = || last_days(today, USUAL_DAYS);
    let asked = page_request.window()?;
    let range = asked.map(|window| CalendarRange::of(window, &page_request.zone));
    let range = range.or_else(usual);
    let range = range.ok_or_else(|| Problem::not_found("there is no such time"))?;
    let (trial, fault) = match fields.get(RULES) {
        None => (None, None),
        Some(rules) => match tried(page_request, rules, range).await {
            Ok(trial) => (Some(trial), None),
            Err(problem) if problem.status().is_client_error() => {
                let problem = page_request.for_reader(problem);
                (None, Some(problem.detail().to_owned()))
            }
            Err(problem) => return Err(problem),
        },
    };
    let address = |range: CalendarRange| {
        let path = format!("{}/policies", page_request.root);
        range.asked(fields).address(&path)
    };
    let bar = Bar::new(page_request, "/policies")
        .who(page_request)
        .ends(page_request, ["today-6d", "tomorrow"])
        .hours(page_request)
        .time(page_request, range, &address)
        .finish(page_request, &[RULES]);
    let entries = presence_answers::policy::entries(&page_request.asker);
    let page = PoliciesPage {
        layout: page_request.layout(
            &page_request.texts.say("menu-policies"),
            "/policies",
            Some(range),
            &page_request.rests_on().await?,
        ),
        bar,
        kept: forms::kept(&fields.without(&[RULES])),
        rules: fields.get(RULES).unwrap_or(EXAMPLE).to_owned(),
        rules_max: RULES_MAX,
        policies: entries
            .iter()
            .map(|entry| view(page_request, entry))
            .collect(),
        trial,
        fault,
    };
    let is_good = page.fault.is_none();
    let text = page.render().map_err(|error| Problem::internal(&error))?;
    Ok((is_good, text))
}

fn view(page_request: &PageRequest, entry: &PolicyEntry) -> PolicyView {
    let (fields, texts) = (&page_request.fields, page_request.texts);
    // One about a queue is tried of the first queue that there is.
    let about_queue = entry
        .built_in
        .then(|| entry.policy.split_once(':'))
        .flatten();
    let name = match about_queue {
        None => entry.policy.clone(),
        Some((name, _)) => {
            let queues = page_request.directory.names("queue");
            let mut queues = queues.iter().map(|(queue, _)| *queue);
            let queue = queues.find(|queue| !queue.is_empty());
            format!("{name}:{}", queue.unwrap_or(QUEUE_PLACEHOLDER))
        }
    };
    let policy = page_request.asker.config.policy(&name).ok();
    let own_name = |policy: &Policy| {
        // A built-in one cannot be changed: the change has a name of its own.
        let prefix = if entry.built_in { "my_" } else { "" };
        let name = about_queue.map_or(policy.name(), |(name, _)| name);
        format!("{prefix}{name}")
    };
    let try_it = policy.map(|(policy, _)| {
        let lines = policy_lines(&own_name(&policy), &policy);
        let fields = fields.with(RULES, &lines);
        format!(
            "{}#try",
            fields.address(&format!("{}/policies", page_request.root))
        )
    });
    let team = fields.without(&[RULES, "from", "to"]).with("policy", &name);
    PolicyView {
        name: entry.policy.clone(),
        description: described(texts, entry),
        origin: if entry.built_in {
            texts.say("policies-built-in")
        } else {
            texts.say("policies-of-file")
        },
        digest: entry.policy_digest.clone(),
        rules: rules(texts, &entry.rules),
        try_it,
        team: team.address(&format!("{}/day", page_request.root)),
    }
}

/// What a policy is for: of a built-in one in the language of the reader.
fn described(texts: Texts, entry: &PolicyEntry) -> Option<String> {
    // Those about a queue have a word for its name behind theirs.
    let (name, _) = entry.policy.split_once(':').unwrap_or((&entry.policy, ""));
    let id = format!("policy-{name}");
    let of_ours = entry.built_in.then(|| texts.find(&id)).flatten();
    of_ours.or_else(|| entry.description.clone())
}

fn rules(texts: Texts, rules: &[RuleShape]) -> HtmlTable {
    let rows = rules.iter().map(|rule| {
        let class = match (&rule.class, &rule.class_of) {
            (Some(class), _) => class.clone(),
            (None, Some(facet)) => say!(texts, "policies-value-of", facet = facet),
            (None, None) => String::new(),
        };
        vec![
            rule.number.to_string(),
            rule.when.clone(),
            class,
            rule.name.clone().unwrap_or_default(),
        ]
    });
    HtmlTable::of_texts(
        &texts.say("policies-caption"),
        &[
            (&texts.say("policies-rule"), true),
            (&texts.say("policies-when"), false),
            (&texts.say("policies-counts-as"), false),
            (&texts.say("policies-name"), false),
        ],
        rows.collect(),
    )
}

/// The policy that is written in the box, alone, and what is doubtful in it.
fn written(rules: &str) -> Result<(String, Arc<Policy>, Vec<String>), Problem> {
    let wrong = |told: String| Problem::parameter(RULES, told);
    if rules.len() > RULES_MAX {
        let told = format!(
            "the rules have more than {RULES_MAX} bytes: save them in the file and name the policy"
        );
        return Err(wrong(told));
    }
    let config = Config::written(rules, Path::new("the rules"));
    let config = config.map_err(|error| wrong(error.to_string()))?;
    let mut names = config.file.policies.keys();
    let (Some(name), None) = (names.next(), names.next()) else {
        return Err(wrong(
            "write one policy, under a line such as [policies.desk]".to_owned(),
        ));
    };
    let (policy, warnings) = config
        .policy(name)
        .map_err(|error| wrong(error.to_string()))?;
    let warnings = warnings.iter().map(ToString::to_string).collect();
    Ok((name.clone(), policy, warnings))
}

async fn tried(
    page_request: &PageRequest,
    rules: &str,
    range: CalendarRange,
) -> Result<Trial, Problem> {
    let (name, policy, warnings) = written(rules)?;
    let window = range.window(&page_request.zone);
    let window = window.ok_or_else(|| Problem::not_found("there is no such time"))?;
    let fields = &page_request.fields;
    let people: Vec<_> = page_request.directory.chosen(fields).collect();
    let ids: Vec<_> = people.iter().map(|entry| entry.extension_id).collect();
    limits::check_sum(window, ids.len())?;
    page_request
        .note_access("report", Some(window), Some(&ids))
        .await?;
    let has_departments = people.iter().any(|entry| entry.department.is_some());
    let question = ReportQuestion {
        window,
        criterion: Arc::clone(&policy).into(),
        group_by: GroupBy {
            department: has_departments,
            ..GroupBy::default()
        },
        bucket: Bucket::Range,
        hours: page_request.hours()?,
        absence: None,
        zone: ZoneChoice::Named(page_request.zone.clone()),
        types: Types::All,
        extensions: Some(ids),
        group_filter: GroupFilter::default(),
    };
    let report = ask::report(&page_request.context, &question).await?;
    let sheet = presence_answers::report::table::sheet(&report, &page_request.page());
    let table = HtmlTable::of(
        &sheet,
        &page_request.texts.say("policies-trial-caption"),
        |_| None,
    );
    Ok(Trial {
        heading: format!("{name}: {}", range.heading(&page_request.page())),
        warnings,
        table: table.with_shares(&ShareBars::of(page_request.texts, &report)),
        lines: policy_lines(&name, &policy),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(rules: &str) -> Option<(String, Arc<Policy>, Vec<String>)> {
        written(rules).ok()
    }

    #[test]
    fn one_policy_is_tried() {
        let (name, policy, warnings) = good(EXAMPLE).expect("the example is one");
        assert_eq!((name.as_str(), policy.rules().len()), ("desk", 2));
        assert_eq!(warnings, [""; 0]);
        // What is shown for the file reads as the same policy.
        let (_, again, _) = good(&policy_lines(&name, &policy)).expect("it is one");
        assert_eq!(again.digest(), policy.digest());
    }

    #[test]
    fn what_is_no_policy_says_why() {
        let told = |rules: &str| {
            written(rules)
                .err()
                .map(|problem| problem.detail().to_owned())
        };
        let none = told("").expect("it is none");
        assert!(none.contains("one policy"), "{none}");
        let wrong = told("[policies.x]\nrules = [{ when = 'nope ==', class = \"a\" }]")
            .expect("it is wrong");
        assert!(wrong.contains("line 2"), "{wrong}");
        let long = told(&"#".repeat(RULES_MAX + 1)).expect("it is too long");
        assert!(long.contains("6000 bytes"), "{long}");
    }
}
