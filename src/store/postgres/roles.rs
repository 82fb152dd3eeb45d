//! Who may do what with a Postgres store: the SQL that makes a role that writes and roles that only ask.
//!
//! What is granted follows from what is there: a table that refuses to be rewritten may be inserted into, any other
//! table may be changed, and whoever asks reads the views alone. So tables and views of later versions are covered when
//! the SQL is made again.

use std::fmt::{self, Write};
use std::str::FromStr;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Postgres, Row, query, raw_sql};

use super::address::{Address, redacted};
use crate::model::ids::AccountId;
use crate::store::dialect::Dialect;
use crate::store::{StoreError, is_postgres};

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
    pub async fn sql(&self, location: &str) -> Result<String, StoreError> {
        let (address, mut connection) = connect(location).await?;
        let made = self.made_for(&address, &mut connection).await;
        connection.close().await.ok();
        made.map(|(_, sql)| sql)
    }

    /// Executes that SQL, whole or not at all.
    ///
    /// A user who may not create roles, or does not own the tables, is refused.
    pub async fn apply(&self, location: &str) -> Result<(), StoreError> {
        let (address, mut connection) = connect(location).await?;
        let (found, sql) = self.made_for(&address, &mut connection).await?;
        found.user_may_apply(&address)?;
        let done = raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await;
        connection.close().await.ok();
        done.map_err(|error| Postgres::explain(&address.shown, error.into()))?;
        Ok(())
    }

    async fn made_for(
        &self,
        address: &Address,
        connection: &mut PgConnection,
    ) -> Result<(Found, String), StoreError> {
        let found = Found::look(&address.schema, connection).await;
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
    let connection = address.options.connect().await;
    let connection = connection.map_err(|error| Postgres::explain(&address.shown, error.into()))?;
    Ok((address, connection))
}

/// A table of the store.
struct TableFound {
    name: String,
    /// It refuses to be rewritten.
    is_log: bool,
    /// Its rows are of one account each.
    has_account: bool,
}

/// What is there.
struct Found {
    database: String,
    /// Who owns the tables.
    owner: String,
    user: String,
    user_is_owner: bool,
    user_creates_roles: bool,
    tables: Vec<TableFound>,
    views: Vec<String>,
    /// Roles that no right can be kept from.
    mighty: Vec<String>,
    /// Roles that already have access by account.
    readers: Vec<String>,
}

impl Found {
    async fn look(schema: &str, connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let mut transaction = connection
            .begin_with("begin isolation level repeatable read, read only")
            .await?;
        let about = query(
            "select current_database()::text, current_user::text, u.rolsuper or u.rolcreaterole, \
                 coalesce(pg_get_userbyid(c.relowner)::text, ''), coalesce(pg_has_role(c.relowner, 'usage'), false), \
                 array(select p.rolname::text from pg_roles p where p.rolsuper or pg_has_role(p.oid, c.relowner, 'member')) \
             from pg_roles u \
             left join pg_class c on c.relname = 'presence_history' and c.relkind = 'r' and c.relnamespace = ( \
                 select n.oid from pg_namespace n where n.nspname = $1) \
             where u.rolname = current_user",
        );
        let about = about
            .persistent(false)
            .bind(schema.to_owned())
            .fetch_one(&mut *transaction)
            .await?;
        let relations = query(
            "select c.relname::text, c.relkind = 'v', \
                 exists (select 1 from pg_trigger t join pg_proc f on f.oid = t.tgfoid \
                     where t.tgrelid = c.oid and f.proname = 'refuse_rewriting'), \
                 exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'account_id') \
             from pg_class c \
             join pg_namespace n on n.oid = c.relnamespace \
             where n.nspname = $1 and c.relkind in ('r', 'p', 'v') and not c.relispartition \
                 and not exists (select 1 from pg_depend d \
                     where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') \
             order by c.relname",
        );
        let relations = relations
            .persistent(false)
            .bind(schema.to_owned())
            .fetch_all(&mut *transaction)
            .await?;
        let mut found = Self {
            database: about.try_get(0)?,
            user: about.try_get(1)?,
            user_creates_roles: about.try_get(2)?,
            owner: about.try_get(3)?,
            user_is_owner: about.try_get(4)?,
            mighty: about.try_get(5)?,
            tables: Vec::new(),
            views: Vec::new(),
            readers: Vec::new(),
        };
        let mut by_account = false;
        for row in relations {
            let name: String = row.try_get(0)?;
            match (row.try_get(1)?, name.as_str()) {
                (true, _) => found.views.push(name),
                (false, READERS) => by_account = true,
                (false, _) => found.tables.push(TableFound {
                    name,
                    is_log: row.try_get(2)?,
                    has_account: row.try_get(3)?,
                }),
            }
        }
        if by_account {
            let text = format!(
                "select distinct role_name::text from {}.{READERS} order by 1",
                identifier(schema)
            );
            let rows = query(AssertSqlSafe(text)).persistent(false);
            for row in rows.fetch_all(&mut *transaction).await? {
                found.readers.push(row.try_get(0)?);
            }
        }
        transaction.rollback().await?;
        Ok(found)
    }

    fn user_may_apply(&self, address: &Address) -> Result<(), StoreError> {
        let lacking = if !self.user_creates_roles {
            "may not create roles"
        } else if !self.user_is_owner {
            "does not own the tables"
        } else {
            return Ok(());
        };
        Err(StoreError::Unusable(format!(
            "{}: the user {} {lacking}; let an administrator execute what `presence migrate --roles` prints (the tables \
             are owned by {})",
            address.shown, self.user, self.owner
        )))
    }
}

/// A name in SQL.
fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in SQL, whatever `standard_conforming_strings` says.
fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') {
        format!("E'{}'", quoted.replace('\\', "\\\\"))
    } else {
        format!("'{quoted}'")
    }
}

/// The SQL as it is being written.
struct Script<'s> {
    roles: &'s Roles,
    found: &'s Found,
    schema: String,
    writer: String,
    /// Who owns the views where access is by account.
    views_role: &'s RoleName,
    text: String,
}

impl<'s> Script<'s> {
    fn new(roles: &'s Roles, found: &'s Found, schema: &str, views_role: &'s RoleName) -> Self {
        Self {
            roles,
            found,
            schema: identifier(schema),
            writer: identifier(&roles.writer.0),
            views_role,
            text: String::new(),
        }
    }

    fn write(mut self) -> String {
        let database = self.found.database.replace(['\n', '\r'], " ");
        self.line(&format!(
            "-- Roles of the presence history in schema {} of database {database}. It may be executed again and again.",
            self.schema
        ));
        self.line("begin;");
        let by_account = !self.roles.readers.is_empty() || !self.found.readers.is_empty();
        self.create(&self.roles.writer.0, "login");
        for role in self.asking() {
            self.create(&role, "login");
        }
        self.writer_rights();
        self.asking_rights();
        if by_account {
            self.readers();
            self.views_owner();
            self.policies();
        }
        self.line("\ncommit;");
        self.text
    }

    /// Everybody who asks.
    fn asking(&self) -> Vec<String> {
        let mut names = vec![self.roles.analyst.0.clone()];
        let given = self.roles.readers.iter().map(|reader| &reader.role.0);
        for name in given.chain(&self.found.readers) {
            if !names.contains(name) && *name != self.roles.writer.0 && *name != self.found.owner {
                names.push(name.clone());
            }
        }
        names
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn create(&mut self, name: &str, login: &str) {
        let create = format!("create role {} {login}", identifier(name));
        let body = format!(
            "begin if not exists (select from pg_catalog.pg_roles where rolname = {}) then execute {}; end if; end",
            literal(name),
            literal(&create)
        );
        self.line(&format!("do {};", literal(&body)));
    }

    fn writer_rights(&mut self) {
        let (schema, writer) = (self.schema.clone(), self.writer.clone());
        self.line("\n-- Appends to the log; whatever is in it stays as it is.");
        self.connecting(&writer, "connect, temporary");
        let tables = &self.found.tables;
        let mut grants = String::new();
        for table in tables {
            let name = identifier(&table.name);
            // Whoever locks rows needs the right to update something: that column can only be true.
            let granted = match table.name.as_str() {
                "presence_history" => "select, update (only_row)",
                "account" => "select, insert, update (name)",
                _ if table.is_log => "select, insert",
                _ => "select, insert, update, delete",
            };
            let _ = writeln!(grants, "grant {granted} on {schema}.{name} to {writer};");
        }
        for view in &self.found.views {
            let _ = writeln!(
                grants,
                "grant select on {schema}.{} to {writer};",
                identifier(view)
            );
        }
        self.text.push_str(&grants);
    }

    fn asking_rights(&mut self) {
        self.line("\n-- Read the views, and nothing else.");
        let views: Vec<String> = self
            .found
            .views
            .iter()
            .map(|view| identifier(view))
            .collect();
        for name in self.asking() {
            let role = identifier(&name);
            self.connecting(&role, "connect");
            for view in &views {
                self.line(&format!(
                    "grant select on {}.{view} to {role};",
                    self.schema
                ));
            }
        }
    }

    /// Lets a role in, without any other right to the tables that it may have been given before.
    fn connecting(&mut self, role: &str, rights: &str) {
        let (schema, database) = (&self.schema, identifier(&self.found.database));
        let lines = format!(
            "revoke all on all tables in schema {schema} from {role};\n\
             revoke all on schema {schema} from {role};\n\
             grant {rights} on database {database} to {role};\n\
             grant usage on schema {schema} to {role};\n\
             alter role {role} in database {database} set search_path to {schema}, pg_temp;"
        );
        self.line(&lines);
    }

    /// Who may read which accounts.
    fn readers(&mut self) {
        let table = format!("{}.{READERS}", self.schema);
        self.line("\n-- Which role may read which accounts; null: every account. Members of a role may as well.");
        self.line(&format!(
            "create table if not exists {table} (role_name name not null, account_id bigint, unique (role_name, account_id));"
        ));
        let everything = [
            &self.found.owner,
            &self.roles.writer.0,
            &self.roles.analyst.0,
        ];
        let mut rows: Vec<(String, Vec<String>)> = everything
            .map(|name| (name.clone(), vec!["null".to_owned()]))
            .into();
        rows.extend(self.roles.readers.iter().map(|reader| {
            let accounts = reader.accounts.iter().map(|id| id.0.to_string());
            (reader.role.0.clone(), accounts.collect())
        }));
        for (name, accounts) in rows {
            let name = literal(&name);
            self.line(&format!("delete from {table} where role_name = {name};"));
            self.line(&format!(
                "insert into {table} (role_name, account_id) select {name}, unnest(array[{}]::bigint[]) \
                 on conflict do nothing;",
                accounts.join(", ")
            ));
        }
    }

    /// Rows are chosen by the rights of whoever owns a view, and the owner of the tables may see them all: so the views
    /// get an owner who may not.
    fn views_owner(&mut self) {
        self.line("\n-- Owns the views, and nobody enters by it.");
        self.create(&self.views_role.0.clone(), "nologin");
        let (schema, role) = (self.schema.clone(), identifier(&self.views_role.0));
        self.line(&format!(
            "grant {role} to {};",
            identifier(&self.found.owner)
        ));
        self.line(&format!(
            "grant usage, create on schema {schema} to {role};"
        ));
        self.line(&format!("grant select on {schema}.{READERS} to {role};"));
        let tables: Vec<String> = self
            .found
            .tables
            .iter()
            .map(|table| identifier(&table.name))
            .collect();
        for table in tables {
            self.line(&format!("grant select on {schema}.{table} to {role};"));
        }
        let views: Vec<String> = self
            .found
            .views
            .iter()
            .map(|view| identifier(view))
            .collect();
        for view in views {
            self.line(&format!("alter view {schema}.{view} owner to {role};"));
        }
        self.line(&format!("revoke create on schema {schema} from {role};"));
    }

    fn policies(&mut self) {
        self.line("\n-- The views show each role its accounts; the writer is not held up.");
        let role = identifier(&self.views_role.0);
        let (schema, writer) = (self.schema.clone(), self.writer.clone());
        let allowed = format!(
            "from {schema}.{READERS} r join pg_catalog.pg_roles p on p.rolname = r.role_name \
             where pg_catalog.pg_has_role(p.oid, 'usage')"
        );
        let rule = format!(
            "exists (select 1 {allowed} and r.account_id is null) or account_id in (select r.account_id {allowed})"
        );
        let tables: Vec<String> = self
            .found
            .tables
            .iter()
            .filter(|table| table.has_account)
            .map(|table| format!("{schema}.{}", identifier(&table.name)))
            .collect();
        for table in tables {
            self.line(&format!(
                "alter table {table} enable row level security;\n\
                 drop policy if exists {writer} on {table};\n\
                 create policy {writer} on {table} to {writer} using (true) with check (true);\n\
                 drop policy if exists {role} on {table};\n\
                 create policy {role} on {table} for select to {role} using ({rule});"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_are_quoted() {
        assert_eq!(identifier("a\"b; drop"), "\"a\"\"b; drop\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'b"), "E'a\\\\''b'");
    }

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
