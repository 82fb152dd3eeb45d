//! A language: its messages, and how it writes numbers and dates.

use std::collections::BTreeSet;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Message, Pattern, PatternElement};
use intl_memoizer::Memoizable;
use intl_memoizer::concurrent::IntlLangMemoizer;
use unic_langid::LanguageIdentifier;

/// A language.
pub(crate) struct Language {
    /// Its tag (BCP 47).
    pub(crate) tag: &'static str,
    /// How it writes numbers and dates.
    pub(crate) marks: Marks,
    bundle: FluentBundle<&'static FluentResource>,
    resource: &'static FluentResource,
}

/// How a language writes numbers and dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marks {
    /// Before decimal places.
    pub(crate) decimal: String,
    /// Between groups of three digits.
    pub(crate) group: String,
    /// A date: `YYYY`, `MM` and `DD` stand for its parts.
    pub(crate) date: String,
}

impl Marks {
    /// A whole number, its digits in groups.
    pub(crate) fn grouped(&self, number: i64) -> String {
        let digits = number.unsigned_abs().to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 + 1);
        if number < 0 {
            grouped.push('-');
        }
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                grouped.push_str(&self.group);
            }
            grouped.push(digit);
        }
        grouped
    }
}

impl Language {
    /// Reads the file of a language. What cannot be read of it is left out; tests refuse such files.
    pub(crate) fn read(tag: &'static str, text: &str) -> Self {
        let resource = match FluentResource::try_new(text.to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        // The languages live as long as the program.
        let resource: &'static FluentResource = Box::leak(Box::new(resource));
        let id: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Names stand in elements of their own where their direction matters.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(number));
        bundle.add_resource_overriding(resource);
        let mut language = Self {
            tag,
            marks: Marks {
                decimal: ".".to_owned(),
                group: ",".to_owned(),
                date: "YYYY-MM-DD".to_owned(),
            },
            bundle,
            resource,
        };
        let mark = |id: &str, usual: &str| language.say(id, None).unwrap_or(usual.to_owned());
        let marks = Marks {
            decimal: mark("format-decimal", "."),
            group: mark("format-group", ","),
            date: mark("format-date", "YYYY-MM-DD"),
        };
        language.marks = marks;
        language
    }

    /// A message; `None` if it is not there.
    pub(crate) fn say(&self, id: &str, arguments: Option<&FluentArgs<'_>>) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.value()?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, arguments, &mut errors);
        Some(text.into_owned())
    }

    /// The ids of all messages, in the order of the file.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &'static str> {
        messages(self.resource).map(|message| message.id.name)
    }

    /// The variables of a message.
    pub(crate) fn variables(&self, id: &str) -> BTreeSet<&'static str> {
        let mut found = BTreeSet::new();
        let mut all = messages(self.resource);
        if let Some(pattern) =
            all.find_map(|message| message.value.as_ref().filter(|_| message.id.name == id))
        {
            of_pattern(pattern, &mut found);
        }
        found
    }
}

fn messages(
    resource: &'static FluentResource,
) -> impl Iterator<Item = &'static Message<&'static str>> {
    resource.entries().filter_map(|entry| match entry {
        Entry::Message(message) => Some(message),
        _ => None,
    })
}

fn of_pattern(pattern: &Pattern<&'static str>, found: &mut BTreeSet<&'static str>) {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { .. } => {}
            PatternElement::Placeable { expression } => of_expression(expression, found),
        }
    }
}

fn of_expression(expression: &Expression<&'static str>, found: &mut BTreeSet<&'static str>) {
    match expression {
        Expression::Inline(inline) => of_inline(inline, found),
        Expression::Select { selector, variants } => {
            of_inline(selector, found);
            for variant in variants {
                of_pattern(&variant.value, found);
            }
        }
    }
}

fn of_inline(inline: &InlineExpression<&'static str>, found: &mut BTreeSet<&'static str>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            found.insert(id.name);
        }
        InlineExpression::Placeable { expression } => of_expression(expression, found),
        _ => {}
    }
}

/// Writes a number as the language of a bundle does.
fn number(value: &FluentValue<'_>, languages: &IntlLangMemoizer) -> Option<String> {
    let FluentValue::Number(number) = value else {
        return None;
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "variables are whole numbers, far below 2^53"
    )]
    let whole = number.value as i64;
    let written = languages.with_try_get::<Grouping, _, _>((), |grouping| {
        grouping.0.map_or_else(
            || whole.to_string(),
            |language| language.marks.grouped(whole),
        )
    });
    written.ok()
}

/// The language whose marks a bundle uses.
struct Grouping(Option<&'static Language>);

impl Memoizable for Grouping {
    type Args = ();
    type Error = ();

    fn construct(id: LanguageIdentifier, (): ()) -> Result<Self, ()> {
        let tag = id.to_string();
        let mut languages = crate::LANGUAGES.iter();
        Ok(Self(languages.find(|language| language.tag == tag)))
    }
}
