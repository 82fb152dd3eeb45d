//! Who asks: of which store and account, with which settings, and what they may see.

use crate::values::PersonRef;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::ask::{AsOf, AskError, Context, Veil, Visible, team_members};
use presence_config::Config;
use presence_core::escape::shown;
use presence_core::query::group::ExtensionOrder;
use presence_model::ids::{AccountId, ExtensionId};
use presence_model::time::TimeRange;
use presence_store::{
    self as store, AccessStore, AccountRow, Durability, OpenMode, Opened, ReadStore, TellDerived,
};

use super::common::ACCOUNT;
use super::expressions::LogPartExpression;
use super::person::{Candidate, Candidates, find_all};
use super::refusal::{FieldName, Refusal, Sentence, sentence};
use super::settings::Settings;
use super::shared::{AS_KNOWN_AT, AsOfFields, PERSON, TeamFields, WrittenWindow};

/// Where the history is.
#[derive(Clone)]
pub enum History {
    /// In a store that is opened to read when it is needed.
    At {
        /// Which store.
        location: String,
        /// Hears how far it is where projections must be derived again.
        tell: TellDerived,
    },
    /// In a store that is open.
    Open(ToRead),
}

/// What questions read.
#[derive(Clone)]
pub struct ToRead {
    /// The history.
    pub history: Arc<dyn ReadStore>,
    /// Who asked over the network.
    pub access: Arc<dyn AccessStore>,
}

impl From<Opened> for ToRead {
    fn from(opened: Opened) -> Self {
        Self {
            history: opened.history,
            access: opened.access,
        }
    }
}

impl History {
    /// The history, opened to read if it is not open.
    pub async fn to_read(&self) -> Result<ToRead, Refusal> {
        match self {
            Self::Open(store) => Ok(store.clone()),
            Self::At { location, tell } => {
                Ok(opened(location, OpenMode::ReadOnly, tell).await?.into())
            }
        }
    }
}

/// Opens the store that a location names, with what is beside the history.
pub async fn opened(location: &str, mode: OpenMode, tell: &TellDerived) -> Result<Opened, Refusal> {
    let opened =
        store::open_all_with_progress(location, mode, Durability::default(), Arc::clone(tell));
    Ok(Box::pin(opened).await?)
}

/// Notes on an answer: warnings, and what was assumed.
pub type Note = Arc<dyn Fn(&Sentence) + Send + Sync>;

/// Who asks.
#[derive(Clone)]
pub struct Asker {
    /// What was settled.
    pub settings: Settings,
    /// What the configuration says.
    pub config: Config,
    /// Where the history is.
    pub history: History,
    /// The store as it may be shown: without a password.
    pub shown_store: String,
    /// Whom answers may show.
    pub visible: Visible,
    /// Replaces positions, where answers may not show everyone.
    pub veil: Option<Veil>,
    /// Receives the notes on an answer.
    pub note: Note,
}

impl Asker {
    /// Adds a note to the answer.
    pub fn note(&self, sentence: impl Into<Sentence>) {
        (self.note)(&sentence.into());
    }

    /// The window of a question; what was assumed of it is said.
    pub fn window<'a>(&self, written: impl Into<WrittenWindow<'a>>) -> Result<TimeRange, Refusal> {
        let window = self.settings.window(written.into())?;
        if let Some(assumed) = window.assumed {
            self.note(assumed);
        }
        Ok(window.span)
    }

    /// What a question is asked of: the store, read only, as it is or as it was.
    pub async fn context(&self, part: &AsOfFields) -> Result<Context, Refusal> {
        self.context_of(self.log_part(part)?).await
    }

    /// The same, of a part of the log.
    pub async fn context_of(&self, part: AsOf) -> Result<Context, Refusal> {
        let store = self.history.to_read().await?.history;
        let settings = &self.settings;
        let context = if part == AsOf::Whole {
            let mut reading = store.read().await?;
            let accounts = reading.accounts().await?;
            let account_id = choose_account(&accounts, settings.account, &self.shown_store)?;
            Context::of(reading, account_id, settings.now)
        } else {
            let account_id = self.account(&*store).await?;
            let moments = (settings.now, settings.now_given);
            Context::of_part(&*store, account_id, part, moments).await?
        };
        let context = context.with_unknown_names(settings.unknown_names);
        Ok(context
            .showing(self.visible.clone())
            .veiled(self.veil.clone()))
    }

    /// The part of the log that a field means by its numbers, or by the moment at which it was known.
    pub fn named_part(
        &self,
        field: FieldName,
        expression: &LogPartExpression,
    ) -> Result<AsOf, Refusal> {
        Ok(match expression {
            LogPartExpression::UpTo(position) => AsOf::UpTo(*position),
            LogPartExpression::KnownAt(time) => AsOf::KnownAt(self.settings.moment(field, time)?),
        })
    }

    /// Which part of the log is asked for.
    fn log_part(&self, part: &AsOfFields) -> Result<AsOf, Refusal> {
        match (&part.as_of, &part.as_known_at) {
            (Some(position), _) => Ok(AsOf::UpTo(*position)),
            (None, Some(time)) => {
                let moment = self.settings.moment(AS_KNOWN_AT, time)?;
                Ok(AsOf::KnownAt(moment))
            }
            (None, None) => Ok(AsOf::Whole),
        }
    }

    /// Whose history is asked about.
    pub async fn account(&self, store: &dyn ReadStore) -> Result<AccountId, Refusal> {
        choose_account(
            &store.accounts().await?,
            self.settings.account,
            &self.shown_store,
        )
    }
}

/// Who is meant by words; `None` if there are no words.
pub async fn people(
    context: &Context,
    words: &[PersonRef],
) -> Result<Option<Vec<ExtensionId>>, Refusal> {
    if words.is_empty() {
        return Ok(None);
    }
    if let Some(found) = exactly(context, words).await? {
        return Ok(Some(found));
    }
    let extensions = context.extensions().await?;
    let candidates = Candidates::new(extensions.iter().map(Candidate::from));
    let found = find_all(&candidates, words, context.unknown_names())?;
    Ok(Some(found))
}

/// The named people, or all people, who were in a team at some time of `window`; `None`: everyone.
pub async fn of_team(
    context: &Context,
    named: Option<Vec<ExtensionId>>,
    team: &TeamFields,
    window: TimeRange,
) -> Result<Option<Vec<ExtensionId>>, Refusal> {
    let Some(members) = team_members(context, &team.team(), window).await? else {
        return Ok(named);
    };
    Ok(Some(match named {
        Some(mut named) => {
            named.retain(|id| members.contains(id));
            named
        }
        None => in_order(context, &members).await?,
    }))
}

/// By extension number.
async fn in_order(
    context: &Context,
    members: &BTreeSet<ExtensionId>,
) -> Result<Vec<ExtensionId>, AskError> {
    let extensions = context.extensions().await?.into_iter();
    let extensions = extensions.filter(|one| members.contains(&one.extension_id));
    let mut ordered: Vec<ExtensionOrder> = extensions
        .map(|one| {
            let profile = one.profile.as_deref();
            let number = profile.and_then(|profile| profile.extension_number.as_deref());
            ExtensionOrder::of(one.extension_id, number)
        })
        .collect();
    ordered.sort_unstable();
    Ok(ordered.iter().map(|order| order.extension_id).collect())
}

/// That a question about certain people names some, or a team; asked before anything is read.
pub fn check_someone_named(words: &[PersonRef], team: &TeamFields) -> Result<(), Refusal> {
    if words.is_empty() && team.group_filter().is_everybody() {
        return Err(Refusal::wrong(
            PERSON,
            sentence!(
                "name the people whom it is about, or a team with ",
                FieldName("department"),
                ", ",
                FieldName("site"),
                " or ",
                FieldName("queue")
            ),
        ));
    }
    Ok(())
}

/// Those of the named people who were in a team, or all who were.
pub async fn people_or_team(
    context: &Context,
    words: &[PersonRef],
    team: &TeamFields,
    window: TimeRange,
) -> Result<Vec<ExtensionId>, Refusal> {
    let named = people(context, words).await?;
    let found = of_team(context, named, team, window).await?;
    Ok(found.unwrap_or_default())
}

/// Who is meant by a word.
pub async fn person(context: &Context, word: &PersonRef) -> Result<ExtensionId, Refusal> {
    let found = people(context, std::slice::from_ref(word)).await?;
    match found.as_deref() {
        Some(&[extension_id]) => Ok(extension_id),
        _ => Err(Refusal::no_answer(format!(
            "{:?} is not one person",
            &**word
        ))),
    }
}

/// Who is meant, if each word is exactly one extension's id or number: then no one else is read.
async fn exactly(
    context: &Context,
    words: &[PersonRef],
) -> Result<Option<Vec<ExtensionId>>, AskError> {
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
pub fn choose_account(
    accounts: &[AccountRow],
    wanted: Option<AccountId>,
    store: &str,
) -> Result<AccountId, Refusal> {
    let names = || {
        let names = accounts.iter().map(|account| match &account.name {
            Some(name) => format!("{} ({})", account.account_id, shown(name)),
            None => account.account_id.to_string(),
        });
        names.collect::<Vec<_>>().join(", ")
    };
    match (accounts, wanted) {
        ([], _) => Err(Refusal::no_answer(format!(
            "{store} holds no account yet: record one with `presence collect` or `presence import`"
        ))),
        (_, Some(wanted)) if accounts.iter().any(|account| account.account_id == wanted) => {
            Ok(wanted)
        }
        (_, Some(wanted)) => Err(Refusal::no_answer(format!(
            "{store} does not hold account {wanted}; it holds {}",
            names()
        ))),
        ([only], None) => Ok(only.account_id),
        (_, None) => Err(Refusal::wrong(
            ACCOUNT,
            sentence!(
                format!(
                    "{store} holds several accounts, {}: say which with ",
                    names()
                ),
                ACCOUNT
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use presence_model::time::Timestamp;

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
            Err(refusal) => {
                let code = u8::from(matches!(refusal, Refusal::Wrong { .. })) + 1;
                let sentence = refusal.sentence().unwrap_or_default();
                (code, sentence.text(|field| format!("--{}", field.0)))
            }
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
