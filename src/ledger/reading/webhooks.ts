import type { Database, Statement } from '../database/database.ts'
import type { AttemptOutcome } from '../webhook-delivery.ts'
import { pageSize } from './page-size.ts'

export interface EndpointView {
  readonly id: string
  readonly url: string
  readonly events: readonly string[]
  /** `disabled`: the other side answered 410 Gone. */
  readonly state: 'active' | 'paused' | 'disabled' | 'removed'
  readonly why: string | null
  readonly addedAt: number
  /** Until then two secrets sign. */
  readonly bothSecretsUntil: number | null
  /** Nothing is sent before that, because the other side asked for quiet. */
  readonly heldUntil: number | null
  /** When an attempt failed first after the last one that did not; null when the last one did not. */
  readonly failingSince: number | null
  /** Messages that wait to be delivered, for the first time or again. */
  readonly waiting: number
  /** Messages that were given up. */
  readonly failed: number
  /** Rows of the trail that have not been looked at. */
  readonly behind: number
}

export interface AttemptView {
  readonly number: number
  readonly startedAt: number
  readonly endedAt: number | null
  /** Null while it is under way. */
  readonly outcome: AttemptOutcome | null
  /** The HTTP status, if there was an answer. */
  readonly status: number | null
}

export interface MessageView {
  /** Travels as `webhook-id`. */
  readonly id: string
  readonly endpoint: string
  readonly type: string
  readonly run: string | null
  readonly at: number
  readonly state: 'waiting' | 'delivered' | 'failed' | 'withdrawn'
  /** When the next attempt is due. */
  readonly dueAt: number | null
  /** The last ones, oldest first. */
  readonly attempts: readonly AttemptView[]
}

const endpoints: Statement = {
  name: 'reading.webhook_endpoints',
  text: `select e.id, e.url, e.events, e.state, e.why, e.added_ms as "addedAt",
      case when e.both_until_ms > n.now then e.both_until_ms end as "bothSecretsUntil",
      case when e.held_until_ms > n.now then e.held_until_ms end as "heldUntil", e.failing_since_ms as "failingSince",
      (select count(*)::integer from sijil.webhook_messages m where m.tenant = e.tenant and m.endpoint = e.id and m.state = 'waiting') as waiting,
      (select count(*)::integer from sijil.webhook_messages m where m.tenant = e.tenant and m.endpoint = e.id and m.state = 'failed') as failed,
      case when e.state = 'removed' then 0 else greatest(0, sijil.trail_size(e.tenant) - e.next_leaf) end as behind
    from sijil.webhook_endpoints e cross join (select sijil.now_ms() as now) n
    where e.tenant = $1 order by e.added_ms, e.id`,
}
const ATTEMPTS_SHOWN = 20
const messages: Statement = {
  name: 'reading.webhook_messages',
  text: `select m.id, m.endpoint, m.type, m.run, m.at_ms as at, m.state, case when m.state = 'waiting' then m.due_ms end as "dueAt",
      coalesce((select json_agg(json_build_object('number', t.number, 'startedAt', t.started_ms, 'endedAt', t.ended_ms, 'outcome', t.outcome,
          'status', t.status) order by t.number)
        from sijil.webhook_attempts t where t.tenant = m.tenant and t.message = m.id and t.number > m.attempts - ${ATTEMPTS_SHOWN}), '[]') as attempts
    from sijil.webhook_messages m
    where m.tenant = $1 and ($2::uuid is null or m.endpoint = $2)
      and (not $3 or m.state = 'failed' or (m.state = 'waiting' and m.attempts > 0))
      and ($4::text is null or (m.leaf, m.id) < (select p.leaf, p.id from sijil.webhook_messages p where p.tenant = $1 and p.id = $4))
    order by m.leaf desc, m.id desc limit $5`,
}

/** Those that were removed included: the log still speaks of them. */
export const listEndpoints = (database: Database, tenant: string): Promise<readonly EndpointView[]> =>
  database.transaction({ role: 'member', tenant }, (session) => session.query<EndpointView>(endpoints, [tenant]))

export interface MessageFilter {
  readonly endpoint?: string | undefined
  /** Only those that were given up, or have failed so far. */
  readonly failedOnly?: boolean | undefined
  /** Default 50, at most 500. */
  readonly limit?: number | undefined
  /** `next` of the page before. */
  readonly after?: string | undefined
}

export interface MessagePage {
  readonly messages: readonly MessageView[]
  readonly next: string | undefined
}

/** What an operator reads to see what became of each message; newest first. */
export async function listMessages(database: Database, tenant: string, filter: MessageFilter): Promise<MessagePage> {
  const { endpoint = null, failedOnly = false, after = null } = filter
  const limit = pageSize(filter.limit)
  const rows = await database.transaction({ role: 'member', tenant }, (session) =>
    session.query<MessageView>(messages, [tenant, endpoint, failedOnly, after, limit + 1]),
  )
  const page = rows.slice(0, limit)
  return { messages: page, next: rows.length > limit ? page.at(-1)?.id : undefined }
}
