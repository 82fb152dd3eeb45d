//! What is the same for every page that asks the history: whose question it is, in which zone, about whom.

use std::collections::BTreeMap;

use clap::Parser;

use super::directory::Directory;
use super::fields::{ACCOUNT, Fields};
use super::layout::{Layout, ZoneForm, home, links};
use crate::ask::{self, Context, Named, ZoneChoice};
use crate::cli::PROGRAM;
use crate::cli::args::{AsOfArgs, Cli, GlobalArgs};
use crate::cli::exit::{Failure, usage_sentence};
use crate::cli::session::Session;
use crate::model::facet::Facet;
use crate::model::ids::ExtensionId;
use crate::model::time::{Span, Timestamp};
use crate::query::among::Among;
use crate::query::calendar::{Bucket, schedule};
use crate::query::calendars::HoursChoice;
use crate::query::classes::Criterion;
use crate::query::zone::{Zone, zone_data_version};
use crate::render::{Page, provenance};
use crate::serve::access::Identity;
use crate::serve::api::note_look;
use crate::serve::error::{Problem, usage};
use crate::serve::state::AppState;
use crate::shapes::so_far::SoFar;

/// A question that a page asks.
pub(super) struct Asked {
    /// The session that asks: its configuration and settings.
    pub(super) session: Session,
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
    state: AppState,
    identity: Identity,
}

impl Asked {
    /// The question of somebody, by the fields of an address.
    pub(super) async fn of(
        state: AppState,
        identity: Identity,
        fields: Fields,
    ) -> Result<Self, Problem> {
        let mut words = vec!["presence", "now"];
        let given = fields.get("zone");
        if let Some(zone) = given {
            words.extend(["--zone", zone]);
        }
        let account = fields.get(ACCOUNT);
        let account = account.map(|account| format!("--account={account}"));
        words.extend(account.as_deref());
        if fields.get("allow-unknown") == Some("true") {
            words.push("--allow-unknown");
        }
        let cli =
            Cli::try_parse_from(words).map_err(|error| usage(&usage_sentence(&error, PROGRAM)))?;
        let session = state.session(&identity, &cli.global).await?;
        let context = session.context(&AsOfArgs::default()).await?;
        let directory = Directory::of(&context.extensions().await?);
        let names = |field| fields.all(field).map(str::to_owned).collect();
        let among = Among {
            departments: names("department"),
            sites: names("site"),
            queues: names("queue"),
        };
        ask::check_names(&context, &Named::default().among(&among)).await?;
        let zone = match &session.settings.zone {
            ZoneChoice::Named(zone) => zone.clone(),
            ZoneChoice::Own => usual_zone(&directory),
        };
        Ok(Self {
            session,
            context,
            directory,
            zone,
            fields,
            root: state.path(""),
            state,
            identity,
        })
    }

    /// The present moment.
    pub(super) fn now(&self) -> Timestamp {
        self.context.now()
    }

    /// A session of its own for a question that was read like a command line.
    pub(super) async fn session(&self, global: &GlobalArgs) -> Result<Session, Problem> {
        self.state.session(&self.identity, global).await
    }

    /// Writes down that somebody looks at somebody: at those who are named, or at whoever may be seen.
    pub(super) async fn note_look(
        &self,
        page: &str,
        window: Option<Span>,
        named: Option<&[ExtensionId]>,
    ) -> Result<(), Problem> {
        note_look(
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

    /// What states are told apart by.
    pub(super) fn criterion(&self) -> Result<Criterion, Problem> {
        if let Some(name) = self.fields.get("policy") {
            let policy = self.session.config.policy(name);
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
        let hours = crate::cli::report::hours(
            &self.session,
            self.fields.get("hours"),
            self.fields.get("calendar"),
        );
        hours.map_err(Problem::from)
    }

    /// The moment that a field means.
    pub(super) fn moment(&self, field: &'static str) -> Result<Option<Timestamp>, Problem> {
        let Some(text) = self.fields.get(field) else {
            return Ok(None);
        };
        let moment = crate::query::moment::parse_moment(text, &self.zone, self.now());
        let moment = moment.map_err(|error| Problem::parameter(field, error.to_string()))?;
        Ok(Some(moment))
    }

    /// The stretch between two fields; `None` if neither is there.
    pub(super) fn window(&self) -> Result<Option<Span>, Problem> {
        let (Some(from), Some(to)) = (self.moment("from")?, self.moment("to")?) else {
            return Ok(None);
        };
        let window = Span::new(from, to);
        let window = window.ok_or_else(|| {
            let sentence = format!("from {from} is not before to {to}: the window would be empty");
            Problem::from(Failure::Usage(sentence))
        })?;
        Ok(Some(window))
    }

    /// How figures and moments are written.
    pub(super) fn page(&self) -> Page {
        Page {
            zone: self.zone.clone(),
            width: None,
        }
    }

    /// What is around a page with this title, at `action`; `here` is the path of the menu's page.
    pub(super) fn layout(&self, title: &str, here: &str, action: &str, rests_on: String) -> Layout {
        let kept = self.fields.without(&["zone"]);
        Layout {
            title: title.to_owned(),
            root: self.root.clone(),
            home: home(&self.root, &self.fields),
            links: links(&self.root, here, &self.fields),
            signed_in: self.identity.is_session.then(|| self.identity.name.clone()),
            zone: Some(ZoneForm {
                action: format!("{}{action}", self.root),
                fields: super::forms::kept(&kept),
                name: self.zone.name().to_owned(),
                data: zone_data_version(),
                choices: self
                    .directory
                    .zones()
                    .into_iter()
                    .map(str::to_owned)
                    .collect(),
            }),
            rests_on,
        }
    }

    /// Which part of the log answers rest on, in a sentence.
    pub(super) async fn rests_on(&self) -> Result<String, Problem> {
        let end = self.context.log_end().await?;
        let looked = match end.observed_until {
            Some(at) => format!("last look {}", self.page().moment(at)),
            None => "never looked at".to_owned(),
        };
        Ok(format!(
            "As of position {}, snapshot {}; {looked}.",
            end.position, end.snapshot_no
        ))
    }
}

/// How much of a window is still to come, as a sentence behind others; nothing where all of it has passed.
pub(super) fn so_far_told(so_far: SoFar) -> String {
    let told = provenance::so_far(so_far);
    told.map_or_else(String::new, |told| format!(" So far: {told}."))
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
pub(super) fn open_stretches(hours: &HoursChoice, window: Span, zone: &Zone) -> Option<Vec<Span>> {
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
