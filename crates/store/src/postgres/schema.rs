//! Who else may create something in the schema, and what others have created there that could be taken for Postgres' own.
//!
//! Names are searched in every schema of the path, and what fits the arguments better goes first: so a function or an
//! operator of another role in the schema can be called with the rights of the asking role. The program names Postgres' own
//! functions with their schema, but the SQL of others does not.

use sqlx::{PgTransaction, Row, query};

/// Begins to read the catalog: only Postgres' own names are found.
pub(super) const BEGIN_CATALOG: &str = "begin isolation level repeatable read, read only; \
     set local search_path to pg_catalog, pg_temp; \
     set local statement_timeout to '10min'";

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SchemaFound {
    /// Roles other than the owners and superusers that may create something in it; `PUBLIC`: every role.
    pub(super) creators: Vec<String>,
    /// Functions and operators of such roles that bear the name of one of Postgres' own, and views that call one: as a
    /// person reads it.
    pub(super) planted: Vec<String>,
}

impl SchemaFound {
    /// Why the schema is not safe, and what helps; `None` if it is.
    pub(super) fn complaint(&self, schema: &str) -> Option<(String, String)> {
        if let Some(planted) = self.planted_list() {
            return Some((
                format!("schema {schema} holds what could be taken for Postgres' own: {planted}"),
                "inspect it, drop it as an administrator, and then revoke the right to create in the schema".to_owned(),
            ));
        }
        if self.creators.is_empty() {
            return None;
        }
        let creators = self.creators.join(", ");
        Some((
            format!("others may create tables and functions in schema {schema}: {creators}"),
            format!(
                "revoke it, as the owner of the schema: revoke create on schema {schema} from {creators} (`presence migrate \
                 --roles` does it for PUBLIC); better still, give the history a schema of its own"
            ),
        ))
    }

    /// What was planted, in one line.
    pub(super) fn planted_list(&self) -> Option<String> {
        (!self.planted.is_empty()).then(|| self.planted.join(", "))
    }
}

/// Inspects the schema; the transaction's path must be Postgres' own.
pub(super) async fn inspect_schema(
    transaction: &mut PgTransaction<'_>,
    schema: &str,
) -> Result<SchemaFound, sqlx::Error> {
    let mut found = SchemaFound::default();
    for (statement, list) in [
        (CREATORS, &mut found.creators),
        (PLANTED, &mut found.planted),
    ] {
        let rows = query(statement)
            .persistent(false)
            .bind(schema.to_owned())
            .fetch_all(&mut **transaction)
            .await?;
        for row in rows {
            list.push(row.try_get(0)?);
        }
    }
    Ok(found)
}

const CREATORS: &str = "\
with place as (
    select n.oid, n.nspowner, n.nspacl, coalesce(c.relowner, u.oid) as owner
    from pg_catalog.pg_namespace n
    join pg_catalog.pg_roles u on u.rolname = current_user
    left join pg_catalog.pg_class c
        on c.relnamespace = n.oid and c.relname = 'presence_history' and c.relkind = 'r'
    where n.nspname = $1
)
select distinct case when a.grantee = 0 then 'PUBLIC' else pg_catalog.quote_ident(r.rolname::text) end
from place p
cross join lateral pg_catalog.aclexplode(coalesce(p.nspacl, pg_catalog.acldefault('n', p.nspowner))) as a
left join pg_catalog.pg_roles r on r.oid = a.grantee
where a.privilege_type = 'CREATE'
    and a.grantee <> p.nspowner
    and (a.grantee = 0 or not r.rolsuper and not pg_catalog.pg_has_role(r.oid, p.owner, 'MEMBER'))
order by 1";

/// A table of that name would be taken for the one that says who may read what.
const PLANTED: &str = "\
with place as (
    select n.oid, n.nspowner, coalesce(c.relowner, u.oid) as owner
    from pg_catalog.pg_namespace n
    join pg_catalog.pg_roles u on u.rolname = current_user
    left join pg_catalog.pg_class c
        on c.relnamespace = n.oid and c.relname = 'presence_history' and c.relkind = 'r'
    where n.nspname = $1
),
stranger as (
    select r.oid, r.rolname
    from place p
    join pg_catalog.pg_roles r on not r.rolsuper and r.oid <> p.nspowner
        and not pg_catalog.pg_has_role(r.oid, p.owner, 'MEMBER')
)
select pg_catalog.format(
    'function %I(%s) of %I', f.proname, pg_catalog.pg_get_function_identity_arguments(f.oid), s.rolname)
from place p
join pg_catalog.pg_proc f on f.pronamespace = p.oid
join stranger s on s.oid = f.proowner
where exists (
    select from pg_catalog.pg_proc b where b.proname = f.proname and b.pronamespace = 'pg_catalog'::regnamespace)
union all
select pg_catalog.format('table %I of %I', t.relname, s.rolname)
from place p
join pg_catalog.pg_class t on t.relnamespace = p.oid and t.relname = 'account_reader'
join stranger s on s.oid = t.relowner
union all
select pg_catalog.format('operator %s of %I', o.oprname, s.rolname)
from place p
join pg_catalog.pg_operator o on o.oprnamespace = p.oid
join stranger s on s.oid = o.oprowner
where exists (
    select from pg_catalog.pg_operator b where b.oprname = o.oprname and b.oprnamespace = 'pg_catalog'::regnamespace)
union all
select pg_catalog.format('view %I, which calls %s of %I', v.relname, coalesce(f.proname, o.oprname), s.rolname)
from place p
join pg_catalog.pg_class v on v.relnamespace = p.oid and v.relkind = 'v' and v.relowner not in (select oid from stranger)
join pg_catalog.pg_rewrite w on w.ev_class = v.oid
join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = w.oid
left join pg_catalog.pg_proc f on d.refclassid = 'pg_catalog.pg_proc'::regclass and f.oid = d.refobjid
left join pg_catalog.pg_operator o on d.refclassid = 'pg_catalog.pg_operator'::regclass and o.oid = d.refobjid
join stranger s on s.oid in (f.proowner, o.oprowner)
order by 1";
