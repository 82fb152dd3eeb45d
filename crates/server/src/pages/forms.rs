//! The forms of pages: what can be chosen and filled in, and what is.

use presence_model::facet::Facet;

use super::directory::{Directory, TEAM_FIELDS};
use super::fields::Fields;
use super::palette;
use presence_core::query::calendars::OWN;
use presence_texts::Texts;

/// One of several.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// The field.
    pub(super) name: &'static str,
    /// What it is called.
    pub(super) label: String,
    /// What can be chosen.
    pub(super) options: Vec<ChoiceOption>,
}

/// One that can be chosen.
#[derive(Clone, Debug)]
pub(super) struct ChoiceOption {
    /// What the field says.
    pub(super) value: String,
    /// What is shown.
    pub(super) label: String,
    /// Whether it is chosen.
    pub(super) is_chosen: bool,
}

impl Choice {
    /// A choice among values that are shown as they are, or under another label; the first one stands for nothing
    /// chosen if its value is empty.
    pub(super) fn new<'a>(
        name: &'static str,
        label: impl Into<String>,
        options: impl IntoIterator<Item = (&'a str, impl Into<String>)>,
        chosen: Option<&str>,
    ) -> Self {
        let chosen = chosen.unwrap_or_default();
        let mut options: Vec<ChoiceOption> = options
            .into_iter()
            .map(|(value, label)| ChoiceOption {
                value: value.to_owned(),
                label: label.into(),
                is_chosen: value == chosen,
            })
            .collect();
        // What an address asks for stays chosen, also where the list does not have it.
        if !options.iter().any(|option| option.is_chosen) && !chosen.is_empty() {
            options.push(ChoiceOption {
                value: chosen.to_owned(),
                label: chosen.to_owned(),
                is_chosen: true,
            });
        }
        Self {
            name,
            label: label.into(),
            options,
        }
    }
}

/// A line to fill in.
#[derive(Clone, Debug, Default)]
pub(super) struct TextField {
    /// The field.
    pub(super) name: &'static str,
    /// What it is called.
    pub(super) label: String,
    /// What is filled in.
    pub(super) value: String,
    /// An example.
    pub(super) example: String,
    /// How many letters are shown.
    pub(super) size: usize,
}

impl TextField {
    /// A line for a field of an address.
    pub(super) fn new(
        fields: &Fields,
        name: &'static str,
        label: impl Into<String>,
        example: impl Into<String>,
        size: usize,
    ) -> Self {
        Self {
            name,
            label: label.into(),
            value: fields.get(name).unwrap_or_default().to_owned(),
            example: example.into(),
            size,
        }
    }
}

/// Something that can be ticked.
#[derive(Clone, Debug)]
pub(super) struct Check {
    /// The field.
    pub(super) name: &'static str,
    /// What the field says if it is ticked.
    pub(super) value: &'static str,
    /// What it is called.
    pub(super) label: String,
    /// Whether it is ticked.
    pub(super) is_chosen: bool,
}

/// A section of a form.
#[derive(Clone, Debug, Default)]
pub(super) struct FieldSet {
    /// What it is about.
    pub(super) legend: String,
    /// What can be chosen.
    pub(super) choices: Vec<Choice>,
    /// What can be filled in.
    pub(super) texts: Vec<TextField>,
    /// What can be ticked.
    pub(super) checks: Vec<Check>,
}

/// A choice of team for each kind of group that there is.
pub(super) fn teams(texts: Texts, directory: &Directory, fields: &Fields) -> Vec<Choice> {
    let labels = ["department", "site", "queue"];
    let kinds = TEAM_FIELDS.iter().zip(labels);
    let choices = kinds.filter_map(|(&name, label)| {
        let names = directory.names(name);
        let chosen = fields.get(name);
        if names.is_empty() && chosen.is_none() {
            return None;
        }
        let names = names.iter().map(|(name, count)| {
            let count = texts.number(i64::try_from(*count).unwrap_or(i64::MAX));
            (*name, format!("{name} ({count})"))
        });
        let options = std::iter::once(("", texts.say("form-all"))).chain(names);
        Some(Choice::new(name, texts.say(label), options, chosen))
    });
    choices.collect()
}

/// The choice of a value, among those that are known.
pub(super) fn values(
    texts: Texts,
    name: &'static str,
    label: impl Into<String>,
    known: &[&str],
    chosen: &str,
) -> Choice {
    let values = known.iter().enumerate();
    let values = values.map(|(index, value)| {
        // The first one is the usual one: it needs no field in the address.
        let sent = if index == 0 { "" } else { *value };
        (sent, palette::value_text(texts, value))
    });
    let chosen = Some(chosen).filter(|chosen| known.first() != Some(chosen));
    Choice::new(name, label, values, chosen)
}

/// The choice of a calendar, among those of the configuration; `None` where there is none.
pub(super) fn calendars(texts: Texts, names: &[String], fields: &Fields) -> Option<Choice> {
    let chosen = fields.get("calendar");
    if names.is_empty() && chosen.is_none() {
        return None;
    }
    let names = names.iter().map(|name| (name.as_str(), name.clone()));
    let options = [
        ("", texts.say("form-no-calendar")),
        (OWN, texts.say("form-own-calendars")),
    ];
    let options = options.into_iter().chain(names);
    let label = texts.say("form-calendar");
    Some(Choice::new("calendar", label, options, chosen))
}

/// The choice of a policy, among these.
pub(super) fn policies(texts: Texts, names: &[String], fields: &Fields) -> Choice {
    let names = names.iter().map(|name| (name.as_str(), name.clone()));
    let options = std::iter::once(("", texts.say("form-no-policy"))).chain(names);
    let label = texts.say("form-policy");
    Choice::new("policy", label, options, fields.get("policy"))
}

/// The choice of a facet.
pub(super) fn facets(texts: Texts, fields: &Fields) -> Choice {
    let usual = Facet::PresenceStatus;
    let others = Facet::ALL.into_iter().filter(|facet| *facet != usual);
    let others = others.map(|facet| (facet.name(), palette::facet_text(texts, facet)));
    // The usual one needs no field in the address.
    let options = std::iter::once(("", palette::facet_text(texts, usual))).chain(others);
    let chosen = fields.get("facet").filter(|name| *name != usual.name());
    Choice::new("facet", texts.say("status"), options, chosen)
}

/// Fields as a form keeps them.
pub(super) fn kept(fields: &Fields) -> Vec<(String, String)> {
    let fields = fields.iter();
    fields
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
