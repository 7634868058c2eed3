import type { Session, Statement } from '../database/database.ts'

/** A row of the audit trail in its place, with what it is about. */
export interface TrailRow {
  /** Its place: without gaps, and final. */
  readonly leaf: number
  /** Of the leaf, in hex. */
  readonly hash: string
  readonly at: number
  readonly what: string
  readonly new: string | null
  readonly run: string | null
  readonly workflow: string | null
  readonly version: number | null
  /** The task it is about, where it is about one. */
  readonly task: string | null
  readonly gate: string | null
  readonly taskState: string | null
  /** The step it is about, by its name. */
  readonly step: string | null
  /** Of the record that it settled. */
  readonly kind: 'step' | 'undo' | null
}

/** Rows of the trail that name a task by the key of its gate, and by its own id. */
const taskByKey = `a.what in ('wait.opened', 'task.opened', 'gate.expired')`
const taskById = `a.what in ('task.approve', 'task.return', 'task.reject', 'task.withdrawn')`
/** A step, or the undo of one, that has its record. */
const stepDone = `a.what in ('step.value', 'undo.value', 'effect.done')`

/**
 * Rows of $1 from the place $2 up to, not including, $3. Not by way of the view `sijil.leaves`: it would open every slice of the
 * tenant. A row whose place is there while it is gone itself is left out.
 */
const between: Statement = {
  name: 'reading.trail',
  text: `select l.leaf, encode(l.hash, 'hex') as hash, (extract(epoch from a.at) * 1000)::bigint as at, a.what, a.new, a.run::text as run,
      r.workflow, r.version, coalesce(k.id, i.id)::text as task, coalesce(k.gate, i.gate) as gate, coalesce(k.state, i.state) as "taskState",
      coalesce(c.name, e.step) as step, c.kind
    from (
      select s.first + n.place - 1 as leaf, n.audit, substr(s.hashes, 32 * (n.place::integer - 1) + 1, 32) as hash
        from sijil.tree_leaves s cross join lateral unnest(s.audits) with ordinality n (audit, place)
        where s.tenant = $1 and s.first < $3
          and s.first >= coalesce((select max(b.first) from sijil.tree_leaves b where b.tenant = $1 and b.first <= $2), 0)
    ) l
    join sijil.audit a on a.tenant = $1 and a.id = l.audit
    left join sijil.runs r on r.tenant = $1 and r.id = a.run
    left join sijil.tasks k on k.tenant = $1 and k.run = a.run and k.key = a.subject and ${taskByKey}
    left join sijil.tasks i on i.tenant = $1 and i.id = case when ${taskById} then a.subject::uuid end
    left join sijil.records c on c.tenant = $1 and c.run = a.run and c.key = a.subject and ${stepDone}
    left join sijil.effects e on e.tenant = $1 and e.run = a.run and e.key = a.subject and a.what in ('effect.in_doubt', 'effect.parked')
    where l.leaf >= $2 and l.leaf < $3
    order by l.leaf`,
}
const sizeOf: Statement = { name: 'reading.trail_size', text: 'select sijil.trail_size($1) as size' }

export interface Trail {
  readonly rows: readonly TrailRow[]
  /** How long the trail was before they were read. */
  readonly size: number
}

export async function readTrail(
  session: Session,
  tenant: string,
  { from, rowsMax }: { readonly from: number; readonly rowsMax: number },
): Promise<Trail> {
  const [trail] = await session.query<{ readonly size: number }>(sizeOf, [tenant])
  const size = trail?.size ?? 0
  const before = Math.min(from + rowsMax, size)
  if (before <= from) return { rows: [], size }
  return { rows: await session.query<TrailRow>(between, [tenant, from, before]), size }
}
