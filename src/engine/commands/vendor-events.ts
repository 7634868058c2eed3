import type { Instant } from '../../flow/time.ts'
import type { Workflow } from '../../flow/workflow.ts'
import type { Session } from '../../ledger/database/database.ts'
import { storableText } from '../../ledger/database/storable-text.ts'
import { parseRunId } from '../../ledger/ids.ts'
import { deliverSignal } from '../../ledger/requests/requests.ts'
import {
  holdEffect,
  keepSighting,
  type MatchedEffect,
  matchEffect,
  parkEvent,
  readParked,
  unparkEvent,
} from '../../ledger/requests/vendor-events.ts'
import { canonical } from '../../flow/canonical.ts'
import { Refusal } from './refusal.ts'
import { checkedPayload, type DeliveryParts } from './send-signal.ts'

/** What a vendor told us by webhook, in our words, after its signature was found good. */
export interface VendorEvent {
  readonly connector: string
  /** The vendor's account: references are unique only within it. */
  readonly account: string
  /** Equal for every delivery of the same event. */
  readonly id: string
  readonly event: string
  /** Our key as it travelled, when the event carries it. */
  readonly effectKey: string | undefined
  /** The vendor's id of what the event is about. */
  readonly reference: string
  readonly at: Instant
  /** Only what a flow needs; no personal data that it can do without. */
  readonly payload: { readonly [Field: string]: string | number | boolean | null }
}

/**
 * delivered  a run got it as a signal, now or when it came the first time
 * late       the run has ended: a task was opened for an operator
 * seen       it confirms an effect, and no run waits for it
 * parked     it matches nothing yet, or not as the contract wants it: kept until it does
 */
export type Received = 'delivered' | 'late' | 'seen' | 'parked'

/** Keeps what a vendor told. When this settles everything is durable and may be acknowledged; repeats change nothing. */
export async function receiveVendorEvents(
  parts: DeliveryParts,
  tenant: string,
  events: readonly VendorEvent[],
): Promise<readonly Received[]> {
  const received: Received[] = []
  for (const event of events) received.push(await receive(parts, tenant, storableEvent(event)))
  return received
}

/** Text that the database cannot keep must not stop us from noting what a vendor told: it would tell us for days. */
const storableEvent = ({ payload, ...event }: VendorEvent): VendorEvent => ({
  ...event,
  account: storableText(event.account),
  id: storableText(event.id),
  effectKey: event.effectKey === undefined ? undefined : storableText(event.effectKey),
  reference: storableText(event.reference),
  payload: Object.fromEntries(
    Object.entries(payload).map(([name, field]) => [name, typeof field === 'string' ? storableText(field) : field]),
  ),
})

/** Tries again what was parked, and answers how much of it found its place. */
export async function matchParked(parts: DeliveryParts, tenant: string): Promise<number> {
  const waiting = await asMember(parts, tenant, (session) => readParked(session, tenant, PARKED_MAX))
  let placed = 0
  for (const { payload, ...row } of waiting) {
    const event = { ...row, payload: JSON.parse(payload) as VendorEvent['payload'] } // written by `receive`
    if ((await receive(parts, tenant, event)) === 'parked') continue
    await asMember(parts, tenant, (session) => unparkEvent(session, tenant, event))
    placed += 1
  }
  return placed
}

/** More than a tenant will ever have waiting; the rest is tried once these are gone. */
const PARKED_MAX = 10_000

const asMember = <T>({ database }: DeliveryParts, tenant: string, work: (session: Session) => Promise<T>): Promise<T> =>
  database.transaction({ role: 'member', tenant }, work)

async function receive(parts: DeliveryParts, tenant: string, event: VendorEvent): Promise<Received> {
  const effect = await asMember(parts, tenant, async (session) => {
    const matched = await matchEffect(session, tenant, event)
    // Kept also when we know of no such effect: a ledger that was restored has forgotten some, and will ask.
    const effectKey = matched?.effectKey ?? event.effectKey
    if (effectKey !== undefined) await keepSighting(session, tenant, effectKey, event)
    return matched
  })
  const placed = effect === undefined ? undefined : await place(parts, tenant, event, effect)
  if (placed !== undefined) return placed
  await asMember(parts, tenant, (session) => parkEvent(session, tenant, event, canonical(event.payload)))
  return 'parked'
}

/** Undefined when it cannot be placed: this process has no such workflow, or the payload does not fit its contract. */
async function place(
  parts: DeliveryParts,
  tenant: string,
  event: VendorEvent,
  effect: MatchedEffect,
): Promise<Received | undefined> {
  const definition = parts.definitions.find(effect.workflow, effect.version)
  if (definition === undefined) return undefined
  const run = { ...effect, id: parseRunId(effect.run) }
  const source = `${event.connector}/${event.account}/${event.id}`
  const by = { tenant, person: `vendor ${event.connector}`, source: 'webhook' }
  const letters: { readonly kind: 'signal' | 'sighting'; readonly name: string; readonly payload: string }[] = []
  for (const name of signalsFrom(definition.workflow, effect.step, event.event)) {
    const payload = await payloadOf(parts, tenant, run, name, event)
    if (payload === undefined) return undefined
    letters.push({ kind: 'signal', name, payload })
  }
  const answers = await asMember(parts, tenant, async (session) => {
    const state = await holdEffect(session, tenant, run.id, effect.key)
    if (state !== undefined && AWAITS_WORD.has(state))
      letters.push({ kind: 'sighting', name: effect.key, payload: '{}' })
    const delivered = []
    for (const { kind, name, payload } of letters) {
      const id = `${kind === 'signal' ? 'event' : 'sighting'}/${source}/${name}`
      delivered.push({ kind, answer: await deliverSignal(session, by, { run: run.id, id, kind, name, payload }) })
    }
    return delivered
  })
  if (answers.length > 0) parts.engine.wake(run.id)
  const signals = answers.filter(({ kind }) => kind === 'signal')
  if (signals.length === 0) return 'seen'
  return signals.some(({ answer }) => answer === 'late') ? 'late' : 'delivered'
}

/** An effect about which nobody is sure is asked about again. */
const AWAITS_WORD: ReadonlySet<string> = new Set(['started', 'in_doubt', 'parked'])

/** The signals that the contract says are this event, for a step that reaches the system it comes from. */
function signalsFrom({ contract, steps }: Workflow, step: string, event: string): readonly string[] {
  const systems: readonly string[] = steps[step]?.effect.systems ?? []
  return Object.entries(contract.signals)
    .filter(([, { from }]) => from !== undefined && from.event === event && systems.includes(from.system))
    .map(([name]) => name)
}

/** The event's own fields, and the vendor's reference. */
async function payloadOf(
  parts: DeliveryParts,
  tenant: string,
  run: Parameters<typeof checkedPayload>[2],
  signal: string,
  { payload, reference }: VendorEvent,
): Promise<string | undefined> {
  try {
    return await checkedPayload(parts, tenant, run, signal, { reference, ...payload })
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}
