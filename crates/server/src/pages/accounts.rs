//! The page on which an account is chosen, where a store holds several and neither the address nor the token says which.

use askama::Template;

use super::fields::{ACCOUNT, Fields};
use super::layout::{Layout, Link, home, links};
use crate::access::Identity;
use crate::error::Problem;
use crate::state::AppState;
use presence_store::AccountRow;

#[derive(Template)]
#[template(path = "pages/accounts.html")]
struct AccountsPage {
    layout: Layout,
    accounts: Vec<Link>,
}

/// Leads to the same page of each account.
pub(super) fn page(
    state: &AppState,
    identity: &Identity,
    fields: &Fields,
    accounts: &[AccountRow],
) -> Result<String, Problem> {
    let root = state.path("");
    let accounts = accounts.iter().map(|account| {
        let id = account.account_id.to_string();
        let name = match &account.name {
            Some(name) => format!("{name} ({id})"),
            None => id.clone(),
        };
        // Without a path: the address of the page itself, with one more field.
        Link::new(name, fields.with(ACCOUNT, &id).address(""))
    });
    let page = AccountsPage {
        accounts: accounts.collect(),
        layout: Layout {
            title: "Choose an account".to_owned(),
            home: home(&root, fields),
            links: links(&root, "", fields, None),
            signed_in: identity.is_session.then(|| identity.name.clone()),
            root,
            ..Layout::default()
        },
    };
    page.render().map_err(|error| Problem::internal(&error))
}
