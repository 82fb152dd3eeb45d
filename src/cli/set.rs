//! `presence set`.

use presence_answers::format::Format;
use presence_answers::shapes::common::{StateShape, Text};
use presence_answers::shapes::set::OwnPresence;
use presence_charts::{csv, json};
use presence_model::facet::Facet;
use presence_ringcentral::PresenceChange;

use super::args::SetArgs;
use super::exit::Failure;
use super::platform::{after_ms, connect};
use super::session::Session;

/// How long it may take in all, in milliseconds.
const TIMEOUT_MS: i64 = 60_000;

/// Changes one's own presence, and shows what the platform then shows.
pub(super) async fn run(session: &mut Session, args: &SetArgs) -> Result<(), Failure> {
    let source = connect(session)?;
    let change = PresenceChange {
        user_status: args.status.clone(),
        dnd_status: args.dnd.clone(),
        dnd_status_personal: args.dnd_personal.clone(),
        accept_call_queue_calls: args.queue_calls,
        message: if args.clear_message {
            Some(String::new())
        } else {
            args.message.clone()
        },
    };
    let answered = source
        .set_own_presence(&change, after_ms(session, TIMEOUT_MS))
        .await;
    source.log_out().await;
    let shown = answered.map_err(|error| Failure::failed(error.to_string()))?;
    let missing = change.missing_in(&shown.value);
    let own = OwnPresence {
        extension_id: Text(shown.value.extension_id),
        state: StateShape(shown.value.presence),
    };
    let text = match session.asker.settings.format {
        Format::Table => table(&own),
        Format::Json => json::pretty(&own),
        Format::Ndjson => json::line(&own),
        Format::Csv => sheet(&own).file(&session.asker.settings.csv_style()),
    };
    session.output.write(&text)?;
    if missing.is_empty() {
        return Ok(());
    }
    session.output.flush()?;
    let names: Vec<&str> = missing.iter().map(|facet| facet.name()).collect();
    Err(Failure::failed(format!(
        "the platform accepted the change but does not show it in {}: accounts with the new call handling need --dnd-personal and --queue-calls instead of --dnd",
        names.join(", ")
    )))
}

fn facets(own: &OwnPresence) -> impl Iterator<Item = (Facet, &str)> {
    let facets = Facet::ALL.into_iter();
    facets.filter_map(|facet| Some((facet, own.state.0.get(facet)?)))
}

fn table(own: &OwnPresence) -> String {
    let labels = facets(own).map(|(facet, _)| facet.label().len());
    let width = labels.max().unwrap_or(0);
    let lines = facets(own).map(|(facet, value)| {
        let value = presence_core::escape::shown(value);
        format!("{:<width$}  {value}\n", facet.label())
    });
    format!(
        "extension {}\n{}",
        own.extension_id.0,
        lines.collect::<String>()
    )
}

fn sheet(own: &OwnPresence) -> csv::Sheet {
    let rows = facets(own).map(|(facet, value)| {
        vec![
            csv::Cell::own(own.extension_id.0),
            csv::Cell::own(facet.name()),
            csv::Cell::text(Some(value)),
        ]
    });
    let names = ["extension_id", "facet", "value"];
    csv::Sheet::new(&names, rows)
}
