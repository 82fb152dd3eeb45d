//! What answers look like, for the description of the API: made from the types that write them. A test holds every answer
//! against it.

use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::Me;
use crate::error::ProblemShape;
use presence_answers::changes::shape::Change;
use presence_answers::coverage::shape::Coverage;
use presence_answers::episodes::shape::Episodes;
use presence_answers::explain::shape::MomentExplanation;
use presence_answers::heatmap::shape::Heatmap;
use presence_answers::meet::shape::Meet;
use presence_answers::now::shape::AtEntry;
use presence_answers::people::shape::PersonEntry;
use presence_answers::policy::shape::PolicyEntry;
use presence_answers::report::restatement_shape::Restatement;
use presence_answers::report::shape::Report;
use presence_answers::route::shape::Route;
use presence_answers::shapes::access::AccessEntry;
use presence_answers::shapes::import::Imported;
use presence_answers::shapes::provenance::Answered;
use presence_answers::staffing::shape::Staffing;
use presence_answers::timeline::shape::Timeline;
use presence_core::model::renamed::{JSON_KEYS, RenamedKey};

/// Where the schemas stand in the document.
const PATH: &str = "/components/schemas";

/// The schemas that the document refers to.
pub(super) struct Schemas(SchemaGenerator);

impl Schemas {
    /// None yet.
    pub(super) fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = PATH.into();
            settings.meta_schema = None;
            settings.contract = Contract::Serialize;
        });
        Self(settings.into_generator())
    }

    /// The schema of a type: a reference, or a schema by itself.
    fn schema<T: JsonSchema>(&mut self) -> Value {
        self.0.subschema_for::<T>().to_value()
    }

    /// The schema of an answer that is one object.
    fn answer<T: JsonSchema + 'static>(&mut self) -> Value {
        self.schema::<Answered<'static, T>>()
    }

    /// The schema of a problem.
    pub(super) fn problem(&mut self) -> Value {
        self.schema::<ProblemShape<'static>>()
    }

    /// The schema of what is said of the asker.
    pub(super) fn me(&mut self) -> Value {
        self.schema::<Me>()
    }

    /// The schema of what came of sweeps.
    pub(super) fn imported(&mut self) -> Value {
        self.schema::<Imported>()
    }

    /// The schema of the answer to a question.
    pub(super) fn of(&mut self, question: &str) -> Value {
        match question {
            "now" | "at" => self.schema::<Vec<AtEntry>>(),
            "changes" => self.schema::<Vec<Change>>(),
            "people" => self.schema::<Vec<PersonEntry>>(),
            "policies" => self.schema::<Vec<PolicyEntry>>(),
            "access-log" => self.schema::<Vec<AccessEntry>>(),
            "timeline" => self.answer::<Timeline>(),
            // Compared with what was known before, it shows what differs.
            "report" => {
                let kinds = [self.answer::<Report>(), self.answer::<Restatement>()];
                json!({ "anyOf": kinds })
            }
            "staffing" => self.answer::<Staffing>(),
            "heatmap" => self.answer::<Heatmap>(),
            "coverage" => self.answer::<Coverage>(),
            "episodes" => self.answer::<Episodes>(),
            "explain" => self.answer::<MomentExplanation>(),
            "route" => self.answer::<Route>(),
            "meet" => self.answer::<Meet>(),
            _ => json!({}),
        }
    }

    /// All that are referred to, by name. Every object may have more than is listed: fields may be added, never renamed.
    pub(super) fn all(mut self) -> Map<String, Value> {
        let mut all = self.0.take_definitions(true);
        for RenamedKey { object, key } in JSON_KEYS {
            let properties = all
                .get_mut(object)
                .and_then(|schema| schema.get_mut("properties")?.as_object_mut());
            let Some(properties) = properties else {
                continue;
            };
            if let Some(schema) = properties.get(key.new) {
                let old = under_old_name(schema, key.new);
                properties.insert(key.old.to_owned(), old);
            }
        }
        all
    }
}

/// The schema of a key under its old name.
fn under_old_name(schema: &Value, new: &str) -> Value {
    let mut schema = schema.clone();
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("deprecated".to_owned(), Value::Bool(true));
        let description = format!("The old name of `{new}`; it goes with the next release");
        schema.insert("description".to_owned(), Value::String(description));
    }
    schema
}
