import type { Statement } from '../database/database.ts'

/** Microseconds are kept as the fraction: a time changed by one of them is another leaf. */
const auditColumns = `a.tenant, a.id, (extract(epoch from a.at) * 1000)::float8 as at, a.actor, a.what, a.run::text as run,
  a.subject, a.old, a.new, a.source, a.why`

const headColumns = `h.tenant, h.size, h.root, h.frontier, (extract(epoch from h.at) * 1000)::float8 as at, h.signer, h.signature`

/** Hops from tenant to tenant over the primary key; `distinct` would read the whole log. */
const auditTenants = `recursive tenants (tenant) as (
    (select a.tenant from sijil.audit a order by a.tenant limit 1)
    union all
    select (select a.tenant from sijil.audit a where a.tenant > t.tenant order by a.tenant limit 1)
    from tenants t where t.tenant is not null
  )`

/** Ids of a tenant's rows without a leaf. Read from the latest of both, however few of them the planner believes there to be. */
const withoutLeaf = (tenant: string, finalBelow: string, finalSize: string): string => `
      select a.id from sijil.audit a where a.tenant = ${tenant} and a.id > ${finalBelow}
      except
      select unnest(l.audits) from sijil.tree_leaves l where l.tenant = ${tenant} and l.first >= ${finalSize}`

/** Tenants with rows that are not final, the one furthest behind first. $1: tenants to leave alone. */
export const tenantsToSeal: Statement = {
  name: 'tree.tenants_to_seal',
  text: `with ${auditTenants}
  select t.tenant
  from tenants t left join sijil.sealing s on s.tenant = t.tenant
  where t.tenant <> all ($1::text[])
    and exists (select from sijil.audit a where a.tenant = t.tenant and a.id > coalesce(s.final_below, 0))
  order by coalesce(s.seen, 0), t.tenant`,
}

/**
 * Those of the tenants that no other sealer holds, held by this transaction from now on. Not by a row lock: that would give
 * the transaction its id before it reads the rows, and `noteSealing` needs a later one.
 */
export const lockTenants: Statement = {
  name: 'tree.lock_tenants',
  text: `select t.tenant from unnest($1::text[]) t (tenant)
  where pg_try_advisory_xact_lock(hashtextextended('sijil.sealing ' || t.tenant, 0))`,
}

/**
 * Where each tree stands; a tenant without a tree has no head. Asked only after the lock: an earlier snapshot would show the
 * tree as it was before another sealer's commit. `settled`: every transaction with an id below `seen_xmax` has ended by now,
 * so what it wrote is visible to the statements that follow.
 */
export const treesToExtend: Statement = {
  name: 'tree.trees_to_extend',
  text: `select t.tenant, coalesce(s.final_below, 0) as "finalBelow", coalesce(s.final_size, 0) as "finalSize",
    coalesce(s.seen, 0) as seen, coalesce(s.seen_size, 0) as "seenSize",
    s.seen_xmax is null or pg_snapshot_xmin(pg_current_snapshot()) >= s.seen_xmax as settled,
    coalesce((select max(l.audits[l.count]) from sijil.tree_leaves l where l.tenant = t.tenant and l.first >= coalesce(s.final_size, 0)),
      s.final_below, 0) as "lastAudit",
    h.size, h.root, h.frontier, (extract(epoch from h.at) * 1000)::float8 as at, h.signer, h.signature
  from unnest($1::text[]) t (tenant)
  left join sijil.sealing s on s.tenant = t.tenant
  left join lateral (select * from sijil.tree_heads h where h.tenant = t.tenant order by h.size desc limit 1) h on true`,
}

/**
 * Gives visible rows without a leaf their leaf, and answers for each tenant the leaves in their order, the last row, and the id below which
 * every transaction had ended when the rows were read. $1 to $4: tenants, their `final_below` and `final_size`, and their trees' sizes, in the order in which they are served. $5: how many rows.
 */
export const sealRows: Statement = {
  name: 'tree.seal_rows',
  text: `with picked as materialized (
    select t.tenant, t.place, t.size, a.id
    from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) with ordinality as t (tenant, final_below, final_size, size, place)
    cross join lateral (
      ${withoutLeaf('t.tenant', 't.final_below', 't.final_size')}
      order by 1 limit $5
    ) a
    order by t.place, a.id
    limit $5
  ), leaves as materialized (
    select p.place, p.tenant, p.size, count(*) as count, array_agg(p.id order by p.id) as audits,
      string_agg((select sijil.audit_leaf(a) from sijil.audit a where a.tenant = p.tenant and a.id = p.id), ''::bytea order by p.id) as hashes
    from picked p group by p.place, p.tenant, p.size
  ), sealed as (
    insert into sijil.tree_leaves (tenant, first, count, audits, hashes) select tenant, size, count, audits, hashes from leaves
  )
  select tenant, audits[count] as last, hashes as leaves, pg_snapshot_xmin(pg_current_snapshot())::text::bigint as "endedBelow" from leaves order by place`,
}

export const ledgerTime: Statement = { name: 'tree.ledger_time', text: `select sijil.now_ms() as now` }

export const addHeads: Statement = {
  name: 'tree.add_heads',
  text: `insert into sijil.tree_heads (tenant, size, root, frontier, at, signer, signature)
  select n.tenant, n.size, n.root, n.frontier, sijil.instant(n.at), n.signer, n.signature
  from unnest($1::text[], $2::bigint[], $3::bytea[], $4::bytea[], $5::bigint[], $6::text[], $7::bytea[])
    as n (tenant, size, root, frontier, at, signer, signature)`,
}

/**
 * The transaction took its own id after it had read the rows, so every transaction that could still show a row below `seen` has
 * a smaller one. `pg_snapshot_xmax` would not do: it lies above the ended transactions only, not above those under way. Where all
 * with a smaller id had ended by then, as in a database of one session, `seen` is final at once.
 */
export const noteSealing: Statement = {
  name: 'tree.note_sealing',
  text: `insert into sijil.sealing as s (tenant, final_below, final_size, seen, seen_size, seen_xmax)
  select n.tenant, case when n.alone then n.seen else n.final_below end, case when n.alone then n.seen_size else n.final_size end,
    n.seen, n.seen_size, n.id
  from (
    select u.*, own.id, u.ended_below = own.id::text::bigint as alone
    from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
        as u (tenant, final_below, final_size, seen, seen_size, ended_below),
      (select pg_current_xact_id() as id) own
  ) n
  on conflict (tenant) do update
    set final_below = excluded.final_below, final_size = excluded.final_size, seen = excluded.seen, seen_size = excluded.seen_size,
        seen_xmax = excluded.seen_xmax`,
}

/** The last head of each tenant, for the heads file. */
export const headsOfAllTenants: Statement = {
  name: 'tree.heads_of_all_tenants',
  text: `with ${auditTenants}
  select ${headColumns} from tenants t
  cross join lateral (select * from sijil.tree_heads h where h.tenant = t.tenant order by h.size desc limit 1) h`,
}

/** How many rows wait for their leaf, and since when the oldest does. */
export const sealingLag: Statement = {
  name: 'tree.sealing_lag',
  text: `with ${auditTenants}
  select count(*) as rows, coalesce(greatest(0, sijil.now_ms() - (extract(epoch from min(a.at)) * 1000)::bigint), 0) as "oldestMs"
  from tenants t
  left join sijil.sealing s on s.tenant = t.tenant
  cross join lateral (${withoutLeaf('t.tenant', 'coalesce(s.final_below, 0)', 'coalesce(s.final_size, 0)')}) bare
  join sijil.audit a on a.tenant = t.tenant and a.id = bare.id
  where t.tenant is not null`,
}

/** Every tenant that has a row, a leaf or a head, so that none is missed because one of its tables was emptied. */
export const treeTenants: Statement = {
  name: 'tree.tenants',
  text: `select tenant from sijil.audit union select tenant from sijil.tree_leaves union select tenant from sijil.tree_heads
  order by tenant`,
}

/** Read before the leaves: whatever comes later does not matter to the check. */
export const treeExtent: Statement = {
  name: 'tree.extent',
  text: `select
    coalesce((select max(h.size) from sijil.tree_heads h where h.tenant = $1), 0) as "headSize",
    coalesce((select max(l.first + l.count) from sijil.tree_leaves l where l.tenant = $1), 0) as "leafCount",
    coalesce((select s.final_below from sijil.sealing s where s.tenant = $1), 0) as "finalBelow"`,
}

/**
 * Leaves $2 up to, not including, $3 with the rows they seal. A row that is gone has a null id. Not by way of the view
 * `sijil.leaves`: it would open every slice of the tenant, where only those with these leaves are wanted.
 */
export const sealedRows: Statement = {
  name: 'tree.sealed_rows',
  text: `select l.leaf, l.audit, l.hash, ${auditColumns}
  from (
    select s.tenant, s.first + n.place - 1 as leaf, n.audit, substr(s.hashes, 32 * (n.place::integer - 1) + 1, 32) as hash
    from sijil.tree_leaves s cross join lateral unnest(s.audits) with ordinality n (audit, place)
    where s.tenant = $1 and s.first < $3 and s.first + s.count > $2
  ) l left join sijil.audit a on a.tenant = l.tenant and a.id = l.audit
  where l.leaf >= $2 and l.leaf < $3
  order by l.leaf`,
}

export const headsBetween: Statement = {
  name: 'tree.heads_between',
  text: `select ${headColumns} from sijil.tree_heads h where h.tenant = $1 and h.size > $2 and h.size <= $3 order by h.size`,
}

/** Rows up to $2 (final: they must have a leaf) that have none, the first $3 of them. */
export const finalRowsWithoutLeaf: Statement = {
  name: 'tree.final_rows_without_leaf',
  text: `select a.id from sijil.audit a where a.tenant = $1 and a.id <= $2
  except
  select unnest(l.audits) from sijil.tree_leaves l where l.tenant = $1
  order by id limit $3`,
}

/** Rows with more than one leaf, which no sealer of ours gives them. */
export const rowsWithManyLeaves: Statement = {
  name: 'tree.rows_with_many_leaves',
  text: `select l.audit from sijil.leaves l where l.tenant = $1 group by l.audit having count(*) > 1 order by l.audit limit $2`,
}
