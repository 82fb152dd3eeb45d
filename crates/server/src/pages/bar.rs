//! The bar on top of every page that asks the history: which stretch of time, who, by which status or policy, which hours
//! count, in which zone. Its parts are the same everywhere, so that what is chosen on one page is kept on the next.

use super::calendar_range::{CalendarRange, TIME_FIELDS, presets};
use super::fields::Fields;
use super::forms::{self, Check, Choice, FieldSet, TextField};
use super::layout::Link;
use super::page_request::PageRequest;
use super::period::{Period, Unit};
use super::together::{self, REQUIRED, VALUE, VALUE_OF, value_of};
use presence_core::query::classes::Criterion;
use presence_model::time::TimeRange;

/// The shortest stretch that is looked at closer, in milliseconds.
const SHORTEST_MS: i64 = 1_000;

/// The bar of a page.
#[derive(Clone, Debug, Default)]
pub(super) struct Bar {
    /// Where it is sent to.
    pub(super) action: String,
    /// What stays as it is.
    pub(super) kept: Vec<(String, String)>,
    /// Earlier and later, closer and farther.
    pub(super) steps: Vec<Link>,
    /// What is asked for most.
    pub(super) presets: Vec<Link>,
    /// The day, week, month and quarter around the same time.
    pub(super) units: Vec<Link>,
    /// Where any day is.
    pub(super) day: Option<DayForm>,
    /// What can be chosen.
    pub(super) choices: Vec<Choice>,
    /// What can be filled in.
    pub(super) texts: Vec<TextField>,
    /// The zone in which times are.
    pub(super) zone: ZoneField,
    /// What is asked for less, folded away.
    pub(super) sets: Vec<FieldSet>,
    /// What is folded away, in short.
    pub(super) folded: String,
}

/// The zone in which times are read and shown.
#[derive(Clone, Debug, Default)]
pub(super) struct ZoneField {
    /// Its name.
    pub(super) name: String,
    /// Zones that people are in.
    pub(super) choices: Vec<String>,
}

/// The form that leads to any day.
#[derive(Clone, Debug, Default)]
pub(super) struct DayForm {
    /// Where it is sent to.
    pub(super) action: String,
    /// What stays as it is.
    pub(super) kept: Vec<(String, String)>,
    /// The first day of what is shown.
    pub(super) value: String,
}

impl Bar {
    /// A bar of the page at `path`, with the zone.
    pub(super) fn new(page_request: &PageRequest, path: &str) -> Self {
        let zones = page_request.directory.zones().into_iter();
        Self {
            action: format!("{}{path}", page_request.root),
            zone: ZoneField {
                name: page_request.zone.name().to_owned(),
                choices: zones.map(str::to_owned).collect(),
            },
            ..Self::default()
        }
    }

    /// The same with the teams and a name.
    pub(super) fn who(mut self, page_request: &PageRequest) -> Self {
        let (fields, texts) = (&page_request.fields, page_request.texts);
        self.choices
            .extend(forms::teams(texts, &page_request.directory, fields));
        let label = texts.say("name-or-number");
        self.texts
            .push(TextField::new(fields, "person", label, "", 14));
        self
    }

    /// The same with the status or policy that states are told apart by.
    pub(super) fn by(mut self, page_request: &PageRequest) -> Self {
        let (fields, texts) = (&page_request.fields, page_request.texts);
        self.choices.push(forms::facets(texts, fields));
        let names = page_request.policy_names();
        self.choices.push(forms::policies(texts, &names, fields));
        self
    }

    /// The same with the policy alone.
    pub(super) fn policy(mut self, page_request: &PageRequest) -> Self {
        let names = page_request.policy_names();
        let names = names.iter().map(|name| (name.as_str(), name.clone()));
        let texts = page_request.texts;
        let options = std::iter::once(("", texts.say("form-usual-policy"))).chain(names);
        let chosen = page_request.fields.get("policy");
        let label = texts.say("form-policy");
        self.choices
            .push(Choice::new("policy", label, options, chosen));
        self
    }

    /// The same with the value of it that is counted.
    pub(super) fn value(mut self, page_request: &PageRequest, criterion: &Criterion) -> Self {
        let chosen = together::value(page_request, criterion);
        let known = criterion.known_values();
        let texts = page_request.texts;
        let label = texts.say("bar-counted");
        if known.is_empty() {
            let field = TextField::new(&page_request.fields, VALUE, label, "", 14);
            self.texts.push(field);
        } else {
            self.choices
                .push(forms::values(texts, VALUE, label, &known, &chosen));
        }
        let of = (
            VALUE_OF.to_owned(),
            value_of(&page_request.fields).to_owned(),
        );
        self.kept.push(of);
        self
    }

    /// The same with the hours that count.
    pub(super) fn hours(mut self, page_request: &PageRequest) -> Self {
        let (fields, texts) = (&page_request.fields, page_request.texts);
        let label = texts.say("bar-hours");
        let text = TextField::new(fields, "hours", label, "Mo-Fr 09:00-17:00", 20);
        self.texts.push(text);
        let names = page_request.asker.config.calendar_names();
        self.choices.extend(forms::calendars(texts, &names, fields));
        self
    }

    /// The same with how many are required when.
    pub(super) fn required(mut self, page_request: &PageRequest) -> Self {
        let (fields, example) = (&page_request.fields, "Mo-Fr 09:00-17:00=5");
        let label = page_request.texts.say("bar-required");
        let text = TextField::new(fields, REQUIRED, label, example, 20);
        self.texts.push(text);
        self
    }

    /// The same with the moment up to which the log is believed.
    pub(super) fn known(mut self, page_request: &PageRequest) -> Self {
        let (fields, example) = (&page_request.fields, "yesterday 18:00");
        let label = page_request.texts.say("as-known-at");
        let text = TextField::new(fields, "as-known-at", label, example, 16);
        self.texts.push(text);
        self
    }

    /// The same with both ends of the stretch, to be filled in.
    pub(super) fn ends(mut self, page_request: &PageRequest, usual: [&str; 2]) -> Self {
        let (fields, texts) = (&page_request.fields, page_request.texts);
        let ends = ["from", "to"].into_iter().zip(usual);
        let ends =
            ends.map(|(name, usual)| TextField::new(fields, name, texts.say(name), usual, 16));
        self.texts.splice(0..0, ends);
        self
    }

    /// The same with what is asked for less.
    pub(super) fn more(mut self, folded: impl Into<String>, sets: Vec<FieldSet>) -> Self {
        self.folded = folded.into();
        self.sets = sets;
        self
    }

    /// The same with the ways to other stretches of time: `address` says where a stretch is shown.
    pub(super) fn time(
        mut self,
        page_request: &PageRequest,
        range: CalendarRange,
        address: &dyn Fn(CalendarRange) -> String,
    ) -> Self {
        let near = [
            ("bar-earlier", "prev", range.previous()),
            ("bar-later", "next", range.next()),
        ];
        let texts = page_request.texts;
        let near = near.into_iter().filter_map(|(name, rel, near)| {
            Some(Link::new(texts.say(name), address(near?)).related(rel))
        });
        self.steps = near.collect();
        let today = page_request.zone.local(page_request.now()).date();
        let presets = presets(texts, today).into_iter();
        self.presets = presets
            .map(|(name, preset)| Link::new(name, address(preset)).here(preset == range))
            .collect();
        let kept = page_request.fields.without(&TIME_FIELDS);
        self.day = Some(DayForm {
            action: self.action.clone(),
            kept: forms::kept(&kept),
            value: range.first_day(&page_request.zone).to_string(),
        });
        self
    }

    /// The same with the ways closer and farther, and to the units of the calendar; no stretch is longer than `longest_ms`.
    pub(super) fn closer(
        mut self,
        page_request: &PageRequest,
        range: CalendarRange,
        longest_ms: i64,
        address: &dyn Fn(CalendarRange) -> String,
    ) -> Self {
        let zone = &page_request.zone;
        let Some(window) = range.window(zone) else {
            return self;
        };
        let length_ms = window.duration_ms();
        let widened = |ms: i64| TimeRange::new(window.from().plus_ms(-ms), window.to().plus_ms(ms));
        let closer = widened(-length_ms / 4).filter(|closer| closer.duration_ms() >= SHORTEST_MS);
        let farther = widened(length_ms / 2).filter(|farther| farther.duration_ms() <= longest_ms);
        let texts = page_request.texts;
        let link = |name: &str, window: TimeRange| {
            Link::new(texts.say(name), address(CalendarRange::of(window, zone)))
        };
        let closer = closer.map(|window| link("bar-closer", window));
        let farther = farther.map(|window| link("bar-farther", window).zooming_out());
        self.steps.extend(closer.into_iter().chain(farther));
        let middle = zone.local(window.from().plus_ms(length_ms / 2)).date();
        let units = Unit::ALL.map(|unit| {
            let date = match range.unit() {
                Some(shown) if shown <= unit => range.first_day(zone),
                _ => middle,
            };
            let period = CalendarRange::Period(Period::containing(unit, date));
            Link::new(unit.title(texts), address(period)).here(range.unit() == Some(unit))
        });
        self.units = units.into();
        self
    }

    /// The bar, with what else the address asks of this page, so that nothing is dropped and nothing sent twice: of the
    /// fields that the page `knows`, those without a control.
    pub(super) fn finish(mut self, page_request: &PageRequest, knows: &[&str]) -> Self {
        let mut controls = vec!["zone"];
        controls.extend(self.choices.iter().map(|choice| choice.name));
        controls.extend(self.texts.iter().map(|text| text.name));
        for set in &self.sets {
            controls.extend(set.choices.iter().map(|choice| choice.name));
            controls.extend(set.texts.iter().map(|text| text.name));
            controls.extend(set.checks.iter().map(|check: &Check| check.name));
        }
        let others: Fields = page_request.fields.only(knows).without(&controls);
        self.kept.extend(forms::kept(&others));
        self
    }
}
