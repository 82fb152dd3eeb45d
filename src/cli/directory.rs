//! `presence people`.

use crate::ask::{self, Named, Types};
use crate::query::group::ExtensionOrder;
use crate::render::{self, json};
use crate::shapes::people::PersonEntry;
use crate::store::ExtensionSummary;

use super::args::{Format, PeopleArgs};
use super::exit::Failure;
use super::session::{self, Session};

/// Who there is.
pub(super) async fn run(session: &mut Session, args: &PeopleArgs) -> Result<(), Failure> {
    let context = session.context(&args.as_of).await?;
    let wanted = session::people(&context, &args.people).await?;
    let types = args.types.clone().unwrap_or(Types::People);
    ask::check_names(&context, &Named::default().types(&types)).await?;
    let mut extensions = context.extensions().await?;
    extensions.retain(|extension| match &wanted {
        // Whoever is named is meant, whatever they are.
        Some(wanted) => wanted.contains(&extension.extension_id),
        None => types.include(extension.profile.as_deref()),
    });
    extensions.sort_by_cached_key(place);
    if let Some(after) = args.after {
        let last = extensions.iter().position(|one| one.extension_id == after);
        let last = last.ok_or_else(|| {
            Failure::Usage(format!(
                "--after {after}: the list has no extension with this id"
            ))
        })?;
        extensions.drain(..=last);
    }
    let limit = args
        .limit
        .map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
    if let Some(limit) = limit.filter(|limit| *limit < extensions.len()) {
        extensions.truncate(limit);
        session.goes_on_after(extensions.last().map(|last| last.extension_id));
    }
    let entries: Vec<PersonEntry> = extensions.iter().map(PersonEntry::of).collect();
    let text = match session.settings.format {
        Format::Table => render::people::table(&entries, &session.page()),
        Format::Json => json::pretty(&entries),
        Format::Ndjson => json::lines(&entries),
        Format::Csv => render::people::csv(&entries).file(&session.settings.csv_style()),
    };
    Ok(session.output.write(&text)?)
}

fn place(extension: &ExtensionSummary) -> ExtensionOrder {
    let profile = extension.profile.as_deref();
    let number = profile.and_then(|profile| profile.extension_number.as_deref());
    ExtensionOrder::of(extension.extension_id, number)
}
