//! The accounts of the store: each with how far it is recorded. It is shown in place of a page where a store holds several
//! and neither the address nor the token says which.

use askama::Template;

use super::fields::{ACCOUNT, Fields};
use super::grid::{Cell, HtmlTable};
use super::language::Reading;
use super::layout::Layout;
use super::period::when;
use crate::access::Identity;
use crate::error::Problem;
use crate::state::AppState;
use presence_model::profile::Profile;
use presence_model::time::Timestamp;
use presence_store::AccountRow;
use presence_texts::{Texts, say};

#[derive(Template)]
#[template(path = "pages/accounts.html")]
struct AccountsPage {
    layout: Layout,
    heading: String,
    told: String,
    list: HtmlTable,
}

/// The accounts in place of a page that must know which; each leads to that page.
pub(super) async fn choice(
    state: &AppState,
    identity: &Identity,
    fields: &Fields,
    reading: &Reading,
    accounts: &[AccountRow],
) -> Result<String, Problem> {
    // Without a path: the address of the page itself, with one more field.
    let href = |id: &str| fields.with(ACCOUNT, id).address("");
    page(
        state,
        identity,
        (fields, reading, "accounts-choose"),
        accounts,
        &href,
    )
    .await
}

/// The accounts that an identity may ask about; each leads to its board.
pub(super) async fn list(
    state: &AppState,
    identity: &Identity,
    fields: &Fields,
    reading: &Reading,
) -> Result<String, Problem> {
    let mut accounts = state.accounts().await?;
    let own = identity.account_id.or(state.settings().account);
    accounts.retain(|account| own.is_none_or(|own| own == account.account_id));
    let first = state.path("/");
    let href = |id: &str| fields.only(&["zone"]).with(ACCOUNT, id).address(&first);
    page(
        state,
        identity,
        (fields, reading, "menu-accounts"),
        &accounts,
        &href,
    )
    .await
}

async fn page(
    state: &AppState,
    identity: &Identity,
    (fields, reading, heading): (&Fields, &Reading, &str),
    accounts: &[AccountRow],
    href: &(dyn Fn(&str) -> String + Sync),
) -> Result<String, Problem> {
    let texts = reading.texts;
    let heading = texts.say(heading);
    let now = state.now();
    let mut rows = Vec::with_capacity(accounts.len());
    for account in accounts {
        rows.push(row(state, texts, identity, account, now).await?);
    }
    let mut list = HtmlTable::of_texts(
        &texts.say("accounts-caption"),
        &[
            (&texts.say("account"), false),
            (&texts.say("id"), false),
            (&texts.say("people"), true),
            (&texts.say("last-sweep"), false),
        ],
        rows,
    );
    for (row, account) in list.rows.iter_mut().zip(accounts) {
        let id = account.account_id.to_string();
        if let Some(first) = row.cells.first_mut() {
            *first = Cell {
                href: Some(href(&id)),
                ..first.clone()
            };
        }
    }
    let page = AccountsPage {
        layout: Layout::of(state, Some(identity), reading, fields, "", &heading),
        heading,
        told: match accounts.len() {
            0 => texts.say("accounts-none"),
            count => say!(texts, "accounts-count", count = count),
        },
        list,
    };
    page.render().map_err(|error| Problem::internal(&error))
}

/// What is told of an account; how many people there are only to those who may see them all.
async fn row(
    state: &AppState,
    texts: Texts,
    identity: &Identity,
    account: &AccountRow,
    now: Timestamp,
) -> Result<Vec<String>, Problem> {
    let id = account.account_id.to_string();
    let mut reading = state.history().read().await?;
    let people = if identity.scopes.may_read_everything() {
        let extensions = reading.extensions(account.account_id).await?;
        let people = extensions.iter().filter(|one| {
            one.was_observed && one.profile.as_deref().is_none_or(Profile::is_person)
        });
        texts.number(i64::try_from(people.count()).unwrap_or(i64::MAX))
    } else {
        String::new()
    };
    let end = reading.log_end(account.account_id).await?;
    Ok(vec![
        account.name.clone().unwrap_or_else(|| id.clone()),
        id,
        people,
        end.observed_until
            .map_or_else(|| texts.say("page-never"), |at| when(texts, at, now)),
    ])
}
