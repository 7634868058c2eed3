import type { Database, Statement } from './database/database.ts'

/** The oldest first. One that was asked for again while this looked waits again, and stays. */
const remove: Statement = {
  name: 'webhooks.remove_ended',
  text: `with old as (
      select tenant, id from sijil.webhook_messages where state <> 'waiting' and due_ms < sijil.now_ms() - $1
        order by due_ms limit $2 for update skip locked),
    gone as (delete from sijil.webhook_messages m using old where m.tenant = old.tenant and m.id = old.id returning m.id)
    select count(*)::integer as removed from gone`,
}
const backlog: Statement = {
  name: 'webhooks.backlog',
  text: `with waiting as (
      select count(*)::integer as messages, min(m.at_ms) as oldest
        from sijil.webhook_messages m join sijil.webhook_endpoints e on e.tenant = m.tenant and e.id = m.endpoint
        where m.state = 'waiting' and e.state in ('active', 'disabled')),
    endpoints as (
      select count(*) filter (where e.state in ('active', 'disabled') and e.failing_since_ms <= sijil.now_ms() - $1)::integer as failing,
          coalesce(sum(greatest(0, sijil.trail_size(e.tenant) - e.next_leaf)) filter (where e.state = 'active'), 0)::bigint as behind
        from sijil.webhook_endpoints e)
    select w.messages as waiting, coalesce(sijil.now_ms() - w.oldest, 0) as "oldestMs", e.failing, e.behind from waiting w cross join endpoints e`,
}

/**
 * Takes messages out of the log, with their attempts, that ended longer ago than `keepMs`; at most `most` of them, so that nobody
 * waits for it for long. Answers how many it were. What is still to be delivered, and the audit log, stay untouched.
 */
export async function removeEndedMessages(database: Database, keepMs: number, most: number): Promise<number> {
  const [row] = await database.engine.query<{ readonly removed: number }>(remove, [keepMs, most])
  return row?.removed ?? 0
}

/** What outgoing webhooks have before them, of all tenants together. What was paused by a person does not count. */
export interface WebhookBacklog {
  /** Messages that wait to be delivered, for the first time or again. */
  readonly waiting: number
  /** How long ago that happened which the oldest of them tells; 0 when there is none. */
  readonly oldestMs: number
  /** Endpoints to which nothing was delivered for longer than was asked for, although it was tried. */
  readonly failing: number
  /** Rows of the trails that have not been looked at. */
  readonly behind: number
}

export async function readWebhookBacklog(database: Database, failingMs: number): Promise<WebhookBacklog> {
  const [row] = await database.engine.query<WebhookBacklog>(backlog, [failingMs])
  return row ?? { waiting: 0, oldestMs: 0, failing: 0, behind: 0 }
}
