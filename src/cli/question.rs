//! Questions as they were understood, spelled out: what answers say that they answer.

use crate::ask::{Context, ReportQuestion, Telling, Types, UnknownNames, ZoneChoice};
use crate::model::ids::{AccountId, ExtensionId};
use crate::model::time::{Span, Timestamp};
use crate::query::absence::AbsenceMode;
use crate::query::calendar::Bucket;
use crate::query::calendars::{HoursChoice, OWN};
use crate::query::classes::Criterion;
use crate::query::group::GroupBy;
use crate::shapes::as_of::AsOf;
use crate::shapes::common::Text;
use crate::shapes::provenance::{Provenance, When};
use crate::shapes::so_far::SoFar;

use super::args::AmongArgs;
use super::exit::Failure;
use super::settings::OWN_ZONE;

/// The platform gives no such id.
const NOBODY: ExtensionId = ExtensionId(0);

/// A command line in the making.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    words: Vec<String>,
}

impl Asked {
    /// A command of an account.
    pub(super) fn new(command: &str, account_id: AccountId) -> Self {
        let words = ["presence", command].map(str::to_owned).to_vec();
        Self { words }.option("--account", Some(account_id))
    }

    /// An option with its value, if it has one.
    pub(super) fn option(mut self, name: &str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            self.words.extend([name.to_owned(), value.to_string()]);
        }
        self
    }

    /// An option with each of its values.
    pub(super) fn options(
        self,
        name: &str,
        values: impl IntoIterator<Item = impl ToString>,
    ) -> Self {
        values
            .into_iter()
            .fold(self, |asked, value| asked.option(name, Some(value)))
    }

    /// An option without a value.
    pub(super) fn flag(mut self, name: &str, is_set: bool) -> Self {
        self.words.extend(is_set.then(|| name.to_owned()));
        self
    }

    /// A word without an option.
    pub(super) fn word(mut self, word: &impl ToString) -> Self {
        self.words.push(word.to_string());
        self
    }

    /// Who is meant, by id; if nobody is, by an id that nobody has.
    pub(super) fn people(self, people: Option<&[ExtensionId]>) -> Self {
        match people {
            Some([]) => self.word(&NOBODY),
            people => people.unwrap_or_default().iter().fold(self, Self::word),
        }
    }

    /// Whom the answer is about, by their groups.
    pub(super) fn among(self, among: &AmongArgs) -> Self {
        self.options("--department", &among.departments)
            .options("--site", &among.sites)
            .options("--queue", &among.queues)
    }

    pub(super) fn window(self, window: Span) -> Self {
        self.option("--from", Some(window.from()))
            .option("--to", Some(window.to()))
    }

    pub(super) fn criterion(self, criterion: &Criterion) -> Self {
        match criterion {
            Criterion::Facet(facet) => self.option("--facet", Some(facet.name())),
            Criterion::Policy(policy) => self.option("--policy", Some(policy.name())),
        }
    }

    pub(super) fn zone(self, zone: &ZoneChoice) -> Self {
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

    pub(super) fn types(self, types: &Types) -> Self {
        match types {
            Types::People => self,
            Types::All => self.option("--types", Some("all")),
            Types::Listed(types) => self.option("--types", Some(types.join(","))),
        }
    }

    /// What reports, staffing and heat maps have in common.
    pub(super) fn counted(self, question: &ReportQuestion) -> Self {
        let asked = self.people(question.extensions.as_deref());
        // Whoever is named is meant, whatever they are.
        let asked = match question.extensions {
            None => asked.types(&question.types),
            Some(_) => asked,
        };
        asked
            .window(question.window)
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

    /// What a report tells besides.
    pub(super) fn telling(self, telling: &Telling, group_by: GroupBy) -> Self {
        let metrics: Vec<&str> = telling.metrics.iter().map(|metric| metric.name()).collect();
        let compared = telling.compare_to;
        self.option(
            "--metrics",
            (!metrics.is_empty()).then(|| metrics.join(",")),
        )
        .option("--value", telling.value.as_ref())
        .option("--min-evidence", telling.evidence_min)
        .option("--min-group", telling.group_min)
        .flag("--as-now", group_by.as_now)
        .flag("--pseudonymous", telling.pseudonym_key.is_some())
        .option(
            "--compare-to",
            compared.map(|span| format!("{}..{}", span.from(), span.to())),
        )
    }

    /// The command, as a shell would read it.
    pub(super) fn text(&self) -> String {
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
    names.extend(crate::shapes::report::bucket_name(bucket));
    names.join(",")
}

/// What an answer about a window rests on.
pub(super) async fn about_window(
    context: &Context,
    asked: &Asked,
    window: Span,
) -> Result<Provenance, Failure> {
    let when = When::Window {
        from: Text(window.from()),
        to: Text(window.to()),
    };
    let mut provenance = about(context, asked, when, window.to()).await?;
    provenance.so_far = SoFar::of(window, context.now());
    Ok(provenance)
}

/// What an answer about a moment rests on.
pub(super) async fn about_moment(
    context: &Context,
    asked: &Asked,
    at: Timestamp,
) -> Result<Provenance, Failure> {
    about(context, asked, When::Moment { at: Text(at) }, at).await
}

pub(super) async fn about(
    context: &Context,
    asked: &Asked,
    when: When,
    to: Timestamp,
) -> Result<Provenance, Failure> {
    let end = context.log_end().await?;
    let as_of = AsOf::of(end, to, context.now());
    let allows_unknown = context.unknown_names() == UnknownNames::Allowed;
    let asked = asked.clone().flag("--allow-unknown", allows_unknown);
    Ok(Provenance::new(
        asked.text(),
        context.account_id(),
        when,
        as_of,
    ))
}

/// What a report, staffing or a heat map rests on.
pub(super) async fn about_counted(
    context: &Context,
    asked: &Asked,
    question: &ReportQuestion,
) -> Result<Provenance, Failure> {
    let mut provenance = about_window(context, asked, question.window).await?;
    provenance.criterion = Some((&question.criterion).into());
    provenance.zone = question.zone.name();
    provenance.calendar = question.hours.calendar_name().map(str::to_owned);
    provenance.calendar_digest = question.hours.digest();
    provenance.warnings = question.warnings();
    Ok(provenance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_the_same_words() {
        let asked = Asked::new("report", AccountId(7))
            .option("--hours", Some("Mo-Fr 09:00-17:00; PH off"))
            .option("--value", Some("it's"))
            .flag("--as-now", true)
            .flag("--pseudonymous", false);
        assert_eq!(shlex::split(&asked.text()), Some(asked.words.clone()));
        assert!(
            asked
                .text()
                .starts_with("presence report --account 7 --hours ")
        );
    }
}
