//! `presence token`.

use presence_answers::ask::{self, Context, Named, UnknownNames};
use presence_answers::format::Format;
use presence_answers::render;
use presence_answers::shapes::access::TokenEntry;
use presence_charts::json;
use presence_model::ids::AccountId;
use presence_model::time::Timestamp;
use presence_server::access::{Scope, Scopes, digest_of, new_secret};
use presence_store::{NewToken, OpenMode, ReadStore, TokenKind};

use super::args::{TokenArgs, TokenCommand, TokenCreateArgs, TokenListArgs};
use super::exit::Failure;
use super::session::Session;
use presence_answers::asker::choose_account;

/// The longest name, in letters.
const NAME_LENGTH_MAX: usize = 100;

/// What was asked of the tokens.
pub(super) async fn run(session: &mut Session, args: &TokenArgs) -> Result<(), Failure> {
    match &args.command {
        TokenCommand::Create(args) => create(session, args).await,
        TokenCommand::List(args) => list(session, args).await,
        TokenCommand::Revoke(args) => revoke(session, args.token_id).await,
    }
}

async fn create(session: &mut Session, args: &TokenCreateArgs) -> Result<(), Failure> {
    let name = args.name.trim();
    if name.is_empty() || name.chars().count() > NAME_LENGTH_MAX {
        return Err(Failure::Usage(format!(
            "the name of a token has 1 to {NAME_LENGTH_MAX} characters; say whose it is, or what for"
        )));
    }
    let opened = session.opened(OpenMode::Create).await?;
    let account_id = account_of_token(session, &*opened.history).await?;
    for scope in &args.scopes {
        check_scope(session, &*opened.history, scope).await?;
    }
    let now = Timestamp::saturating_from_ms(session.clock.now_ms());
    let secret = new_secret().map_err(|error| Failure::failed(error.to_string()))?;
    let digest = digest_of(&secret).expect("it was just created");
    let token = NewToken {
        kind: TokenKind::Token,
        name: name.to_owned(),
        scopes: Scopes::new(args.scopes.clone()).texts(),
        account_id,
        parent_id: None,
        digest,
        created_at: now,
        expires_at: args.expires.map(|expires_ms| now.plus_ms(expires_ms)),
    };
    let row = opened.access.create_token(token).await?;
    opened.history.close().await;
    let entry = TokenEntry {
        secret: Some(secret.clone()),
        ..TokenEntry::from(&row)
    };
    let text = match session.asker.settings.format {
        Format::Table => format!("{secret}\n"),
        Format::Json => json::pretty(&entry),
        Format::Ndjson => json::line(&entry),
        Format::Csv => {
            render::access::tokens_csv(&[entry]).file(&session.asker.settings.csv_style())
        }
    };
    session.output.write(&text)?;
    session.output.flush()?;
    session.output.note(&format!(
        "Token {} of {name:?}. It is shown only once; only its hash is stored.",
        row.token_id
    ));
    Ok(())
}

/// Whose history a token is for: an account that the store holds, so that one which comes later is not opened by it. A
/// store that holds none yet gives a token for what its server will be bound to.
async fn account_of_token(
    session: &Session,
    history: &dyn ReadStore,
) -> Result<Option<AccountId>, Failure> {
    let accounts = history.accounts().await?;
    let named = session.asker.settings.account;
    if accounts.is_empty() {
        return Ok(named);
    }
    let store = session.settings.shown_store();
    Ok(Some(choose_account(&accounts, named, &store)?))
}

/// Refuses a token for a team that no one is or was in, or for one who never was: it would show nothing, for ever.
async fn check_scope(
    session: &Session,
    history: &dyn ReadStore,
    scope: &Scope,
) -> Result<(), Failure> {
    let settings = &session.asker.settings;
    let is_of_some = matches!(scope, Scope::ReadTeam(..) | Scope::ReadExtension(_));
    if !is_of_some || settings.unknown_names == UnknownNames::Allowed {
        return Ok(());
    }
    let accounts = history.accounts().await?.into_iter();
    let accounts = accounts.filter(|one| settings.account.is_none_or(|id| id == one.account_id));
    let mut refused = Failure::failed(format!(
        "--scope {scope}: the store has no people yet; record first, or give --allow-unknown"
    ));
    for account in accounts {
        let context = Context::new(history, account.account_id, settings.now).await?;
        let known = if let Scope::ReadExtension(id) = scope {
            let everybody = context.extensions().await?;
            if everybody.iter().any(|one| one.extension_id == *id) {
                Ok(())
            } else {
                Err(Failure::failed(format!(
                    "--scope {scope}: no known person has this id; `presence people` lists everyone (--allow-unknown \
                     creates the token anyway)"
                )))
            }
        } else {
            let group_filter = scope.group_filter().unwrap_or_default();
            let checked =
                ask::check_names(&context, &Named::default().group_filter(&group_filter)).await;
            checked.map_err(Failure::from)
        };
        match known {
            Ok(()) => return Ok(()),
            Err(failure) => refused = failure,
        }
    }
    Err(refused)
}

async fn list(session: &mut Session, args: &TokenListArgs) -> Result<(), Failure> {
    let opened = session.opened(OpenMode::ReadOnly).await?;
    let rows = opened.access.tokens().await?;
    let wanted = rows
        .iter()
        .filter(|row| args.sessions || row.kind == TokenKind::Token);
    let entries: Vec<TokenEntry> = wanted.map(TokenEntry::from).collect();
    let page = session.page();
    let text = match session.asker.settings.format {
        Format::Table => render::access::tokens(&entries, &page),
        Format::Json => json::pretty(&entries),
        Format::Ndjson => json::lines(&entries),
        Format::Csv => {
            render::access::tokens_csv(&entries).file(&session.asker.settings.csv_style())
        }
    };
    Ok(session.output.write(&text)?)
}

async fn revoke(session: &mut Session, token_id: i64) -> Result<(), Failure> {
    let opened = session.opened(OpenMode::Existing).await?;
    let now = Timestamp::saturating_from_ms(session.clock.now_ms());
    let revoked = opened.access.revoke_token(token_id, now).await?;
    opened.history.close().await;
    if revoked {
        session.output.note(&format!(
            "Token {token_id} is revoked; the sessions that it began have ended."
        ));
        return Ok(());
    }
    Err(Failure::failed(format!(
        "there is no active token {token_id}; `presence token list` lists them"
    )))
}
