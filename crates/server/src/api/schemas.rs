//! What answers look like, for the description of the API: made from the types that write them, which each question
//! names. A test holds every answer against it.

use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

use super::Me;
use crate::error::ProblemShape;
use presence_answers::Question;
use presence_answers::shapes::import::Imported;
use presence_model::renamed::{JSON_KEYS, RenamedKey};

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
    pub(super) fn of(&mut self, question: &Question) -> Value {
        question.answer_schema(&mut self.0).to_value()
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
