import type { Actor } from '../engine/commands/actor.ts'
import { demand } from '../engine/commands/permissions.ts'
import { reasonOf } from '../engine/commands/reason.ts'
import { Refusal, refusalOf } from '../engine/commands/refusal.ts'
import type { Instant } from '../flow/time.ts'
import type { Database, Session } from '../ledger/database/database.ts'
import { newEndpointId, parseEndpointId } from '../ledger/ids.ts'
import {
  type EndpointView,
  listEndpoints as readEndpoints,
  listMessages as readMessages,
  type MessageFilter,
  type MessagePage,
} from '../ledger/reading/webhooks.ts'
import {
  addEndpoint,
  changeEndpoint,
  type Replay,
  replayMessages,
  rotateSecret,
} from '../ledger/requests/webhook-endpoints.ts'
import type { AddressRules } from '../connectors/address-rules.ts'
import type { EndpointSecrets } from './endpoint-secrets.ts'
import { isEventType } from './event.ts'

/** What the commands are carried out with; composed once, where the process starts. */
export interface WebhookParts {
  readonly database: Database
  readonly secrets: EndpointSecrets
  readonly rules: AddressRules
}

export interface AddedEndpoint {
  readonly endpoint: string
  /** `whsec_…`. Nobody can read it a second time. */
  readonly secret: string
}

/** For how long the secret of before signs beside the new one. */
const BOTH_SECRETS_MS = 86_400_000

/**
 * Tells an address of what happens in the actor's organisation, from now on. Throws `Refusal` NOT_ALLOWED, INVALID_VALUE (no such
 * event, or an address that may not be sent to).
 */
export async function addWebhook(
  { database, secrets, rules }: WebhookParts,
  actor: Actor,
  { url, events }: { readonly url: string; readonly events: readonly string[] },
): Promise<AddedEndpoint> {
  demand(actor, 'tell systems')
  const issues = [
    ...[rules.problemWith(url)].flatMap((problem) =>
      problem === undefined ? [] : [{ path: 'url', message: problem }],
    ),
    ...events.filter((name) => !isEventType(name)).map(() => ({ path: 'events', message: 'names no event' })),
    ...(events.length === 0 ? [{ path: 'events', message: 'must name at least one event' }] : []),
  ]
  if (issues.length > 0) throw new Refusal('INVALID_VALUE', { what: ENDPOINT }, { issues })
  const id = newEndpointId()
  const secret = secrets.make()
  const sealed = secrets.seal(actor.tenant, id, secret)
  await asMember(database, actor, (session) =>
    addEndpoint(session, actor, { id, url: new URL(url).href, events: [...new Set(events)], secret: sealed }),
  )
  return { endpoint: id, secret }
}
const ENDPOINT = { en: 'The endpoint', ar: 'نقطة الاستقبال' } as const

export interface EndpointChange {
  readonly endpoint: string
  readonly to: 'active' | 'paused' | 'removed'
  readonly why: string
}

/**
 * Pauses, resumes or removes. A paused endpoint keeps its place: what happens meanwhile it is told when it is resumed. Throws
 * `Refusal` NOT_ALLOWED, NO_SUCH_ENDPOINT, ENDPOINT_REMOVED, INVALID_VALUE (without a reason).
 */
export async function changeWebhook(
  { database }: Pick<WebhookParts, 'database'>,
  actor: Actor,
  { endpoint, to, why }: EndpointChange,
): Promise<void> {
  demand(actor, 'tell systems')
  const change = { id: idOf(endpoint), state: to, why: reasonOf(why) }
  const answer = await asMember(database, actor, (session) => changeEndpoint(session, actor, change))
  if (answer !== 'CHANGED') throw refusalOf(answer, { endpoint })
}

export interface RotatedSecret {
  readonly secret: string
  /** Until then the secret of before signs too. */
  readonly bothUntil: Instant
}

/** A new secret; the one of before goes on signing for a day. Throws `Refusal` NOT_ALLOWED, NO_SUCH_ENDPOINT, ENDPOINT_REMOVED. */
export async function rotateWebhook(
  { database, secrets }: Pick<WebhookParts, 'database' | 'secrets'>,
  actor: Actor,
  endpoint: string,
): Promise<RotatedSecret> {
  demand(actor, 'tell systems')
  const id = idOf(endpoint)
  const secret = secrets.make()
  const sealed = secrets.seal(actor.tenant, id, secret)
  const { answer, untilMs } = await asMember(database, actor, (session) =>
    rotateSecret(session, actor, { id, secret: sealed, bothMs: BOTH_SECRETS_MS }),
  )
  if (untilMs === null) throw refusalOf(answer, { endpoint })
  return { secret, bothUntil: untilMs }
}

/**
 * Sends again, under the same ids, what was delivered or given up. Answers how many messages. Throws `Refusal` NOT_ALLOWED,
 * NO_SUCH_ENDPOINT, NO_SUCH_MESSAGE, ENDPOINT_REMOVED.
 */
export async function replayWebhooks(
  { database }: Pick<WebhookParts, 'database'>,
  actor: Actor,
  wanted: Replay,
): Promise<number> {
  demand(actor, 'tell systems')
  const which = 'message' in wanted ? wanted : { ...wanted, endpoint: idOf(wanted.endpoint) }
  const { answer, messages } = await asMember(database, actor, (session) => replayMessages(session, actor, which))
  if (answer !== 'REPLAYED')
    throw refusalOf(answer, 'message' in wanted ? { message: wanted.message } : { endpoint: wanted.endpoint })
  return messages
}

/** Throws `Refusal` NOT_ALLOWED: an address may be confidential. */
export async function listWebhooks(
  { database }: Pick<WebhookParts, 'database'>,
  actor: Actor,
): Promise<readonly EndpointView[]> {
  demand(actor, 'tell systems')
  return readEndpoints(database, actor.tenant)
}

/** The log: what became of each message. Throws `Refusal` NOT_ALLOWED, NO_SUCH_ENDPOINT for what is no id. */
export async function readWebhookLog(
  { database }: Pick<WebhookParts, 'database'>,
  actor: Actor,
  filter: MessageFilter,
): Promise<MessagePage> {
  demand(actor, 'tell systems')
  const { endpoint } = filter
  return readMessages(database, actor.tenant, {
    ...filter,
    endpoint: endpoint === undefined ? undefined : idOf(endpoint),
  })
}

const asMember = <T>(database: Database, { tenant }: Actor, work: (session: Session) => Promise<T>): Promise<T> =>
  database.transaction({ role: 'member', tenant }, work)

/** For a text that is no id there can be no endpoint. */
function idOf(endpoint: string): string {
  try {
    return parseEndpointId(endpoint)
  } catch (cause) {
    throw new Refusal('NO_SUCH_ENDPOINT', { endpoint }, { cause })
  }
}
