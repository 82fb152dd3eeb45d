//! Texts for people: all that the pages say, a file per language in `locales/`.
//!
//! The files are written in Fluent (<https://projectfluent.org>). A translation is a copy of `en.ftl` with other words, and
//! a line in [`FILES`]. What a translation lacks is said in English. Messages that scripts need begin with `script-`.

mod accepted;
mod language;

use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::{FluentArgs, FluentValue};

use self::language::Language;

/// The languages: the tag of each (BCP 47), and its file. The first one is English, which has every message.
const FILES: [(&str, &str); 2] = [
    ("en", include_str!("../locales/en.ftl")),
    ("de", include_str!("../locales/de.ftl")),
];

static LANGUAGES: LazyLock<Vec<Language>> =
    LazyLock::new(|| FILES.map(|(tag, text)| Language::read(tag, text)).into());

/// The texts of a language.
#[derive(Clone, Copy)]
pub struct Texts(&'static Language);

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Texts").field(&self.tag()).finish()
    }
}

impl Default for Texts {
    fn default() -> Self {
        Self::english()
    }
}

impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        self.tag() == other.tag()
    }
}

impl Eq for Texts {}

impl Texts {
    /// The texts in English.
    pub fn english() -> Self {
        Self(&LANGUAGES[0])
    }

    /// The texts of all languages, English first.
    pub fn all() -> impl Iterator<Item = Self> {
        LANGUAGES.iter().map(Self)
    }

    /// The texts of the language with this tag, such as `de`, in any case; `None` if there is no translation.
    pub fn of_tag(tag: &str) -> Option<Self> {
        Self::all().find(|texts| texts.tag().eq_ignore_ascii_case(tag))
    }

    /// The texts that a browser's `Accept-Language` prefers (RFC 9110, 12.5.4), in English where it names none that is
    /// there. A tag such as `de-AT` means `de`.
    pub fn accepted(header: &str) -> Self {
        let tags = accepted::tags(header).into_iter();
        let known = tags.filter_map(|tag| Self::of_tag(tag.split('-').next().unwrap_or(tag)));
        known.take(1).next().unwrap_or_default()
    }

    /// The tag of the language (BCP 47).
    pub fn tag(self) -> &'static str {
        self.0.tag
    }

    /// A message without variables.
    pub fn say(self, id: &str) -> String {
        self.with(id, &[])
    }

    /// A message that need not be there, such as the label of a value.
    pub fn find(self, id: &str) -> Option<String> {
        let message = |language: &Language| language.say(id, None);
        message(self.0).or_else(|| message(Self::english().0))
    }

    /// A message with its variables. A message that is nowhere is shown by its id: tests find these.
    pub fn with(self, id: &str, variables: &[(&'static str, Value<'_>)]) -> String {
        let mut arguments = FluentArgs::with_capacity(variables.len());
        for (name, value) in variables {
            match value {
                Value::Number(number) => arguments.set(*name, *number),
                Value::Text(text) => arguments.set(*name, FluentValue::from(text.as_ref())),
            }
        }
        let message = |language: &Language| language.say(id, Some(&arguments));
        let found = message(self.0).or_else(|| message(Self::english().0));
        found.unwrap_or_else(|| id.to_owned())
    }

    /// A whole number, its digits in groups: `12,345`.
    pub fn number(self, number: i64) -> String {
        self.0.marks.grouped(number)
    }

    /// A number with decimal places: `0.5`.
    pub fn decimal(self, number: f64, places: usize) -> String {
        self.figures(&format!("{number:.places$}"))
    }

    /// A text of figures that was written with a decimal point, with the mark of the language: `93.1 %` as `93,1 %`.
    pub fn figures(self, text: &str) -> String {
        match self.0.marks.decimal.as_str() {
            "." => text.to_owned(),
            mark => text.replace('.', mark),
        }
    }

    /// A date in figures.
    pub fn date(self, year: i16, month: i8, day: i8) -> String {
        let (year, month, day) = (
            format!("{year:04}"),
            format!("{month:02}"),
            format!("{day:02}"),
        );
        let date = self.0.marks.date.replace("YYYY", &year);
        date.replace("MM", &month).replace("DD", &day)
    }

    /// The messages for scripts: their ids without `script-`, and their texts, in which a variable stands in braces.
    pub fn of_scripts(self) -> Vec<(&'static str, String)> {
        let ids = Self::english().0.ids().filter_map(|id| {
            let name = id.strip_prefix("script-")?;
            Some((id, name))
        });
        ids.map(|(id, name)| {
            let variables = Self::english().0.variables(id);
            let mut arguments = FluentArgs::with_capacity(variables.len());
            for variable in variables {
                arguments.set(variable, format!("{{{variable}}}"));
            }
            let message = |language: &Language| language.say(id, Some(&arguments));
            let text = message(self.0).or_else(|| message(Self::english().0));
            (name, text.unwrap_or_default())
        })
        .collect()
    }
}

/// What a variable of a message stands for.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// A whole number: it chooses between singular and plural, and is written in groups of digits.
    Number(i64),
    /// A text, shown as it is.
    Text(Cow<'a, str>),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Value<'_> {
    fn from(number: i32) -> Self {
        Self::Number(i64::from(number))
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Number(i64::from(number))
    }
}

impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Value<'_> {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// A message of a language: `say!(texts, "extensions", count = people)`.
#[macro_export]
macro_rules! say {
    ($texts:expr, $id:literal) => {
        $crate::Texts::say($texts, $id)
    };
    ($texts:expr, $id:literal, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::Texts::with($texts, $id, &[$((stringify!($name), $crate::Value::from($value))),+])
    };
}

#[cfg(test)]
mod tests;
