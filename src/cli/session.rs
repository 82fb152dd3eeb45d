//! What a command works with: the store, opened as it needs, the account, and where to write to.

use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::ask::{Context, LogPart, Veil, Visible};
use crate::clock::Clock;
use crate::config::Config;
use crate::model::ids::{AccountId, ExtensionId};
use crate::model::time::Span;
use crate::render::Page;
use crate::render::escape::shown;
use crate::store::{self, AccountRow, Derived, Durability, OpenMode, Opened, Store, TellDerived};

use super::args::{AsOfArgs, LogFormat, WrittenWindow, is_position, parse_as_of};
use super::config::Given;
use super::exit::Failure;
use super::output::{Notes, Output, to_stderr};
use super::people::{self, Candidate, Candidates};
use super::settings::Settings;

/// A command's surroundings.
pub struct Session {
    /// What was settled.
    pub settings: Settings,
    /// What the file and the environment say.
    pub config: Config,
    /// Which options were given as flags, and which by the environment.
    pub given: Given,
    /// How the log is written.
    pub log_format: LogFormat,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where to write to.
    pub output: Output,
    /// The line that shows how far a long command is; nothing if standard error is no terminal.
    pub status: ProgressBar,
    /// Whose question it is, where it is not the command line's own.
    pub asking: Option<Asking>,
}

/// A question that somebody else asks, of a store that is open already.
#[derive(Clone)]
pub struct Asking {
    /// The store.
    pub opened: Opened,
    /// Whom the answer may show.
    pub visible: Visible,
    /// What is shown in the stead of positions, where it may not show everybody.
    pub veil: Option<Veil>,
    /// Where the next page of a list begins, once the answer is there and if there is more.
    pub next: Option<String>,
}

impl Session {
    /// The surroundings of a further command of the same process, which prints to the same place.
    pub fn beside(&self, notes: Notes) -> Self {
        Self {
            settings: self.settings.clone(),
            config: self.config.clone(),
            given: self.given.clone(),
            log_format: self.log_format,
            clock: Arc::clone(&self.clock),
            output: Output::new(notes, ProgressBar::hidden()),
            status: ProgressBar::hidden(),
            asking: None,
        }
    }

    /// Opens the store.
    pub async fn store(&self, mode: OpenMode) -> Result<Arc<dyn Store>, Failure> {
        match &self.asking {
            Some(asking) => Ok(Arc::clone(&asking.opened.history)),
            None => Ok(self.opened(mode).await?.history),
        }
    }

    /// Opens the store with what is beside the history.
    pub async fn opened(&self, mode: OpenMode) -> Result<Opened, Failure> {
        if let Some(asking) = &self.asking {
            return Ok(asking.opened.clone());
        }
        let (location, durability) = (&self.settings.store, Durability::default());
        let tell = tell_derived(self.output.notes());
        Ok(Box::pin(store::open_all_telling(location, mode, durability, tell)).await?)
    }

    /// Whom answers may show.
    pub fn visible(&self) -> Visible {
        self.asking
            .as_ref()
            .map_or(Visible::Everybody, |asking| asking.visible.clone())
    }

    /// Notes where a list that was cut goes on.
    pub fn goes_on_after(&mut self, last: Option<impl ToString>) {
        if let Some(asking) = &mut self.asking {
            asking.next = last.map(|last| last.to_string());
        }
    }

    /// The window of a question; what was assumed of it is said.
    pub fn window<'a>(&self, written: impl Into<WrittenWindow<'a>>) -> Result<Span, Failure> {
        let window = self.settings.window(written.into())?;
        if let Some(assumed) = &window.assumed {
            self.output.note(assumed);
        }
        Ok(window.span)
    }

    /// What a question is asked of: the store, read only, as it is or as it was.
    pub async fn context(&self, as_of: &AsOfArgs) -> Result<Context, Failure> {
        self.context_of(self.log_part(as_of)?).await
    }

    /// The same, of a part of the log.
    pub async fn context_of(&self, part: LogPart) -> Result<Context, Failure> {
        let store = self.store(OpenMode::ReadOnly).await?;
        let settings = &self.settings;
        let context = if part == LogPart::Whole {
            let mut reading = store.read().await?;
            let accounts = reading.accounts().await?;
            let account_id = choose_account(&accounts, settings.account, &settings.shown_store())?;
            Context::of(reading, account_id, settings.now)
        } else {
            let account_id = self.account(&*store).await?;
            let moments = (settings.now, settings.now_given);
            Context::of_part(&*store, account_id, part, moments).await?
        };
        let context = context.with_unknown_names(settings.unknown_names);
        Ok(match &self.asking {
            Some(asking) => context
                .showing(asking.visible.clone())
                .veiled(asking.veil.clone()),
            None => context,
        })
    }

    /// The part of the log that an option means by its numbers, or by the moment at which it was known.
    pub fn named_part(&self, option: &str, text: &str) -> Result<LogPart, Failure> {
        if is_position(text) {
            let asked = parse_as_of(text);
            let asked = asked.map_err(|error| Failure::Usage(format!("{option}: {error}")))?;
            return Ok(LogPart::UpTo(asked));
        }
        Ok(LogPart::KnownAt(self.settings.moment(option, text)?))
    }

    /// Which part of the log is asked for.
    fn log_part(&self, as_of: &AsOfArgs) -> Result<LogPart, Failure> {
        match (&as_of.as_of, &as_of.as_known_at) {
            (Some(asked), _) => Ok(LogPart::UpTo(*asked)),
            (None, Some(time)) => {
                let moment = self.settings.moment("--as-known-at", time)?;
                Ok(LogPart::KnownAt(moment))
            }
            (None, None) => Ok(LogPart::Whole),
        }
    }

    /// Whose history is asked about.
    pub async fn account(&self, store: &dyn Store) -> Result<AccountId, Failure> {
        choose_account(
            &store.accounts().await?,
            self.settings.account,
            &self.settings.shown_store(),
        )
    }

    /// The status line, shown from now on: on a terminal, and unless `--quiet` was given.
    pub fn shown_status(&self) -> ProgressBar {
        if self.output.notes() == Notes::Shown {
            self.status.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.status.clone()
    }

    /// Shows that something is under way if it takes longer than a moment: on a terminal, and unless `--quiet` was given.
    pub fn show_when_long(&self) {
        const MOMENT: Duration = Duration::from_secs(1);
        if self.output.notes() == Notes::Silent {
            return;
        }
        let status = self.status.clone();
        tokio::spawn(async move {
            tokio::time::sleep(MOMENT).await;
            if status.is_finished() {
                return;
            }
            status.set_style(
                ProgressStyle::with_template("{spinner} {msg} {elapsed}")
                    .unwrap_or_else(|_| ProgressStyle::default_spinner()),
            );
            status.set_message("reading the history");
            status.set_draw_target(ProgressDrawTarget::stderr());
            status.enable_steady_tick(MOMENT / 8);
        });
    }

    /// What tables are written for.
    pub fn page(&self) -> Page {
        Page {
            zone: self.settings.shown_zone(),
            width: self.output.width(),
        }
    }
}

/// Says in lines on standard error, unless `--quiet` was given, how far it is where a store's history must be derived
/// again from its log.
fn tell_derived(notes: Notes) -> TellDerived {
    Arc::new(move |derived: Derived| {
        let Derived {
            account_id,
            done,
            end,
        } = derived;
        if notes == Notes::Shown {
            to_stderr(&format!(
                "Account {account_id} follows older rules of time and is derived again from its log: {done} of {end} \
                 sweeps read."
            ));
        }
    })
}

/// Opens the store that a location names.
pub async fn open(location: &str, mode: OpenMode) -> Result<Arc<dyn Store>, Failure> {
    Ok(store::open(location, mode, Durability::default()).await?)
}

/// Who is meant by words on the command line; `None` if there are no words.
pub async fn people(
    context: &Context,
    words: &[String],
) -> Result<Option<Vec<ExtensionId>>, Failure> {
    if words.is_empty() {
        return Ok(None);
    }
    if let Some(found) = exactly(context, words).await? {
        return Ok(Some(found));
    }
    let extensions = context.extensions().await?;
    let candidates = Candidates::new(extensions.iter().map(Candidate::from));
    match people::find_all(&candidates, words, context.unknown_names()) {
        Ok(found) => Ok(Some(found)),
        Err(error) => Err(Failure::Failed(error.into())),
    }
}

/// Who is meant by a word on the command line.
pub async fn person(context: &Context, word: &str) -> Result<ExtensionId, Failure> {
    let found = people(context, &[word.to_owned()]).await?;
    match found.as_deref() {
        Some(&[extension_id]) => Ok(extension_id),
        _ => Err(Failure::failed(format!("{word:?} is not one person"))),
    }
}

/// Who is meant, if each word is exactly one extension's id or number: then nobody else need be read.
async fn exactly(context: &Context, words: &[String]) -> Result<Option<Vec<ExtensionId>>, Failure> {
    let mut found = Vec::with_capacity(words.len());
    for word in words {
        match context.extensions_named(word.trim()).await?.as_slice() {
            [one] if found.contains(one) => {}
            [one] => found.push(*one),
            _ => return Ok(None),
        }
    }
    Ok(Some(found))
}

/// The account that was named, or the only one there is.
pub(crate) fn choose_account(
    accounts: &[AccountRow],
    wanted: Option<AccountId>,
    store: &str,
) -> Result<AccountId, Failure> {
    let names = || {
        let names = accounts.iter().map(|account| match &account.name {
            Some(name) => format!("{} ({})", account.account_id, shown(name)),
            None => account.account_id.to_string(),
        });
        names.collect::<Vec<_>>().join(", ")
    };
    match (accounts, wanted) {
        ([], _) => Err(Failure::failed(format!(
            "{store} holds no account yet: record one with `presence collect` or `presence import`"
        ))),
        (_, Some(wanted)) if accounts.iter().any(|account| account.account_id == wanted) => {
            Ok(wanted)
        }
        (_, Some(wanted)) => Err(Failure::failed(format!(
            "{store} does not hold account {wanted}; it holds {}",
            names()
        ))),
        ([only], None) => Ok(only.account_id),
        (_, None) => Err(Failure::Usage(format!(
            "{store} holds several accounts, {}: say which with --account",
            names()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Timestamp;

    fn accounts(ids: &[i64]) -> Vec<AccountRow> {
        let account = |&id| AccountRow {
            account_id: AccountId(id),
            name: (id == 2).then(|| "Office".to_owned()),
            first_seen_at: Timestamp::saturating_from_ms(0),
        };
        ids.iter().map(account).collect()
    }

    #[track_caller]
    fn check(ids: &[i64], wanted: Option<i64>, expected: (u8, &str)) {
        let chosen = choose_account(&accounts(ids), wanted.map(AccountId), "sqlite:a.db");
        let shown = match chosen {
            Ok(account_id) => (0, account_id.to_string()),
            Err(failure) => (failure.code(), failure.sentence().unwrap_or_default()),
        };
        assert_eq!((shown.0, shown.1.as_str()), expected);
    }

    #[test]
    fn the_only_account_needs_no_name() {
        check(&[1], None, (0, "1"));
        check(&[1], Some(1), (0, "1"));
    }

    #[test]
    fn several_accounts_are_named() {
        check(&[1, 2], Some(2), (0, "2"));
        check(
            &[1, 2],
            None,
            (
                2,
                "sqlite:a.db holds several accounts, 1, 2 (Office): say which with --account",
            ),
        );
        check(
            &[1, 2],
            Some(3),
            (
                1,
                "sqlite:a.db does not hold account 3; it holds 1, 2 (Office)",
            ),
        );
    }

    #[test]
    fn an_empty_store_says_how_to_fill_it() {
        check(
            &[],
            Some(1),
            (
                1,
                "sqlite:a.db holds no account yet: record one with `presence collect` or `presence import`",
            ),
        );
    }
}
