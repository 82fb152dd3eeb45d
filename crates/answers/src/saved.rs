//! Saved questions: requests that the configuration keeps under a name. Their fields have the names that they have in every
//! request, and are refused for the same reasons.

use super::asker::Asker;
use super::common::CommonFields;
use super::parameters::Times;
use super::question::Question;
use super::refusal::Refusal;
use super::request::Request;

/// Names and texts of fields.
pub type Fields = Vec<(String, String)>;

/// What stands for a field that must be given and is not saved, while the others are checked.
const PLACEHOLDER: &str = "now";

/// A question of which some fields are saved; others may be given when it is asked.
#[derive(Clone, Debug)]
pub struct SavedQuestion {
    /// The question.
    pub question: &'static Question,
    fields: Fields,
}

impl SavedQuestion {
    /// A question with these fields.
    pub fn new(question: &'static Question, fields: Fields) -> Self {
        Self { question, fields }
    }

    /// The fields that are saved.
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// Whether a field is saved.
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(known, _)| known == name)
    }

    /// The request with what is given when it is asked: a field that is given takes the place of the saved one. People are
    /// added to those that are saved.
    pub fn with(&self, given: &[(String, String)]) -> Result<(CommonFields, Request), Refusal> {
        let is_replaced =
            |name: &str| name != "person" && given.iter().any(|(other, _)| other == name);
        let kept = self.fields.iter().filter(|(name, _)| !is_replaced(name));
        let fields = kept.cloned().chain(given.iter().cloned());
        self.question.read(fields.collect())
    }

    /// Why it cannot be asked, as far as that shows without the history. What it lacks may be given when it is asked.
    pub fn check(&self, asker: &Asker) -> Result<(), Refusal> {
        let fields = self.question.own_fields().into_iter();
        let lacking = fields.filter(|field| {
            matches!(field.times, Times::Needed | Times::Several) && !self.has(field.name.0)
        });
        let lacking = lacking.map(|field| (field.name.0.to_owned(), PLACEHOLDER.to_owned()));
        let (_, request) = self.with(&lacking.collect::<Fields>())?;
        request.check(asker)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        let pairs = pairs.iter();
        pairs
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect()
    }

    #[test]
    fn what_is_given_replaces_what_is_saved() {
        let question = Question::named("report").expect("a question");
        let saved = [
            ("person", "101"),
            ("by", "day"),
            ("as-now", "true"),
            ("zone", "UTC"),
            ("from", "-7d"),
        ];
        let saved = SavedQuestion::new(question, fields(&saved));
        let asked = |given: &[(&str, &str)]| match saved.with(&fields(given)) {
            Ok((common, Request::Report(request))) => {
                let scope = request.scope;
                let by: Vec<&str> = scope.by.iter().map(|word| word.0.name()).collect();
                let zone = common.zone.and_then(|zone| zone.name()).unwrap_or_default();
                let from = scope
                    .window
                    .from
                    .map(|from| from.to_string())
                    .unwrap_or_default();
                format!(
                    "{} {} {} {zone} {from}",
                    scope
                        .people
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                        .join(","),
                    by.join(","),
                    scope.team.as_now
                )
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(asked(&[]), "101 day true UTC -7d");
        assert_eq!(
            asked(&[("by", "week"), ("person", "102")]),
            "101,102 week true UTC -7d"
        );
        assert_eq!(
            asked(&[("as-now", "false"), ("from", "today")]),
            "101 day false UTC today"
        );
    }

    #[test]
    fn fields_are_refused_as_those_of_every_request() {
        let question = Question::named("report").expect("a question");
        let refused = |saved: &[(&str, &str)], given: &[(&str, &str)]| {
            let saved = SavedQuestion::new(question, fields(saved));
            let refusal = saved.with(&fields(given)).expect_err("it is wrong");
            refusal
                .sentence()
                .unwrap_or_default()
                .text(|field| field.0.to_owned())
        };
        assert_eq!(
            refused(&[("hours", "24/7")], &[("calendar", "desk")]),
            "calendar cannot be given together with hours"
        );
        assert_eq!(
            refused(&[("form", "-7d")], &[]),
            "report has no parameter \"form\"; did you mean from?"
        );
        assert!(refused(&[("from", "noon")], &[]).starts_with("from: \"noon\" is not a time: "));
    }
}
