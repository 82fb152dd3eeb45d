//! The questions: what each is called, which fields it has, and how a request for it is read.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::common::CommonFields;
use super::format::Drawn;
use super::parameters::{Field, FromParameters, Parameters, Times};
use super::refusal::{FieldName, Refusal, sentence};
use super::request::{QUESTIONS, Request};

/// A question.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// Its name, which is no other's.
    pub name: &'static str,
    /// What it answers, in a sentence.
    pub summary: &'static str,
    /// Its formats in addition to those that every question has.
    pub drawn: &'static [Drawn],
    /// Where the answer is a list that is given in pages.
    pub pages: Option<Pages>,
    /// Whom the answer is about, for the access log.
    pub about: About,
    /// Fields that cannot be given together.
    conflicts: &'static [(FieldName, FieldName)],
    fields: fn() -> Vec<Field>,
    read: fn(&mut Parameters) -> Result<Request, Refusal>,
    define: fn(clap::Command) -> clap::Command,
    schema: fn(&mut SchemaGenerator) -> Schema,
}

/// How a list is given in pages: with `limit`, and `after` what came before.
#[derive(Clone, Copy, Debug)]
pub struct Pages {
    /// So many entries are given if nothing is said.
    pub usual: u64,
    /// So many at most.
    pub most: u64,
}

/// Whom an answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// People: that it was asked is written into the access log.
    People,
    /// The account, the configuration or the access log itself: it is not.
    Nobody,
}

impl Question {
    /// A question about people that asks an `R` and answers with an `A`, with everything else as it usually is.
    pub(crate) const fn of<R: FromParameters + Args, A: JsonSchema>(
        name: &'static str,
        summary: &'static str,
        read: fn(&mut Parameters) -> Result<Request, Refusal>,
    ) -> Self {
        Self {
            name,
            summary,
            drawn: &[],
            pages: None,
            about: About::People,
            conflicts: &[],
            fields: R::fields,
            read,
            define: R::augment_args,
            schema: SchemaGenerator::subschema_for::<A>,
        }
    }

    /// The same question, answered in these formats as well.
    pub(crate) const fn drawn(self, drawn: &'static [Drawn]) -> Self {
        Self { drawn, ..self }
    }

    /// The same question, answered by a list in pages.
    pub(crate) const fn in_pages(self, usual: u64, most: u64) -> Self {
        Self {
            pages: Some(Pages { usual, most }),
            ..self
        }
    }

    /// The same question, about no people.
    pub(crate) const fn about_nobody(self) -> Self {
        Self {
            about: About::Nobody,
            ..self
        }
    }

    /// The same question, of whose fields these cannot be given together.
    pub(crate) const fn without_both(self, conflicts: &'static [(FieldName, FieldName)]) -> Self {
        Self { conflicts, ..self }
    }

    /// The question of this name; `None` if there is none.
    pub fn named(name: &str) -> Option<&'static Self> {
        QUESTIONS.iter().find(|question| question.name == name)
    }

    /// Its own fields, and not every question's.
    pub fn own_fields(&self) -> Vec<Field> {
        (self.fields)()
    }

    /// All its fields.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = self.own_fields();
        fields.extend(CommonFields::fields());
        fields
    }

    /// The schema of its answer as JSON, for the description of the API: a reference, or a schema by itself.
    pub fn answer_schema(&self, generator: &mut SchemaGenerator) -> Schema {
        (self.schema)(generator)
    }

    /// What the fields are, with their descriptions: the command line's definition of the same type.
    pub fn definition(&self) -> clap::Command {
        let own = (self.define)(clap::Command::new(self.name));
        CommonFields::augment_args(own)
    }

    /// Adds its own fields to a command line.
    pub fn define(&self, command: clap::Command) -> clap::Command {
        (self.define)(command)
    }

    /// The fields that stand on a command line, each as it is written there; not what holds otherwise.
    pub fn given(&self, matches: &ArgMatches) -> Vec<(String, String)> {
        let definition = self.definition();
        let is_given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
        let arguments = definition.get_arguments();
        let given = arguments.filter(|argument| is_given(argument.get_id().as_str()));
        let texts = given.flat_map(|argument| {
            let texts = matches.get_raw(argument.get_id().as_str());
            let texts = texts.into_iter().flatten();
            texts.map(|text| (field_name(argument), text.to_string_lossy().into_owned()))
        });
        texts.collect()
    }

    /// Reads a request from names and texts.
    pub fn read(&self, pairs: Vec<(String, String)>) -> Result<(CommonFields, Request), Refusal> {
        let fields = self.fields();
        self.check_conflicts(&fields, &pairs)?;
        let mut parameters = Parameters::new(pairs);
        let unknown = parameters.unknown(self.name, &fields);
        if let Some(refusal) = unknown {
            return Err(refusal);
        }
        let common = CommonFields::take(&mut parameters)?;
        let request = (self.read)(&mut parameters)?;
        Ok((common, request))
    }

    fn check_conflicts(&self, fields: &[Field], pairs: &[(String, String)]) -> Result<(), Refusal> {
        let is_given = |name: &FieldName| {
            let is_flag = fields
                .iter()
                .any(|field| field.name == *name && field.times == Times::Flag);
            let mut given = pairs.iter().filter(|(known, _)| known == name.0);
            given.any(|(_, value)| !(is_flag && value == "false"))
        };
        let mut conflicts = self.conflicts.iter();
        match conflicts.find(|(one, other)| is_given(one) && is_given(other)) {
            None => Ok(()),
            Some((one, other)) => Err(Refusal::wrong(
                *one,
                sentence!(*one, " cannot be given together with ", *other),
            )),
        }
    }
}

/// The name of the field that an argument of a command line is: its option, or what a word without one means.
pub fn field_name(argument: &Arg) -> String {
    match (argument.get_long(), argument.get_id().as_str()) {
        (Some(long), _) => long.to_owned(),
        (None, "people") => "person".to_owned(),
        (None, id) => id.to_owned(),
    }
}

const fn field(name: &'static str) -> FieldName {
    FieldName(name)
}

/// The part of the log is named in one way.
pub(crate) const LOG: (FieldName, FieldName) = (field("as-known-at"), field("as-of"));
/// States are told apart in one way.
pub(crate) const CRITERION: (FieldName, FieldName) = (field("policy"), field("facet"));
/// Hours are said in one way.
pub(crate) const HOURS: (FieldName, FieldName) = (field("calendar"), field("hours"));
/// People who are named count, whatever type they are of.
pub(crate) const WHO: (FieldName, FieldName) = (field("types"), field("person"));

/// The name of the list of policies, which `presence policy list` asks for.
pub const POLICIES: &str = "policies";

/// The name of the list of changes.
pub const CHANGES: &str = "changes";

/// The name of the list of who asked about whom.
pub const ACCESS_LOG: &str = "access-log";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::ArgAction;

    use super::*;

    #[test]
    fn the_table_of_fields_is_that_of_the_command_line() {
        for question in QUESTIONS {
            let definition = question.definition();
            let defined: BTreeSet<String> = definition.get_arguments().map(field_name).collect();
            let fields = question.fields();
            let known: BTreeSet<String> =
                fields.iter().map(|field| field.name.0.to_owned()).collect();
            assert_eq!(known, defined, "{}", question.name);
            assert_eq!(known.len(), fields.len(), "{}", question.name);
            for argument in definition.get_arguments() {
                let field = fields
                    .iter()
                    .find(|field| field.name.0 == field_name(argument));
                let field = field.expect("every argument is a field");
                let is_needed = argument.is_required_set();
                let takes_values = argument.get_action().takes_values();
                let is_list = argument.get_value_delimiter().is_some();
                let is_repeated = matches!(argument.get_action(), ArgAction::Append) && !is_list;
                let expected = match (is_needed, is_repeated, is_list, takes_values) {
                    (_, _, _, false) => Times::Flag,
                    (_, _, true, _) => Times::List,
                    (true, true, ..) => Times::Several,
                    (false, true, ..) => Times::Repeated,
                    (true, false, ..) => Times::Needed,
                    (false, false, ..) => Times::Once,
                };
                assert_eq!(field.times, expected, "{} {}", question.name, field.name.0);
            }
        }
    }

    #[test]
    fn fields_exclude_one_another_as_on_the_command_line() {
        for question in QUESTIONS {
            let mut definition = question.definition();
            definition.build();
            let mut expected = BTreeSet::new();
            for argument in definition.get_arguments() {
                for other in definition.get_arg_conflicts_with(argument) {
                    let mut pair = [field_name(argument), field_name(other)];
                    pair.sort();
                    expected.insert(pair);
                }
            }
            let conflicts = question.conflicts.iter().map(|(one, other)| {
                let mut pair = [one.0.to_owned(), other.0.to_owned()];
                pair.sort();
                pair
            });
            assert_eq!(
                conflicts.collect::<BTreeSet<_>>(),
                expected,
                "{}",
                question.name
            );
        }
    }
}
