//! `presence complete`: what a word on the command line may become, as far as only the program knows it. Shells call it.

use std::collections::BTreeSet;

use presence_answers::ask::{AskError, Context};
use presence_answers::shared::AsOfFields;
use presence_config::Config;
use presence_core::escape::one_line;
use presence_core::query::calendars::OWN;
use presence_core::query::policy::{built_in, built_in_of_queue};
use presence_core::query::suggestion::folded;
use presence_model::facet::Facet;

use super::args::CompleteArgs;
use super::exit::Failure;
use super::session::Session;
use super::settings;

/// Commands whose words are people.
const ABOUT_PEOPLE: [&str; 8] = [
    "now", "at", "timeline", "changes", "report", "staffing", "heatmap", "get",
];

/// So many people are offered at most: more of them no one reads.
const PEOPLE_MAX: usize = 200;

/// What a word may become, with a word about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    text: String,
    about: String,
}

fn candidate(text: &str, about: &str) -> Candidate {
    Candidate {
        text: text.to_owned(),
        about: about.to_owned(),
    }
}

/// Writes a line for each: the text, a tab, a word about it. A store or file that cannot be read has none.
pub(super) async fn run(session: &mut Session, args: &CompleteArgs) -> Result<(), Failure> {
    let typed = Typed::of(&args.words);
    if let Some(path) = typed.option("--config") {
        match Config::load(Some(path.as_ref())) {
            Ok(config) => session.asker.config = config,
            Err(_) => return Ok(()),
        }
    }
    if let Some(store) = typed.option("--store") {
        session.use_store(store.to_owned());
    }
    if let Some(account) = typed.option("--account") {
        session.asker.settings.account = account.parse().ok();
    }
    let mut found = match typed.wanted() {
        Wanted::Policy => policies(&session.asker.config),
        Wanted::Calendar => calendars(&session.asker.config, ""),
        Wanted::Hours => calendars(&session.asker.config, "@"),
        Wanted::Value => values(&session.asker.config, &typed),
        Wanted::Saved(command) => saved(&session.asker.config, command),
        // Anyone who presses a key does not want to read why there is nothing.
        Wanted::Person => people(session).await.unwrap_or_default(),
        Wanted::Nothing => Vec::new(),
    };
    found.retain(|one| is_meant(&one.text, typed.current));
    found.truncate(PEOPLE_MAX);
    let lines = found
        .iter()
        .map(|one| format!("{}\t{}\n", one_line(&one.text), one_line(&one.about)));
    let text: String = lines.collect();
    Ok(session.output.write(&text)?)
}

fn is_meant(text: &str, typed: &str) -> bool {
    folded(text).starts_with(&folded(typed))
}

/// What was typed so far.
struct Typed<'a> {
    before: &'a [String],
    current: &'a str,
}

/// What the current word can be.
#[derive(Debug, PartialEq, Eq)]
enum Wanted<'a> {
    Policy,
    Calendar,
    Hours,
    Value,
    Saved(&'a str),
    Person,
    Nothing,
}

impl<'a> Typed<'a> {
    fn of(words: &'a [String]) -> Self {
        let (current, before) = words
            .split_last()
            .map_or(("", &[][..]), |(last, before)| (last.as_str(), before));
        Self { before, current }
    }

    /// The value of an option that was typed.
    fn option(&self, name: &str) -> Option<&'a str> {
        let place = self.before.iter().rposition(|word| word == name);
        let apart = place
            .and_then(|place| self.before.get(place + 1))
            .map(String::as_str);
        let joined = || {
            let mut words = self.before.iter();
            words.find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
        };
        apart.or_else(joined)
    }

    fn wanted(&self) -> Wanted<'a> {
        match self.before.last().map(String::as_str) {
            Some("--policy") => return Wanted::Policy,
            Some("--calendar") => return Wanted::Calendar,
            Some("--hours") => return Wanted::Hours,
            Some("--value") => return Wanted::Value,
            Some(option) if takes_value(option) => return Wanted::Nothing,
            _ => {}
        }
        let command = self
            .before
            .iter()
            .find(|word| !word.starts_with('-') && is_command(word));
        let Some(command) = command.filter(|_| !self.current.starts_with('-')) else {
            return Wanted::Nothing;
        };
        // Its second word is the name of one.
        let is_show = self.before.last().is_some_and(|word| word == "show");
        if command == "calendar" && is_show {
            return Wanted::Calendar;
        }
        // Its first word is a moment.
        let is_moment = command == "at" && self.before.last() == Some(command);
        if self.current.starts_with('@') {
            Wanted::Saved(command)
        } else if ABOUT_PEOPLE.contains(&command.as_str()) && !is_moment {
            Wanted::Person
        } else {
            Wanted::Nothing
        }
    }
}

fn is_command(word: &str) -> bool {
    super::args::command_named(word).is_some()
}

/// Whether some command has an option of this name that takes a value.
fn takes_value(word: &str) -> bool {
    word.strip_prefix("--")
        .is_some_and(super::args::takes_value)
}

fn policies(config: &Config) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = built_in()
        .iter()
        .chain(built_in_of_queue())
        .map(|policy| candidate(policy.name(), "built in"))
        .collect();
    found.extend(
        config
            .file
            .policies
            .keys()
            .map(|name| candidate(name, "of the configuration")),
    );
    found
}

fn calendars(config: &Config, before: &str) -> Vec<Candidate> {
    let calendars = config.file.calendars.iter();
    let mut found: Vec<Candidate> = calendars
        .map(|(name, section)| candidate(&format!("{before}{name}"), &section.hours))
        .collect();
    if !config.file.calendar_for.is_empty() {
        found.push(candidate(&format!("{before}{OWN}"), "each extension's own"));
    }
    found
}

/// The documented values of the facet, or the classes of the policy.
fn values(config: &Config, typed: &Typed<'_>) -> Vec<Candidate> {
    if let Some(name) = typed.option("--policy") {
        let policy = config.policy(name);
        let names = policy.map(|(policy, _)| {
            policy
                .class_names()
                .into_iter()
                .map(str::to_owned)
                .collect::<BTreeSet<_>>()
        });
        let names = names.unwrap_or_default();
        return names.iter().map(|class| candidate(class, name)).collect();
    }
    let facet = typed
        .option("--facet")
        .map_or(Some(Facet::PresenceStatus), Facet::from_name);
    let values = facet.map_or(&[][..], Facet::documented_values);
    values
        .iter()
        .map(|value| candidate(value, facet.map_or("", Facet::name)))
        .collect()
}

fn saved(config: &Config, command: &str) -> Vec<Candidate> {
    let saved = config
        .file
        .saved
        .iter()
        .filter(|(_, saved)| saved.asked_by() == command);
    saved
        .map(|(name, saved)| {
            let about = saved.description.as_deref().unwrap_or("saved");
            candidate(&format!("@{name}"), about)
        })
        .collect()
}

async fn people(session: &Session) -> Result<Vec<Candidate>, Failure> {
    settings::check_location(&session.settings.store)?;
    let context = session.asker.context(&AsOfFields::default()).await?;
    Ok(numbers_and_names(&context).await?)
}

/// Everyone by number, and by name: whichever is typed.
async fn numbers_and_names(context: &Context) -> Result<Vec<Candidate>, AskError> {
    let extensions = context.extensions().await?;
    let profiles = || {
        extensions
            .iter()
            .filter_map(|extension| extension.profile.as_deref())
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let by_number =
        profiles().map(|profile| (text(&profile.extension_number), text(&profile.name)));
    let by_name = profiles().map(|profile| (text(&profile.name), text(&profile.extension_number)));
    let of = |pairs: &mut dyn Iterator<Item = (String, String)>| {
        let mut found: Vec<Candidate> = pairs
            .filter(|(text, _)| !text.is_empty())
            .map(|(text, about)| candidate(&text, &about))
            .collect();
        found.sort();
        found
    };
    let mut found = of(&mut { by_number });
    found.extend(of(&mut { by_name }));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &[&str], expected: &Wanted<'_>) {
        let words: Vec<String> = typed.iter().map(|word| (*word).to_owned()).collect();
        assert_eq!(&Typed::of(&words).wanted(), expected, "{typed:?}");
    }

    #[test]
    fn what_is_wanted_follows_from_the_words_before() {
        check(&["report", ""], &Wanted::Person);
        check(&["-q", "report", "--by", "day", "10"], &Wanted::Person);
        check(&["report", "--by", ""], &Wanted::Nothing);
        check(&["report", "--policy", "d"], &Wanted::Policy);
        check(&["report", "--calendar", ""], &Wanted::Calendar);
        check(&["calendar", "show", ""], &Wanted::Calendar);
        check(&["report", "--hours", "@s"], &Wanted::Hours);
        check(&["heatmap", "--value", ""], &Wanted::Value);
        check(&["report", "@w"], &Wanted::Saved("report"));
        check(&["report", "--f"], &Wanted::Nothing);
        check(&["at", ""], &Wanted::Nothing);
        check(&["at", "now", ""], &Wanted::Person);
        check(&["coverage", ""], &Wanted::Nothing);
        check(&[], &Wanted::Nothing);
    }

    #[test]
    fn options_have_their_values_apart_or_joined() {
        let words = ["--store=a.db", "--config", "b.toml", "now", ""].map(str::to_owned);
        let typed = Typed::of(&words);
        assert_eq!(typed.option("--store"), Some("a.db"));
        assert_eq!(typed.option("--config"), Some("b.toml"));
        assert_eq!(typed.option("--account"), None);
    }
}
