//! The fields of a request as names and texts: what a query string, a JSON body or a form gives.
//!
//! Every field parses itself from text, by [`FromStr`]. [`fields!`] is the one table of a request's fields: it says which
//! fields there are, and how often each may be given. A test holds it against the command line's definition of the same
//! type.

use std::fmt::Display;
use std::str::FromStr;

use super::refusal::{FieldName, Refusal, sentence};
use presence_core::query::suggestion::suggestion;

/// How a field may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// Not at all, or once.
    Once,
    /// Once.
    Needed,
    /// Any number of times.
    Repeated,
    /// Once or more.
    Several,
    /// As a list with commas between its values; several lists are joined.
    List,
    /// As `true` or `false`, or without a value.
    Flag,
}

/// A field of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: FieldName,
    /// How it may be given.
    pub times: Times,
}

/// What can be filled from parameters.
pub trait FromParameters: Sized {
    /// The fields, each once.
    fn fields() -> Vec<Field>;

    /// Takes its fields out of the parameters.
    fn take(parameters: &mut Parameters) -> Result<Self, Refusal>;
}

/// Names and texts, in their order.
#[derive(Clone, Debug, Default)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// These.
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// Takes out all texts of a name.
    pub fn texts(&mut self, name: FieldName) -> Vec<String> {
        let taken = self.0.extract_if(.., |(known, _)| known == name.0);
        taken.map(|(_, value)| value).collect()
    }

    /// The text of a field that may be given once.
    pub fn text(&mut self, name: FieldName) -> Result<Option<String>, Refusal> {
        let mut texts = self.texts(name).into_iter();
        let first = texts.next();
        if texts.next().is_some() {
            return Err(Refusal::wrong(name, sentence!(name, " is given twice")));
        }
        Ok(first)
    }

    /// A field that may be given once.
    pub fn once<T: FromStr<Err: Display>>(
        &mut self,
        name: FieldName,
    ) -> Result<Option<T>, Refusal> {
        let text = self.text(name)?;
        text.map(|text| read(name, &text)).transpose()
    }

    /// A field that may be given once, and is `usual` else.
    pub fn usually<T: FromStr<Err: Display>>(
        &mut self,
        name: FieldName,
        usual: &str,
    ) -> Result<T, Refusal> {
        let text = self.text(name)?;
        read(name, text.as_deref().unwrap_or(usual))
    }

    /// A field that must be given.
    pub fn needed<T: FromStr<Err: Display>>(&mut self, name: FieldName) -> Result<T, Refusal> {
        self.once(name)?.ok_or_else(|| missing(name))
    }

    /// A field that may be given any number of times.
    pub fn repeated<T: FromStr<Err: Display>>(
        &mut self,
        name: FieldName,
    ) -> Result<Vec<T>, Refusal> {
        let texts = self.texts(name);
        texts.iter().map(|text| read(name, text)).collect()
    }

    /// A field that must be given, and may be given several times.
    pub fn several<T: FromStr<Err: Display>>(
        &mut self,
        name: FieldName,
    ) -> Result<Vec<T>, Refusal> {
        let values = self.repeated(name)?;
        if values.is_empty() {
            return Err(missing(name));
        }
        Ok(values)
    }

    /// A field that is a list with commas between its values; given several times, the lists are joined.
    pub fn list<T: FromStr<Err: Display>>(&mut self, name: FieldName) -> Result<Vec<T>, Refusal> {
        let texts = self.texts(name);
        let words = texts.iter().flat_map(|text| text.split(','));
        words.map(|word| read(name, word)).collect()
    }

    /// A field that is there or is not.
    pub fn flag(&mut self, name: FieldName) -> Result<bool, Refusal> {
        match self.text(name)?.as_deref() {
            None | Some("false") => Ok(false),
            Some("" | "true") => Ok(true),
            Some(other) => Err(Refusal::wrong(
                name,
                sentence!(name, format!(" is {other:?}: write true or false")),
            )),
        }
    }

    /// Why a name is no field of the question; `None` if all are.
    pub fn unknown(&self, question: &str, fields: &[Field]) -> Option<Refusal> {
        let is_known = |name: &str| fields.iter().any(|field| field.name.0 == name);
        let (name, _) = self.0.iter().find(|(name, _)| !is_known(name))?;
        let near = suggestion(name, fields.iter().map(|field| field.name.0));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        let sentence = format!("{question} has no parameter {name:?}{hint}").into();
        let name = name.clone();
        Some(Refusal::NoSuchField { name, sentence })
    }
}

fn read<T: FromStr<Err: Display>>(name: FieldName, text: &str) -> Result<T, Refusal> {
    text.parse()
        .map_err(|reason| Refusal::of_field(name, reason))
}

fn missing(name: FieldName) -> Refusal {
    Refusal::wrong(name, sentence!(name, " must be given"))
}

/// The table of a request's fields: `fields!(Window { from: once "from", to: once "to" })`. A field whose type has a table
/// of its own is a `part`.
macro_rules! fields {
    ($request:ident { $($field:ident: $kind:ident $($name:literal)? $(or $usual:expr)?),* $(,)? }) => {
        impl $crate::parameters::FromParameters for $request {
            fn fields() -> Vec<$crate::parameters::Field> {
                let parts = [
                    $($crate::parameters::field!($request, $field, $kind $($name)?),)*
                ];
                parts.concat()
            }

            fn take(
                parameters: &mut $crate::parameters::Parameters,
            ) -> Result<Self, $crate::refusal::Refusal> {
                Ok(Self {
                    $($field: $crate::parameters::taken!(parameters, $kind $($name)? $(or $usual)?),)*
                })
            }
        }
    };
}

macro_rules! field {
    ($request:ident, $field:ident, part) => {
        $crate::parameters::fields_of(|request: &$request| &request.$field)
    };
    ($request:ident, $field:ident, $kind:ident $name:literal) => {
        vec![$crate::parameters::Field {
            name: $crate::refusal::FieldName($name),
            times: $crate::parameters::times!($kind),
        }]
    };
}

macro_rules! times {
    (once) => {
        $crate::parameters::Times::Once
    };
    (needed) => {
        $crate::parameters::Times::Needed
    };
    (repeated) => {
        $crate::parameters::Times::Repeated
    };
    (several) => {
        $crate::parameters::Times::Several
    };
    (list) => {
        $crate::parameters::Times::List
    };
    (flag) => {
        $crate::parameters::Times::Flag
    };
}

macro_rules! taken {
    ($parameters:ident, part) => {
        $crate::parameters::FromParameters::take($parameters)?
    };
    ($parameters:ident, once $name:literal or $usual:expr) => {
        $parameters.usually($crate::refusal::FieldName($name), $usual)?
    };
    ($parameters:ident, $kind:ident $name:literal) => {
        $parameters.$kind($crate::refusal::FieldName($name))?
    };
}

pub(crate) use {field, fields, taken, times};

/// The fields of a part of a request; `_part` says which part.
pub(crate) fn fields_of<R, P: FromParameters>(_part: impl Fn(&R) -> &P) -> Vec<Field> {
    P::fields()
}
