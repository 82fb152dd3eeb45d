//! `presence get`: a live look at one extension. Nothing is recorded.

use presence_answers::ask::{self, Context};
use presence_answers::live::shape::{Live, LiveReading, Recorded};
use presence_answers::now::shape::AtEntry;
use presence_answers::shapes::common::{Person, StateShape, Status, Text};
use presence_charts::json;
use presence_model::ids::{AccountId, ExtensionId};
use presence_model::profile::Profile;
use presence_model::time::Timestamp;
use presence_ringcentral::{PresenceSource, RingCentral, SourceError};
use presence_store::OpenMode;

use super::args::GetArgs;
use super::exit::Failure;
use super::platform::{after_ms, connect};
use super::session::Session;
use presence_answers::format::Format;
use presence_answers::person::{Candidate, Candidates, PersonError};
use presence_answers::shared::AsOfFields;

/// How long the platform may take in all, in milliseconds.
const TIMEOUT_MS: i64 = 120_000;
/// So many pages of the extension list are read to find someone.
const PAGES_MAX: u32 = 100;

/// Asks the platform for one extension's presence, and shows it next to what was recorded last.
pub(super) async fn run(session: &mut Session, args: &GetArgs) -> Result<(), Failure> {
    let source = connect(session)?;
    let looked = sweep(session, &source, &args.person).await;
    source.log_out().await;
    let sweep = looked?;
    let now = after_ms(session, 0);
    let text = match session.asker.settings.format {
        Format::Table => presence_answers::live::table::table(&sweep, now, &session.page()),
        Format::Json => json::pretty(&sweep),
        Format::Ndjson => json::line(&sweep),
        Format::Csv => {
            presence_answers::live::table::csv(&sweep).file(&session.asker.settings.csv_style())
        }
    };
    Ok(session.output.write(&text)?)
}

async fn sweep(
    session: &mut Session,
    source: &RingCentral,
    word: &str,
) -> Result<LiveReading, Failure> {
    let server_url = session.asker.config.login()?.server_url;
    let failed = |error: SourceError| Failure::failed(format!("{server_url}: {error}"));
    let by = after_ms(session, TIMEOUT_MS);
    let account = source.account(by).await.map_err(failed)?.value;
    let context = history(session, account.account_id).await?;
    let known = match &context {
        Some(context) => context.extensions().await?,
        None => Vec::new(),
    };
    let mut candidates: Vec<Candidate> = known.iter().map(Candidate::from).collect();
    let group_filter =
        |all: &[Candidate], suggested| Candidates::new(all.iter().cloned()).find(word, suggested);
    let extension_id = match group_filter(&candidates, false) {
        Err(PersonError::Nobody { .. }) => {
            add_listed(source, &mut candidates, word, by)
                .await
                .map_err(failed)?;
            group_filter(&candidates, true)
        }
        found => found,
    };
    let extension_id = extension_id.map_err(|error| Failure::failed(error.to_string()))?;
    let answer = source.presence(extension_id, by).await.map_err(failed)?;
    let live = answer.value.map(|seen| Live {
        requested_at: Text(seen.requested_at),
        received_at: Text(seen.received_at),
        state: StateShape(seen.presence),
    });
    let now = after_ms(session, 0);
    let recorded = match &context {
        Some(context) => recorded(context, extension_id).await?,
        None => None,
    };
    let recorded = recorded.map(|entry| Recorded::of(entry, now));
    let named = candidates
        .into_iter()
        .find(|one| one.extension_id == extension_id);
    let person = Person {
        extension_id: Text(extension_id),
        extension_number: named.as_ref().and_then(|one| one.number.clone()),
        name: named.and_then(|one| one.name),
    };
    Ok(LiveReading::new(person, live, recorded))
}

/// What was recorded of the account to which the credentials belong; a store that cannot be asked does not keep the
/// platform from being asked, but it is said.
async fn history(session: &mut Session, account_id: AccountId) -> Result<Option<Context>, Failure> {
    if let Some(wanted) = session
        .asker
        .settings
        .account
        .filter(|wanted| *wanted != account_id)
    {
        return Err(Failure::failed(format!(
            "the credentials belong to account {account_id}, not to {wanted}: omit --account, or set the \
             credentials of that account"
        )));
    }
    let store = match session.store(OpenMode::ReadOnly).await {
        Ok(store) => store,
        Err(failure) => {
            let why = failure.sentence().unwrap_or_default();
            session.output.note(&format!("No recorded state: {why}"));
            return Ok(None);
        }
    };
    let accounts = store.accounts().await?;
    store.close().await;
    if !accounts.iter().any(|one| one.account_id == account_id) {
        session.output.note(&format!(
            "No recorded state: {} holds nothing of account {account_id} yet; `presence collect` records it",
            session.settings.shown_store()
        ));
        return Ok(None);
    }
    session.asker.settings.account = Some(account_id);
    let context = session.asker.context(&AsOfFields::default()).await?;
    Ok(Some(context))
}

/// Adds those whom the platform lists. If it may not be asked for its list, an id can be asked for all the same.
async fn add_listed(
    source: &RingCentral,
    candidates: &mut Vec<Candidate>,
    word: &str,
    by: Timestamp,
) -> Result<(), SourceError> {
    for page in 1..=PAGES_MAX {
        let listed = match source.extension_page(page, by).await {
            Ok(listed) => listed.value,
            Err(error @ SourceError::PermissionMissing(_)) => {
                let extension_id = word.trim().parse().map(ExtensionId).map_err(|_| error)?;
                candidates.push(Candidate {
                    extension_id,
                    number: None,
                    name: None,
                });
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for extension in &listed.records {
            let mut profile = Profile::default();
            extension.update.apply(&mut profile);
            if candidates
                .iter()
                .all(|one| one.extension_id != extension.extension_id)
            {
                candidates.push(Candidate {
                    extension_id: extension.extension_id,
                    number: profile.extension_number,
                    name: profile.name,
                });
            }
        }
        if !listed.has_next {
            break;
        }
    }
    Ok(())
}

/// What was recorded of someone last, however long ago.
async fn recorded(
    context: &Context,
    extension_id: ExtensionId,
) -> Result<Option<AtEntry>, Failure> {
    let at = async |moment: Timestamp| -> Result<Option<AtEntry>, Failure> {
        let entries = ask::at(context, moment).await?.into_iter();
        let mut of_them = entries.filter(|one| one.person.extension_id.0 == extension_id);
        Ok(of_them.next())
    };
    let Some(entry) = at(context.now()).await? else {
        return Ok(None);
    };
    match entry.last_observed_at {
        // Unknown by now: what was last seen is still worth showing.
        Some(last) if entry.status == Status::Unknown => Ok(at(last.0).await?.or(Some(entry))),
        _ => Ok(Some(entry)),
    }
}
