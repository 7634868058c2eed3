import { int8Array, textArray, uuidArray } from './database/binary-array.ts'
import type { Database, Session, Statement } from './database/database.ts'
import { readTrail, type TrailRow } from './reading/trail.ts'

/**
 * How workers of several processes share the endpoints of outgoing webhooks: one at a time holds an endpoint, under a lease with an
 * epoch. Whoever lost it writes nothing any more.
 */
export interface HeldEndpoint {
  readonly tenant: string
  readonly endpoint: string
  readonly epoch: number
}

const claim: Statement = {
  name: 'webhooks.claim',
  text: 'select tenant, endpoint, epoch from sijil.claim_webhook($1, $2)',
}
const hold: Statement = {
  name: 'webhooks.hold',
  text: `select e.events, e.next_leaf as "nextLeaf" from sijil.webhook_endpoints e
    where e.tenant = $1 and e.id = $2 and e.epoch = $3 and e.state = 'active' for update`,
}
/** What has not been tried yet stays in the order of the trail, also if the clock was set back meanwhile. */
const addMessages: Statement = {
  name: 'webhooks.add_messages',
  text: `insert into sijil.webhook_messages (tenant, endpoint, state, due_ms, id, leaf, type, run, body, at_ms)
    select $1, $2, 'waiting', greatest(sijil.now_ms(), (select max(w.due_ms) from sijil.webhook_messages w
        where w.tenant = $1 and w.endpoint = $2 and w.state = 'waiting' and w.attempts = 0)), m.id, m.leaf, m.type, m.run, m.body, m.at
      from unnest($3::text[], $4::bigint[], $5::text[], $6::uuid[], $7::text[], $8::bigint[]) m (id, leaf, type, run, body, at)`,
}
const moveOn: Statement = {
  name: 'webhooks.move_on',
  text: 'update sijil.webhook_endpoints set next_leaf = $3 where tenant = $1 and id = $2',
}
const begin: Statement = {
  name: 'webhooks.begin',
  text: `select message, body, number, try, now_ms as "now", url, secret, secret_before as "secretBefore"
    from sijil.begin_webhook_attempt($1, $2, $3, $4)`,
}
const end: Statement = {
  name: 'webhooks.end',
  text: 'select sijil.end_webhook_attempt($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as held',
}
const release: Statement = { name: 'webhooks.release', text: 'select sijil.release_webhook($1, $2, $3)' }
const releaseAll: Statement = {
  name: 'webhooks.release_all',
  text: "update sijil.webhook_endpoints set lease_ms = 0 where state = 'active' and lease_ms > 0",
}

/** The endpoint that was served longest ago, of those with something to do; undefined when there is none. */
export async function claimEndpoint(
  database: Database,
  worker: string,
  leaseMs: number,
): Promise<HeldEndpoint | undefined> {
  const [held] = await database.engine.query<HeldEndpoint>(claim, [worker, leaseMs])
  return held
}

export interface NewMessage {
  readonly id: string
  readonly leaf: number
  readonly type: string
  readonly run: string | null
  readonly body: string
  readonly at: number
}

/**
 * Reads on in the trail and keeps a message for whatever `messageOf` makes one of, in one commit with the place. Answers whether
 * there is more to read.
 */
export const followTrail = (
  database: Database,
  { tenant, endpoint, epoch }: HeldEndpoint,
  rowsMax: number,
  messageOf: (row: TrailRow, events: readonly string[]) => NewMessage | undefined,
): Promise<boolean> =>
  database.transaction({ role: 'engine' }, async (session) => {
    const [held] = await session.query<{ readonly events: readonly string[]; readonly nextLeaf: number }>(hold, [
      tenant,
      endpoint,
      epoch,
    ])
    if (held === undefined) return false
    const { rows, size } = await readTrail(session, tenant, { from: held.nextLeaf, rowsMax })
    const next = Math.min(held.nextLeaf + rowsMax, size)
    if (next <= held.nextLeaf) return false
    const messages = rows.flatMap((row) => messageOf(row, held.events) ?? [])
    if (messages.length > 0) await keep(session, tenant, endpoint, messages)
    await session.query(moveOn, [tenant, endpoint, next])
    return next < size
  })

const keep = (
  session: Session,
  tenant: string,
  endpoint: string,
  messages: readonly NewMessage[],
): Promise<readonly object[]> =>
  session.query(addMessages, [
    tenant,
    endpoint,
    textArray(messages.map(({ id }) => id)),
    int8Array(messages.map(({ leaf }) => leaf)),
    textArray(messages.map(({ type }) => type)),
    uuidArray(messages.map(({ run }) => run)),
    textArray(messages.map(({ body }) => body)),
    int8Array(messages.map(({ at }) => at)),
  ])

/** An attempt that stands in the ledger and has not been made yet. */
export interface BegunAttempt {
  /** The id of the message: the same on every attempt. */
  readonly message: string
  readonly body: string
  readonly number: number
  /** Which one it is since the message was made, or was asked for again; from 1. */
  readonly try: number
  /** The ledger's time. */
  readonly now: number
  readonly url: string
  /** Sealed. */
  readonly secret: Buffer
  /** Signs too for as long as it is given. */
  readonly secretBefore: Buffer | null
}

/** Undefined when nothing is due, the endpoint is not active any more, or the lease is lost. Prolongs the lease. */
export async function beginAttempt(
  database: Database,
  { tenant, endpoint, epoch }: HeldEndpoint,
  leaseMs: number,
): Promise<BegunAttempt | undefined> {
  const [begun] = await database.engine.query<BegunAttempt>(begin, [tenant, endpoint, epoch, leaseMs])
  return begun
}

export type AttemptOutcome =
  | 'delivered'
  | 'refused'
  | 'redirected'
  | 'gone'
  | 'throttled'
  | 'no_answer'
  | 'not_sent'
  /** Not sent either: the certificate there was not accepted. */
  | 'untrusted'
  | 'unknown'

export interface AttemptEnd {
  readonly outcome: AttemptOutcome
  readonly status: number | null
  /** Until the next attempt; null when there is none. */
  readonly waitMs: number | null
  /** For how long nothing is sent to the endpoint. */
  readonly holdMs: number
}

/** False when the lease was lost: another worker has settled the attempt as `unknown`. */
export async function endAttempt(
  database: Database,
  worker: string,
  { tenant, endpoint, epoch }: HeldEndpoint,
  { message, number }: Pick<BegunAttempt, 'message' | 'number'>,
  { outcome, status, waitMs, holdMs }: AttemptEnd,
): Promise<boolean> {
  const params = [worker, tenant, endpoint, epoch, message, number, outcome, status, waitMs, holdMs]
  const [row] = await database.engine.query<{ readonly held: boolean }>(end, params)
  return row?.held === true
}

export const releaseEndpoint = async (database: Database, { tenant, endpoint, epoch }: HeldEndpoint): Promise<void> => {
  await database.engine.query(release, [tenant, endpoint, epoch])
}

/** For the one process of an embedded ledger: whoever held anything before it is gone. */
export const releaseAllEndpoints = async (database: Database): Promise<void> => {
  await database.engine.query(releaseAll)
}
