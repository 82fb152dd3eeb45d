//! What a store's schema holds and who its user is: what the roles are made for.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Row, query};

use super::READERS;
use super::script::identifier;
use crate::StoreError;
use crate::postgres::PATIENTLY;
use crate::postgres::address::Address;
use crate::postgres::schema::{BEGIN_CATALOG, SchemaFound, inspect_schema};

/// A table of the store.
pub(super) struct TableFound {
    pub(super) name: String,
    /// It refuses to be rewritten.
    pub(super) is_log: bool,
    /// How a row shows whose it is; `None` if it belongs to no single account.
    pub(super) owned_by: Option<Owned>,
}

/// How a row shows whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owned {
    /// By the account's id.
    Account,
    /// By the key of an extension of the account.
    Extension,
}

/// What is there.
pub(super) struct Found {
    pub(super) database: String,
    /// Who owns the tables.
    pub(super) owner: String,
    user: String,
    user_is_owner: bool,
    user_creates_roles: bool,
    user_owns_schema: bool,
    /// Who else may create something in the schema.
    place: SchemaFound,
    pub(super) tables: Vec<TableFound>,
    pub(super) views: Vec<String>,
    /// Functions that act by the rights of the owner, so that the writing role need not own anything: as SQL names them
    /// in their schema.
    pub(super) functions: Vec<String>,
    /// Roles that no right can be kept from.
    pub(super) mighty: Vec<String>,
    /// Roles that already have access by account.
    pub(super) readers: Vec<String>,
}

/// Who owns the schema and its tables, and what the user may.
const ABOUT: &str = "select pg_catalog.current_database()::text as database, current_user::text as user_name, \
         u.rolsuper or u.rolcreaterole as user_creates_roles, \
         coalesce(pg_catalog.pg_get_userbyid(c.relowner)::text, '') as owner, \
         coalesce(pg_catalog.pg_has_role(c.relowner, 'usage'), false) as user_is_owner, \
         array(select p.rolname::text from pg_catalog.pg_roles p \
             where p.rolsuper or pg_catalog.pg_has_role(p.oid, c.relowner, 'member')) as mighty, \
         coalesce(pg_catalog.pg_has_role(n.nspowner, 'usage'), false) as user_owns_schema \
     from pg_catalog.pg_roles u \
     left join pg_catalog.pg_namespace n on n.nspname = $1 \
     left join pg_catalog.pg_class c \
         on c.relname = 'presence_history' and c.relkind = 'r' and c.relnamespace = n.oid \
     where u.rolname = current_user";

/// The owner's tables and views, without those of extensions of the database.
const RELATIONS: &str = "select c.relname::text as name, c.relkind = 'v' as is_view, \
         exists (select from pg_catalog.pg_trigger t join pg_catalog.pg_proc f on f.oid = t.tgfoid \
             where t.tgrelid = c.oid and f.proname = 'refuse_rewriting' and f.pronamespace = n.oid) as is_log, \
         exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = 'account_id') as has_account, \
         exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = 'extension_key') as has_extension \
     from pg_catalog.pg_class c \
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
     where n.nspname = $1 and c.relkind in ('r', 'p', 'v') and not c.relispartition \
         and case when $2 = '' then false else pg_catalog.pg_has_role($2::name, c.relowner, 'member') end \
         and not exists (select from pg_catalog.pg_depend d \
             where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') \
     order by c.relname";

/// The owner's functions that act by the owner's rights.
const FUNCTIONS: &str = "select pg_catalog.format('%I(%s)', f.proname, pg_catalog.pg_get_function_identity_arguments(f.oid)) \
     from pg_catalog.pg_proc f \
     join pg_catalog.pg_namespace n on n.oid = f.pronamespace \
     where n.nspname = $1 and f.prosecdef and pg_catalog.pg_get_userbyid(f.proowner)::text = $2 \
         and not exists (select from pg_catalog.pg_depend d \
             where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = f.oid and d.deptype = 'e') \
     order by 1";

impl Found {
    pub(super) async fn read_schema(
        schema: &str,
        connection: &mut PgConnection,
    ) -> Result<Self, sqlx::Error> {
        let begin = format!("{BEGIN_CATALOG}; {PATIENTLY}");
        let mut transaction = connection.begin_with(AssertSqlSafe(begin)).await?;
        let place = inspect_schema(&mut transaction, schema).await?;
        let about = query(ABOUT);
        let about = about
            .persistent(false)
            .bind(schema.to_owned())
            .fetch_one(&mut *transaction)
            .await?;
        let owner: String = about.try_get("owner")?;
        let relations = query(RELATIONS);
        let relations = relations
            .persistent(false)
            .bind(schema.to_owned())
            .bind(owner.clone())
            .fetch_all(&mut *transaction)
            .await?;
        let functions = query(FUNCTIONS);
        let functions = functions
            .persistent(false)
            .bind(schema.to_owned())
            .bind(owner.clone())
            .fetch_all(&mut *transaction)
            .await?;
        let functions = functions.iter().map(|row| row.try_get(0));
        let mut found = Self {
            functions: functions.collect::<Result<_, _>>()?,
            database: about.try_get("database")?,
            user: about.try_get("user_name")?,
            user_creates_roles: about.try_get("user_creates_roles")?,
            owner,
            place,
            user_owns_schema: about.try_get("user_owns_schema")?,
            user_is_owner: about.try_get("user_is_owner")?,
            mighty: about.try_get("mighty")?,
            tables: Vec::new(),
            views: Vec::new(),
            readers: Vec::new(),
        };
        let mut by_account = false;
        for row in relations {
            let name: String = row.try_get("name")?;
            match (row.try_get("is_view")?, name.as_str()) {
                (true, _) => found.views.push(name),
                (false, READERS) => by_account = true,
                (false, _) => found.tables.push(TableFound {
                    name,
                    is_log: row.try_get("is_log")?,
                    owned_by: match (row.try_get("has_account")?, row.try_get("has_extension")?) {
                        (true, _) => Some(Owned::Account),
                        (_, true) => Some(Owned::Extension),
                        _ => None,
                    },
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

    pub(super) fn user_may_apply(&self, address: &Address) -> Result<(), StoreError> {
        if let Some(planted) = self.place.planted_list() {
            return Err(StoreError::Unusable(format!(
                "{}: schema {} holds what could be taken for Postgres' own: {planted}; no role was made; let an \
                 administrator drop it first",
                address.shown, address.schema
            )));
        }
        let is_open = self
            .place
            .creators
            .iter()
            .any(|creator| creator == "PUBLIC");
        let lacking = if !self.user_creates_roles {
            "may not create roles"
        } else if is_open && !self.user_owns_schema {
            "cannot keep others from creating tables and functions in the schema"
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
