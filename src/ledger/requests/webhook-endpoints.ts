import { textArray } from '../database/binary-array.ts'
import type { Session, Statement } from '../database/database.ts'
import type { By } from './requests.ts'

/** What people do to the endpoints of their tenant's outgoing webhooks. Each is one transition and stands in the audit log. */
const add: Statement = {
  name: 'webhooks.add',
  text: 'select sijil.add_webhook($1, $2, $3, $4::text[], $5, $6, $7)',
}
const change: Statement = {
  name: 'webhooks.change',
  text: 'select sijil.change_webhook($1, $2, $3, $4, $5, $6) as answer',
}
const rotate: Statement = {
  name: 'webhooks.rotate',
  text: 'select answer, until_ms as "untilMs" from sijil.rotate_webhook($1, $2, $3, $4, $5, $6)',
}
const replay: Statement = {
  name: 'webhooks.replay',
  text: 'select answer, messages from sijil.replay_webhooks($1, $2, $3, $4, $5, $6, $7)',
}

export interface NewEndpoint {
  readonly id: string
  readonly url: string
  readonly events: readonly string[]
  /** Sealed. */
  readonly secret: Buffer
}

/** It follows the tenant's trail from here on; what was written a moment ago and has no leaf yet may come too. */
export async function addEndpoint(session: Session, by: By, { id, url, events, secret }: NewEndpoint): Promise<void> {
  await session.query(add, [by.tenant, id, url, textArray(events), secret, by.person, by.source])
}

/** CHANGED, also when it was so already; or why not. */
export async function changeEndpoint(
  session: Session,
  by: By,
  { id, state, why }: { readonly id: string; readonly state: 'active' | 'paused' | 'removed'; readonly why: string },
): Promise<string> {
  const [row] = await session.query<{ readonly answer: string }>(change, [
    by.tenant,
    id,
    state,
    by.person,
    by.source,
    why,
  ])
  return row?.answer ?? 'NO_SUCH_ENDPOINT'
}

export interface Rotated {
  /** CHANGED, or why not. */
  readonly answer: string
  /** Until then the secret of before signs too. */
  readonly untilMs: number | null
}

/** `secret`: sealed. `bothMs`: for how long the secret of before signs beside it. */
export async function rotateSecret(
  session: Session,
  by: By,
  { id, secret, bothMs }: { readonly id: string; readonly secret: Buffer; readonly bothMs: number },
): Promise<Rotated> {
  const [row] = await session.query<Rotated>(rotate, [by.tenant, id, secret, bothMs, by.person, by.source])
  return row ?? { answer: 'NO_SUCH_ENDPOINT', untilMs: null }
}

/** One message; or those of an endpoint that are about what happened since. `failedOnly`: not what was delivered. */
export type Replay =
  | { readonly message: string }
  | { readonly endpoint: string; readonly since: number; readonly failedOnly: boolean }

export interface Replayed {
  /** REPLAYED, or why not. */
  readonly answer: string
  readonly messages: number
}

export async function replayMessages(session: Session, by: By, wanted: Replay): Promise<Replayed> {
  const which =
    'message' in wanted ? [null, wanted.message, null, false] : [wanted.endpoint, null, wanted.since, wanted.failedOnly]
  const [row] = await session.query<Replayed>(replay, [by.tenant, ...which, by.person, by.source])
  return row ?? { answer: 'NO_SUCH_MESSAGE', messages: 0 }
}
