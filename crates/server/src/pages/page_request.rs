//! What is the same for every page that asks the history: whose question it is, in which zone, about whom.

use std::collections::BTreeMap;

use axum::http::StatusCode;

use super::calendar_range::CalendarRange;
use super::directory::Directory;
use super::fields::{ACCOUNT, Fields};
use super::language::{Reading, languages};
use super::layout::{Layout, home, links};
use crate::access::Identity;
use crate::api::{note_access, reading};
use crate::error::Problem;
use crate::state::AppState;
use presence_answers::ask::{self, Context, Named, ZoneChoice};
use presence_answers::common::CommonFields;
use presence_answers::expressions::{CalendarName, HoursExpression};
use presence_answers::format::FormatWord;
use presence_answers::parameters::{FromParameters, Parameters};
use presence_answers::refusal::FieldName;
use presence_answers::render::Page;
use presence_answers::scope::CALENDAR;
use presence_answers::shapes::so_far::SoFar;
use presence_answers::shared::{AsOfFields, HOURS};
use presence_answers::{Asker, Request, scope};
use presence_charts::duration::spoken;
use presence_core::query::calendar::{Bucket, schedule};
use presence_core::query::calendars::HoursChoice;
use presence_core::query::classes::Criterion;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::policy::built_in_of_queue;
use presence_core::query::wanted::Wanted;
use presence_core::query::zone::{Zone, zone_data_version};
use presence_model::facet::Facet;
use presence_model::ids::ExtensionId;
use presence_model::time::{TimeRange, Timestamp};
use presence_texts::{Texts, say};

/// So many queues have policies of their own among those that can be chosen, if none is chosen.
const QUEUES_OFFERED: usize = 8;

/// A question that a page asks.
pub(super) struct PageRequest {
    /// Who asks: the configuration and settings.
    pub(super) asker: Asker,
    /// What is asked.
    pub(super) context: Context,
    /// Who may be seen.
    pub(super) directory: Directory,
    /// The zone in which times are read and shown.
    pub(super) zone: Zone,
    /// What the address asks for.
    pub(super) fields: Fields,
    /// What stands in front of every path.
    pub(super) root: String,
    /// The texts of the language that the reader reads.
    pub(super) texts: Texts,
    /// The address that was asked for.
    address: String,
    state: AppState,
    identity: Identity,
}

/// The fields that say which part of the log is asked.
const AS_OF_FIELDS: [&str; 2] = ["as-of", "as-known-at"];

impl PageRequest {
    /// An identity's question, by the fields of an address.
    pub(super) async fn of(
        state: AppState,
        identity: Identity,
        fields: Fields,
        reading: Reading,
    ) -> Result<Self, Problem> {
        let pair = |name: &str| Some((name.to_owned(), fields.get(name)?.to_owned()));
        let pairs = ["zone", ACCOUNT, "allow-unknown"].into_iter();
        let mut parameters = Parameters::new(pairs.filter_map(pair).collect());
        let common = CommonFields::take(&mut parameters)?;
        let asker = state.asker(&identity, &common, FormatWord::Table).await?;
        let mut pairs: Vec<_> = AS_OF_FIELDS.into_iter().filter_map(pair).collect();
        if pairs.len() == AS_OF_FIELDS.len() {
            let told = "as-known-at cannot be given together with as-of";
            return Err(Problem::parameter("as-known-at", told));
        }
        // Someone who sees a part is shown other positions than those of the log, and names these.
        if let Some(veil) = identity.veil() {
            reading::reveal("", &mut pairs, &veil)?;
        }
        let as_of = AsOfFields::take(&mut Parameters::new(pairs))?;
        let context = asker.context(&as_of).await?;
        let directory = Directory::of(&context.extensions().await?);
        let names = |field| fields.all(field).map(Wanted::of_word).collect();
        let group_filter = GroupFilter {
            departments: names("department"),
            sites: names("site"),
            queues: names("queue"),
        };
        ask::check_names(&context, &Named::default().group_filter(&group_filter)).await?;
        let zone = match &asker.settings.zone {
            ZoneChoice::Named(zone) => zone.clone(),
            ZoneChoice::Own => usual_zone(&directory),
        };
        Ok(Self {
            asker,
            context,
            directory,
            zone,
            fields,
            root: state.path(""),
            texts: reading.texts,
            address: reading.address,
            state,
            identity,
        })
    }

    /// The only person that the reader may see; `None` if they may see others. Their own presence is what they come for.
    pub(super) fn only_person(&self) -> Option<ExtensionId> {
        match self.directory.entries.as_slice() {
            [entry] if self.identity.veil().is_some() => Some(entry.extension_id),
            _ => None,
        }
    }

    /// The present moment, also where the page shows what was known earlier.
    pub(super) fn clock_now(&self) -> Timestamp {
        self.asker.settings.now
    }

    /// The present moment of the answers.
    pub(super) fn now(&self) -> Timestamp {
        self.context.now()
    }

    /// Who asks a question of the page, with its own zone and present moment.
    pub(super) async fn asker(
        &self,
        common: &CommonFields,
        format: FormatWord,
    ) -> Result<Asker, Problem> {
        self.state.asker(&self.identity, common, format).await
    }

    /// Reads a question as the API reads it, for the reader of the page.
    pub(super) fn read(
        &self,
        question: &str,
        mut pairs: Vec<(String, String)>,
    ) -> Result<(CommonFields, Request), Problem> {
        if let Some(veil) = self.identity.veil() {
            reading::reveal(question, &mut pairs, &veil)?;
        }
        reading::read(reading::find(question)?, pairs)
    }

    /// A problem as its reader may be told of it: where the log ends is not for those who see a part.
    pub(super) fn for_reader(&self, problem: Problem) -> Problem {
        if self.identity.veil().is_some() {
            problem.without_positions()
        } else {
            problem
        }
    }

    /// Records in the access log who asks about whom: about the named people, or about everyone who may be seen.
    pub(super) async fn note_access(
        &self,
        page: &str,
        window: Option<TimeRange>,
        named: Option<&[ExtensionId]>,
    ) -> Result<(), Problem> {
        note_access(
            &self.state,
            &self.identity,
            &self.context,
            page,
            window,
            named,
        )
        .await
    }

    /// An address of this server, with what the address of the page asks for and is asked for everywhere.
    pub(super) fn address(&self, path: &str, kept: &[&str]) -> String {
        self.fields
            .only(kept)
            .address(&format!("{}{path}", self.root))
    }

    /// The names of the policies that can be chosen: all, and those about a queue for each of the queues that are chosen
    /// or, where none is, for all if they are few.
    pub(super) fn policy_names(&self) -> Vec<String> {
        let of_queue = built_in_of_queue().iter().map(|policy| policy.name());
        let of_queue: Vec<&str> = of_queue.collect();
        let mut names = self.asker.config.policy_names();
        names.retain(|name| !of_queue.contains(&name.as_str()));
        let chosen: Vec<&str> = self.fields.all("queue").collect();
        let known = self.directory.names("queue");
        let queues: Vec<&str> = match chosen.as_slice() {
            [] if known.len() > QUEUES_OFFERED => Vec::new(),
            [] => known.iter().map(|(queue, _)| *queue).collect(),
            chosen => chosen.to_vec(),
        };
        for queue in queues.into_iter().filter(|queue| !queue.is_empty()) {
            let about = of_queue.iter().filter_map(|name| name.split_once(':'));
            names.extend(about.map(|(name, _)| format!("{name}:{queue}")));
        }
        let asked = self.fields.get("policy");
        let asked = asked.filter(|asked| !names.iter().any(|name| name == asked));
        names.extend(asked.map(str::to_owned));
        names
    }

    /// What states are told apart by.
    pub(super) fn criterion(&self) -> Result<Criterion, Problem> {
        if let Some(name) = self.fields.get("policy") {
            let policy = self.asker.config.policy(name);
            let (policy, _) =
                policy.map_err(|error| Problem::parameter("policy", error.to_string()))?;
            return Ok(policy.into());
        }
        let Some(name) = self.fields.get("facet") else {
            return Ok(Facet::PresenceStatus.into());
        };
        let facet = Facet::from_name(name).ok_or_else(|| {
            let known = Facet::ALL.map(Facet::name).join(", ");
            Problem::parameter("facet", format!("{name:?} is no facet: there are {known}"))
        })?;
        Ok(facet.into())
    }

    /// The hours that count: those of the address, else those of the configuration.
    pub(super) fn hours(&self) -> Result<HoursChoice, Problem> {
        let pair = |name: FieldName| Some((name.0.to_owned(), self.fields.get(name.0)?.to_owned()));
        let given = [HOURS, CALENDAR].into_iter().filter_map(pair).collect();
        let mut parameters = Parameters::new(given);
        let hours = parameters.once::<HoursExpression>(HOURS)?;
        let calendar = parameters.once::<CalendarName>(CALENDAR)?;
        Ok(scope::hours(
            &self.asker,
            hours.as_ref(),
            calendar.as_ref(),
        )?)
    }

    /// The moment that a field means.
    pub(super) fn moment(&self, field: &'static str) -> Result<Option<Timestamp>, Problem> {
        let Some(text) = self.fields.get(field) else {
            return Ok(None);
        };
        let moment = presence_core::query::time_expression::parse_time_expression(
            text,
            &self.zone,
            self.now(),
        );
        let moment = moment.map_err(|error| Problem::parameter(field, error.to_string()))?;
        Ok(Some(moment))
    }

    /// The stretch between two fields, up to now where the second is not there; `None` if the first is not there.
    pub(super) fn window(&self) -> Result<Option<TimeRange>, Problem> {
        let Some(from) = self.moment("from")? else {
            return Ok(None);
        };
        let to = self.moment("to")?.unwrap_or_else(|| self.now());
        let window = TimeRange::new(from, to);
        let window = window.ok_or_else(|| {
            let sentence = format!("from {from} is not before to {to}: the window would be empty");
            Problem::new(StatusCode::BAD_REQUEST, "wrong_parameter", sentence)
        })?;
        Ok(Some(window))
    }

    /// Which part of the log is asked, where that is not all of it.
    pub(super) fn as_known(&self) -> Option<String> {
        let of = |name| self.fields.get(name);
        let position = of("as-of")
            .map(|position| say!(self.texts, "page-known-at-position", position = position));
        let moment =
            || of("as-known-at").map(|moment| say!(self.texts, "page-known-at", moment = moment));
        position.or_else(moment)
    }

    /// How figures and moments are written.
    pub(super) fn page(&self) -> Page {
        Page {
            zone: self.zone.clone(),
            width: None,
            texts: self.texts,
        }
    }

    /// What is around a page with this title, which shows a stretch of time; `here` is the path of the menu's page.
    pub(super) fn layout(
        &self,
        title: &str,
        here: &str,
        range: Option<CalendarRange>,
        rests_on: &str,
    ) -> Layout {
        Layout {
            texts: self.texts,
            languages: languages(&self.root, self.texts, &self.address),
            title: title.to_owned(),
            root: self.root.clone(),
            home: home(&self.root, &self.fields),
            links: links(self.texts, &self.root, here, &self.fields, range),
            signed_in: self.identity.is_session.then(|| self.identity.name.clone()),
            rests_on: format!(
                "{rests_on} {}",
                say!(
                    self.texts,
                    "page-times",
                    zone = self.zone.name(),
                    version = zone_data_version()
                )
            ),
        }
    }

    /// Which part of the log answers rest on, in a sentence.
    pub(super) async fn rests_on(&self) -> Result<String, Problem> {
        let end = self.context.log_end().await?;
        let (position, snapshot) = (end.position.to_string(), end.snapshot_no.to_string());
        Ok(match end.observed_until {
            Some(at) => say!(
                self.texts,
                "page-rests-on",
                position = position,
                snapshot = snapshot,
                moment = self.page().moment(at)
            ),
            None => say!(
                self.texts,
                "page-rests-on-no-sweep",
                position = position,
                snapshot = snapshot
            ),
        })
    }
}

/// How much of a window is still to come, as a sentence behind others; nothing where all of it has passed.
pub(super) fn so_far_told(texts: Texts, so_far: SoFar) -> String {
    if !so_far.so_far {
        return String::new();
    }
    let told = say!(texts, "page-so-far", time = spoken(so_far.not_yet_ms));
    format!(" {told}")
}

/// A word of an answer for people, such as the source of a sweep: the message of its name, which begins with `kind`; as it is
/// where there is none.
pub(super) fn word_text(texts: Texts, kind: &str, word: &str) -> String {
    let found = texts.find(&format!("{kind}-{word}"));
    found.unwrap_or_else(|| word.to_owned())
}

/// The zone that most people are in, by their profiles; UTC where none is known.
fn usual_zone(directory: &Directory) -> Zone {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in directory.entries.iter().filter(|entry| entry.is_person) {
        if let Some(name) = &entry.time_zone {
            *counts.entry(name).or_default() += 1;
        }
    }
    let most = counts
        .into_iter()
        .max_by_key(|(name, count)| (*count, std::cmp::Reverse(*name)));
    most.and_then(|(name, _)| Zone::named(name).ok())
        .unwrap_or_else(Zone::utc)
}

/// The stretches of a window that hours leave open; `None` where all of it is, or each extension has its own.
pub(super) fn open_stretches(
    hours: &HoursChoice,
    window: TimeRange,
    zone: &Zone,
) -> Option<Vec<TimeRange>> {
    let (hours, zone) = match hours {
        HoursChoice::Given(hours) => (hours.as_ref()?, zone),
        HoursChoice::Calendar(calendar) => {
            (&calendar.hours, calendar.zone.as_ref().unwrap_or(zone))
        }
        HoursChoice::Own(_) => return None,
    };
    let slices = schedule(window, zone, Some(hours), Bucket::Range).slices;
    Some(slices.into_iter().map(|slice| slice.span).collect())
}

/// A word of a command line, quoted where a shell would take it apart.
pub(super) fn shell_word(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.,:/@%+=".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stays_one_word_in_a_shell() {
        assert_eq!(shell_word("2026-11-04T09:00Z"), "2026-11-04T09:00Z");
        assert_eq!(shell_word("Mo-Fr 09:00-17:00"), "'Mo-Fr 09:00-17:00'");
        assert_eq!(shell_word("it's $(rm)"), "'it'\\''s $(rm)'");
        assert_eq!(shell_word(""), "''");
    }
}
