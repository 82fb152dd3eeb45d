//! The SQL that makes the roles, as text.

use std::fmt::Write;

use super::found::{Found, Owned};
use super::{READERS, RoleName, Roles};
use crate::postgres::PATIENTLY;

/// A name in SQL.
pub(super) fn identifier(name: &str) -> String {
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
pub(super) struct Script<'s> {
    roles: &'s Roles,
    found: &'s Found,
    schema: String,
    writer: String,
    /// Who owns the views where access is by account.
    views_role: &'s RoleName,
    text: String,
}

impl<'s> Script<'s> {
    pub(super) fn new(
        roles: &'s Roles,
        found: &'s Found,
        schema: &str,
        views_role: &'s RoleName,
    ) -> Self {
        Self {
            roles,
            found,
            schema: identifier(schema),
            writer: identifier(&roles.writer.0),
            views_role,
            text: String::new(),
        }
    }

    pub(super) fn write(mut self) -> String {
        let database = self.found.database.replace(['\n', '\r'], " ");
        self.line(&format!(
            "-- Roles of the presence history in schema {} of database {database}. It may be executed again and again.",
            self.schema
        ));
        self.line("begin;");
        self.line(&format!(
            "set local search_path to pg_catalog, pg_temp;\n{PATIENTLY};"
        ));
        self.line(&format!(
            "\n-- Only the owner may create anything in the schema.\nrevoke create on schema {} from public;\n",
            self.schema
        ));
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

    /// Every role that asks.
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
            // A role that locks rows needs the right to update something: that column can only be true.
            let granted = match table.name.as_str() {
                "presence_history" => "select, update (only_row)",
                "account" => "select, insert, update (name)",
                "event_account" => "select",
                // An entry counts what is asked again within an hour.
                "access_log" => {
                    "select, insert, update (window_from, window_to, last_at, request_count)"
                }
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
        for function in &self.found.functions {
            let _ = writeln!(
                grants,
                "grant execute on function {schema}.{function} to {writer};"
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
             revoke all on all functions in schema {schema} from {role};\n\
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

    /// Rows are chosen by the rights of the owner of a view, and the owner of the tables may see them all: so the views
    /// get an owner who may not. They are barriers too, or a function of an analyst could be shown the messages and
    /// profiles of others before the rows are chosen: these tables are shared by all accounts.
    fn views_owner(&mut self) {
        self.line("\n-- Owns the views; no one connects as it.");
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
            self.line(&format!(
                "alter view {schema}.{view} set (security_barrier = true);"
            ));
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
        let of_account = format!(
            "exists (select 1 {allowed} and r.account_id is null) or account_id in (select r.account_id {allowed})"
        );
        // The keys are chosen by their own policy.
        let of_extension =
            format!("extension_key in (select k.extension_key from {schema}.extension_key k)");
        let found = self.found;
        for table in &found.tables {
            let condition = match table.owned_by {
                None => continue,
                Some(Owned::Account) => &of_account,
                Some(Owned::Extension) => &of_extension,
            };
            let table = format!("{schema}.{}", identifier(&table.name));
            self.line(&format!(
                "alter table {table} enable row level security;\n\
                 drop policy if exists {writer} on {table};\n\
                 create policy {writer} on {table} to {writer} using (true) with check (true);\n\
                 drop policy if exists {role} on {table};\n\
                 create policy {role} on {table} for select to {role} using ({condition});"
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
}
