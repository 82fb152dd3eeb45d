//! Questions as they were understood, spelled out: what answers say that they answer.

use crate::ask::{
    Context, ReportOptions, ReportQuestion, Types, UnknownNames, Visible, ZoneChoice,
};
use crate::shapes::as_of::AsOf;
use crate::shapes::common::Text;
use crate::shapes::provenance::{Provenance, When};
use crate::shapes::so_far::SoFar;
use presence_core::query::absence::AbsenceMode;
use presence_core::query::calendar::Bucket;
use presence_core::query::calendars::{HoursChoice, OWN};
use presence_core::query::classes::Criterion;
use presence_core::query::group::GroupBy;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::wanted::Wanted;
use presence_model::ids::{AccountId, ExtensionId};
use presence_model::time::{TimeRange, Timestamp};

use super::refusal::Refusal;
use super::shared::TeamFields;
use presence_reading::zones::OWN_ZONE;

/// The platform gives no such id.
const NOBODY: ExtensionId = ExtensionId(0);

/// A command line in the making.
#[derive(Clone, Debug)]
pub struct QuestionText {
    words: Vec<String>,
}

impl QuestionText {
    /// A command of an account.
    pub fn new(command: &str, account_id: AccountId) -> Self {
        let words = ["presence", command].map(str::to_owned).to_vec();
        Self { words }.option("--account", Some(account_id))
    }

    /// An option with its value, if it has one.
    pub fn option(mut self, name: &str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            self.words.extend([name.to_owned(), value.to_string()]);
        }
        self
    }

    /// An option with each of its values.
    pub fn options(self, name: &str, values: impl IntoIterator<Item = impl ToString>) -> Self {
        values
            .into_iter()
            .fold(self, |text, value| text.option(name, Some(value)))
    }

    /// An option without a value.
    pub fn flag(mut self, name: &str, is_set: bool) -> Self {
        self.words.extend(is_set.then(|| name.to_owned()));
        self
    }

    /// A word without an option.
    pub fn word(mut self, word: &impl ToString) -> Self {
        self.words.push(word.to_string());
        self
    }

    /// The people, by id; for an empty list, an id that does not exist.
    pub fn people(self, people: Option<&[ExtensionId]>) -> Self {
        match people {
            Some([]) => self.word(&NOBODY),
            people => people.unwrap_or_default().iter().fold(self, Self::word),
        }
    }

    /// Whom the answer is about, by their groups.
    pub fn group_filter(self, group_filter: &GroupFilter) -> Self {
        self.options(
            "--department",
            group_filter.departments.iter().map(Wanted::word),
        )
        .options("--site", group_filter.sites.iter().map(Wanted::word))
        .options("--queue", group_filter.queues.iter().map(Wanted::word))
    }

    /// The same, and by which groups.
    pub fn team(self, team: &TeamFields) -> Self {
        self.group_filter(&team.group_filter())
            .flag("--as-now", team.as_now)
    }

    /// When it is about.
    pub fn window(self, window: TimeRange) -> Self {
        self.option("--from", Some(window.from()))
            .option("--to", Some(window.to()))
    }

    /// What states are told apart by.
    pub fn criterion(self, criterion: &Criterion) -> Self {
        match criterion {
            Criterion::Facet(facet) => self.option("--facet", Some(facet.name())),
            Criterion::Policy(policy) => self.option("--policy", Some(policy.name())),
        }
    }

    /// In whose local time days and hours are.
    pub fn zone(self, zone: &ZoneChoice) -> Self {
        let name = zone.name().unwrap_or_else(|| OWN_ZONE.to_owned());
        self.option("--zone", Some(name))
    }

    fn hours(self, hours: &HoursChoice) -> Self {
        match hours {
            HoursChoice::Given(hours) => self.option(
                "--hours",
                hours.as_ref().map(|hours| hours.text().to_owned()),
            ),
            HoursChoice::Calendar(calendar) => self.option("--calendar", Some(&calendar.name)),
            HoursChoice::Own(_) => self.option("--calendar", Some(OWN)),
        }
    }

    /// The extension types that count.
    pub fn types(self, types: &Types) -> Self {
        match types {
            Types::People => self,
            Types::All => self.option("--types", Some("all")),
            Types::Listed(types) => self.option("--types", Some(types.join(","))),
        }
    }

    /// What reports, staffing and heat maps have in common.
    pub fn counted(self, question: &ReportQuestion) -> Self {
        let text = self
            .people(question.extensions.as_deref())
            .group_filter(&question.group_filter);
        // People who are named count, whatever type they are of.
        let text = match question.extensions {
            None => text.types(&question.types),
            Some(_) => text,
        };
        text.window(question.window)
            .option("--by", Some(by(question.group_by, question.bucket)))
            .criterion(&question.criterion)
            .zone(&question.zone)
            .hours(&question.hours)
            .option(
                "--planned-absence",
                question
                    .absence
                    .as_ref()
                    .map(|(_, mode)| AbsenceMode::name(*mode)),
            )
    }

    /// The further figures of a report.
    pub fn report_options(self, report_options: &ReportOptions, group_by: GroupBy) -> Self {
        let metrics: Vec<&str> = report_options
            .metrics
            .iter()
            .map(|metric| metric.name())
            .collect();
        let compared = report_options.compare_to;
        self.option(
            "--metrics",
            (!metrics.is_empty()).then(|| metrics.join(",")),
        )
        .option("--value", report_options.value.as_ref())
        .option("--min-evidence", report_options.evidence_min)
        .option("--min-group", report_options.group_min)
        .flag("--as-now", group_by.as_now)
        .flag("--pseudonymous", report_options.pseudonym_key.is_some())
        .option(
            "--compare-to",
            compared.map(|span| format!("{}..{}", span.from(), span.to())),
        )
    }

    /// The command, as a shell would read it.
    pub fn text(&self) -> String {
        let words = self.words.iter().map(|word| match shlex::try_quote(word) {
            Ok(quoted) => quoted.into_owned(),
            // No shell can be given such a word; it came from none.
            Err(_) => format!("{word:?}"),
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

fn by(groups: GroupBy, bucket: Bucket) -> String {
    let mut names = groups.names();
    if names.is_empty() {
        names.push("account");
    }
    names.extend(crate::report::shape::bucket_name(bucket));
    names.join(",")
}

/// What an answer about a window rests on.
pub async fn about_window(
    context: &Context,
    text: &QuestionText,
    window: TimeRange,
) -> Result<Provenance, Refusal> {
    let when = When::Window {
        from: Text(window.from()),
        to: Text(window.to()),
    };
    let mut provenance = about(context, text, when, window.to()).await?;
    provenance.so_far = SoFar::of(window, context.now());
    Ok(provenance)
}

/// What an answer about a moment rests on.
pub async fn about_moment(
    context: &Context,
    text: &QuestionText,
    at: Timestamp,
) -> Result<Provenance, Refusal> {
    about(context, text, When::Moment { at: Text(at) }, at).await
}

/// What an answer rests on, up to the moment `to`.
pub async fn about(
    context: &Context,
    text: &QuestionText,
    when: When,
    to: Timestamp,
) -> Result<Provenance, Refusal> {
    let end = context.log_end().await?;
    let as_of = AsOf::of(end, to, context.now());
    let allows_unknown = context.unknown_names() == UnknownNames::Allowed;
    let text = text.clone().flag("--allow-unknown", allows_unknown);
    let mut provenance = Provenance::new(text.text(), context.account_id(), when, as_of);
    if let Visible::Only(ids) = context.visible() {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        provenance.follows_from("visible", ids.join(",").as_bytes());
    }
    Ok(provenance)
}

/// What a report, staffing or a heat map rests on.
pub async fn about_counted(
    context: &Context,
    text: &QuestionText,
    question: &ReportQuestion,
) -> Result<Provenance, Refusal> {
    let mut provenance = about_window(context, text, question.window).await?;
    provenance.criterion = Some((&question.criterion).into());
    provenance.zone = question.zone.name();
    provenance.calendar = question.hours.calendar_name().map(str::to_owned);
    provenance.calendar_digest = question.hours.digest();
    provenance.warnings = question.warnings();
    if let Some((absences, _)) = &question.absence {
        provenance.follows_from("absence", &absences.digest());
    }
    Ok(provenance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_the_same_words() {
        let text = QuestionText::new("report", AccountId(7))
            .option("--hours", Some("Mo-Fr 09:00-17:00; PH off"))
            .option("--value", Some("it's"))
            .flag("--as-now", true)
            .flag("--pseudonymous", false);
        assert_eq!(shlex::split(&text.text()), Some(text.words.clone()));
        assert!(
            text.text()
                .starts_with("presence report --account 7 --hours ")
        );
    }
}
