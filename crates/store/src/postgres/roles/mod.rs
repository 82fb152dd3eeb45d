//! Who may do what with a Postgres store: the SQL that makes a role that writes and roles that only ask.
//!
//! What is granted follows from what is there: a table that refuses to be rewritten may be inserted into, any other
//! table may be changed, and the asking role reads only the views. So tables and views of later versions are covered when
//! the SQL is made again.

mod found;
mod script;

use std::fmt;
use std::str::FromStr;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Postgres, raw_sql};

use super::address::Address;
use crate::dialect::Dialect;
use crate::timeouts::connected;
use crate::{StoreError, is_postgres, redacted};
use found::Found;
use presence_model::ids::AccountId;
use script::Script;

/// The table that says which role may read which accounts. It is there once access is by account.
const READERS: &str = "account_reader";

/// The longest name of a role, in bytes: Postgres would cut a longer one.
const NAME_MAX: usize = 63;

/// The name of a role, of any letters. It is quoted wherever it is used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleName(String);

impl FromStr for RoleName {
    type Err = String;

    /// Refuses what cannot be the name of a role.
    fn from_str(name: &str) -> Result<Self, String> {
        let reserved = name.starts_with("pg_") || ["public", "none"].contains(&name);
        match name {
            "" => Err("a role needs a name".to_owned()),
            _ if reserved => Err(format!("the name {name} is reserved by Postgres")),
            _ if name.len() > NAME_MAX => {
                Err(format!("the name of a role has at most {NAME_MAX} bytes"))
            }
            _ if name.contains(char::is_control) => {
                Err("the name of a role has no control characters".to_owned())
            }
            _ => Ok(Self(name.to_owned())),
        }
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A role that may ask about some accounts only, written `ROLE=ID,ID`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountReader {
    /// Who.
    pub role: RoleName,
    /// About which.
    pub accounts: Vec<AccountId>,
}

impl FromStr for AccountReader {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (role, accounts) = text.rsplit_once('=').ok_or("write it as ROLE=ID,ID")?;
        let ids = accounts.split(',').map(|id| {
            id.trim()
                .parse()
                .map(AccountId)
                .map_err(|_| format!("{id:?} is no id of an account"))
        });
        Ok(Self {
            role: role.parse()?,
            accounts: ids.collect::<Result<_, _>>()?,
        })
    }
}

/// The roles of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roles {
    /// Appends to the log and keeps the projections, and can neither change nor delete what is in the log.
    pub writer: RoleName,
    /// Reads the views, and nothing else.
    pub analyst: RoleName,
    /// Read the views, and see some accounts only. None here and none before: access is not by account.
    pub readers: Vec<AccountReader>,
}

impl Roles {
    /// The SQL that makes these roles in the store at `location`. It can be executed again and again.
    ///
    /// A store in a file, one that is not there, and roles that may do more than that anyway are refused.
    pub fn sql<'a>(&'a self, location: &'a str) -> BoxFuture<'a, Result<String, StoreError>> {
        async move {
            let (address, mut connection) = connect(location).await?;
            let made = self.made_for(&address, &mut connection).await;
            connection.close().await.ok();
            made.map(|(_, sql)| sql)
        }
        .boxed()
    }

    /// Executes that SQL, whole or not at all.
    ///
    /// A user who may not create roles, or does not own the tables, is refused.
    pub fn apply<'a>(&'a self, location: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let (address, mut connection) = connect(location).await?;
            let (found, sql) = self.made_for(&address, &mut connection).await?;
            found.user_may_apply(&address)?;
            let done = raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await;
            connection.close().await.ok();
            done.map_err(|error| Postgres::explain(&address.shown, error.into()))?;
            Ok(())
        }
        .boxed()
    }

    async fn made_for(
        &self,
        address: &Address,
        connection: &mut PgConnection,
    ) -> Result<(Found, String), StoreError> {
        let found = Found::read_schema(&address.schema, connection).await;
        let found = found.map_err(|error| Postgres::explain(&address.shown, error.into()))?;
        let refused = |why: String| StoreError::Unusable(format!("{}: {why}", address.shown));
        if found.tables.is_empty() {
            return Err(refused(format!(
                "schema {} holds no presence history yet",
                address.schema
            )));
        }
        let names = [&self.writer, &self.analyst];
        let names = names
            .into_iter()
            .chain(self.readers.iter().map(|reader| &reader.role));
        let mut seen = Vec::new();
        for RoleName(name) in names {
            if seen.contains(&name) {
                return Err(refused(format!(
                    "role {name} is named twice; each has its own rights"
                )));
            }
            if found.mighty.contains(name) {
                return Err(refused(format!(
                    "role {name} may do everything with the tables already (a superuser, or of the owner {}); choose \
                     another",
                    found.owner
                )));
            }
            seen.push(name);
        }
        let views_role =
            RoleName::from_str(&format!("{}_views", self.analyst.0)).map_err(refused)?;
        let sql = Script::new(self, &found, &address.schema, &views_role).write();
        Ok((found, sql))
    }
}

async fn connect(location: &str) -> Result<(Address, PgConnection), StoreError> {
    if !is_postgres(location) {
        return Err(StoreError::Unusable(format!(
            "{} is a file, and SQLite knows no roles; who may read or write it is set by the rights of the file and its \
             folder",
            redacted(location)
        )));
    }
    let address = Address::parse(location)?;
    let connection = connected(&address.options).await;
    let connection = connection.map_err(|error| Postgres::explain(&address.shown, error.into()))?;
    Ok((address, connection))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(name: &str, expected: &str) {
        let refused = name.parse::<RoleName>().expect_err(name);
        assert!(refused.contains(expected), "{refused}");
    }

    #[test]
    fn what_is_no_name_of_a_role_is_refused() {
        check_refused("", "needs a name");
        check_refused("pg_monitor", "reserved");
        check_refused("public", "reserved");
        check_refused("a\nb", "control characters");
        check_refused(&"é".repeat(32), "at most 63 bytes");
        assert!("An \"odd\" name; '$$'".parse::<RoleName>().is_ok());
    }

    #[test]
    fn accounts_follow_the_last_equals_sign() {
        let reader: AccountReader = "a=b=1,2".parse().expect("it is one");
        assert_eq!(reader.role, RoleName("a=b".to_owned()));
        assert_eq!(reader.accounts, [AccountId(1), AccountId(2)]);
        for wrong in ["a", "a=", "a=x", "=1", "a=1,,2"] {
            assert!(wrong.parse::<AccountReader>().is_err(), "{wrong}");
        }
    }
}
