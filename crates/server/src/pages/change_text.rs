//! What a change changed, in the language of the reader.

use super::palette::{facet_text, value_text};
use presence_answers::changes::shape::{Change, FromTo};
use presence_answers::changes::table::in_order;
use presence_core::escape::shown;
use presence_model::facet::Facet;
use presence_texts::{Texts, say};

/// What a change changed: `Status: Busy → Available, Phone: On a call → No call`.
pub(super) fn change_text(texts: Texts, change: &Change) -> String {
    if let Some(class) = &change.class {
        return from_to(texts, class.criterion.name(), &class.class);
    }
    let changes = in_order(change).into_iter();
    match change.kind {
        "appeared" => {
            let values = changes.filter_map(|(name, change)| {
                let value = change.to.as_deref()?;
                Some(value_of(texts, name, value))
            });
            let values: Vec<String> = values.collect();
            say!(texts, "change-appeared", values = values.join(", "))
        }
        "disappeared" => texts.say("change-disappeared"),
        _ => {
            let changes = changes.map(|(name, change)| from_to(texts, name, change));
            changes.collect::<Vec<_>>().join(", ")
        }
    }
}

fn from_to(texts: Texts, name: &str, change: &FromTo) -> String {
    let value = |value: &Option<String>| match value {
        Some(value) => value_of(texts, name, value),
        None => texts.say("value-none"),
    };
    say!(
        texts,
        "change-from-to",
        field = field(texts, name),
        from = value(&change.from),
        to = value(&change.to),
    )
}

/// A facet, a field of a profile, or a policy, for people.
fn field(texts: Texts, name: &str) -> String {
    if let Some(facet) = Facet::from_name(name) {
        return facet_text(texts, facet);
    }
    let known = texts.find(&format!("field-{name}"));
    known.unwrap_or_else(|| shown(name).into_owned())
}

/// A value for people. What people and administrators write themselves stays as it is.
fn value_of(texts: Texts, name: &str, value: &str) -> String {
    match Facet::from_name(name) {
        None | Some(Facet::Message) => shown(value).into_owned(),
        Some(_) => value_text(texts, &shown(value)),
    }
}
