//! What a command works with: who asks, the store, and where to write to.

use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use presence_answers::asker::opened;
use presence_answers::render::Page;
use presence_answers::{Asker, History, Reply, Request};
use presence_clock::Clock;
use presence_store::{self as store, Derived, Durability, OpenMode, Opened, Store, TellDerived};

use super::args::LogFormat;
use super::config::Given;
use super::exit::Failure;
use super::output::{Notes, Output, to_stderr};
use super::settings::Settings;

/// A command's surroundings.
pub struct Session {
    /// What was settled.
    pub settings: Settings,
    /// Who asks: the settings of questions, the configuration and the store.
    pub asker: Asker,
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
}

impl Session {
    /// The surroundings of a further command of the same process, which prints to the same place.
    pub fn beside(&self, notes: Notes) -> Self {
        Self {
            settings: self.settings.clone(),
            asker: self.asker.clone(),
            given: self.given.clone(),
            log_format: self.log_format,
            clock: Arc::clone(&self.clock),
            output: Output::new(notes, ProgressBar::hidden()),
            status: ProgressBar::hidden(),
        }
    }

    /// Works with another store from now on.
    pub fn use_store(&mut self, location: String) {
        self.settings.store.clone_from(&location);
        self.asker.shown_store = self.settings.shown_store();
        self.asker.history = History::At {
            location,
            tell: tell_derived(self.output.notes()),
        };
    }

    /// Opens the store.
    pub async fn store(&self, mode: OpenMode) -> Result<Arc<dyn Store>, Failure> {
        Ok(self.opened(mode).await?.history)
    }

    /// Opens the store with what is next to the history.
    pub async fn opened(&self, mode: OpenMode) -> Result<Opened, Failure> {
        let tell = tell_derived(self.output.notes());
        Ok(opened(&self.settings.store, mode, &tell).await?)
    }

    /// Answers a question.
    pub async fn answer(&mut self, request: &Request) -> Result<(), Failure> {
        let mut reply = Reply::to(&mut self.output);
        Ok(Box::pin(request.answer(&self.asker, &mut reply)).await?)
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
        Page::english(self.asker.settings.shown_zone(), self.output.width())
    }
}

/// Says in lines on standard error, unless `--quiet` was given, how far it is where a store's history must be derived
/// again from its log.
pub(super) fn tell_derived(notes: Notes) -> TellDerived {
    Arc::new(move |derived: Derived| {
        let Derived {
            account_id,
            done,
            end,
        } = derived;
        if notes == Notes::Shown {
            to_stderr(&format!(
                "Account {account_id}: deriving the history again by newer rules: {done} of {end} sweeps read."
            ));
        }
    })
}

/// Opens the store that a location names.
pub async fn open(location: &str, mode: OpenMode) -> Result<Arc<dyn Store>, Failure> {
    Ok(store::open(location, mode, Durability::default()).await?)
}
