import { setTimeout as pause } from 'node:timers/promises'
import type { FaultKind } from '../../sandbox/faults.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { exchange } from '../../src/connectors/http-exchange.ts'
import { drain } from '../measure.ts'
import { latencyOf } from '../measuring/latency.ts'
import { type MessagesWorld, openMessages } from '../world/messages.ts'
import { newPlace } from '../world/place.ts'
import type { Case, Figure, Progress, Scenario } from './scenario.ts'

const RATE = { calls: 80, perMs: 1_000 }
/** As good as none, for what the facade itself costs. */
const NO_LIMIT = { calls: 1_000_000, perMs: 1_000 }
const FAULTY_SHARE = 0.02
const FAULTS: readonly FaultKind[] = [
  'limit',
  'fail',
  'drop',
  'fail after acting',
  'drop after acting',
  'malformed after acting',
]
/** A word of the vendor may come late; then what is in doubt stays so. */
const QUIET_MS = 15_000

export const connectors: Scenario = {
  name: 'connectors',
  title: 'Messages through one connector',
  measures:
    '10,000 WhatsApp messages, each a run of its own, to the sandbox at a limit of 80 a second, 2 % of the calls befallen by a fault (429, 500 or a cut connection before acting or after, half an answer), webhooks back. Counted from the sandbox’s own record; it notes a call when its process, which is kept busy by the same test, comes to it, and the limit is on when calls begin. What the facade costs is the middle of pairs of calls, one through it, for a run that has used the account before, and one by the bare HTTP client',
  durable: 'the end of each run with its receipt',
  databases: ['postgres'],
  durabilities: ['travelling'],
  async run(of, progress) {
    const loaded = await underLoad(of, progress)
    return [...loaded, ...(await paired(of))]
  },
}

async function underLoad(of: Case, progress: Progress): Promise<readonly Figure[]> {
  await using opened = new AsyncDisposableStack()
  const messages = of.isQuick ? 60 : 10_000
  const chance = sequence(20_261_123)
  const begun: number[] = []
  const world = await openMessages(await newPlace(of, opened), opened, {
    durability: of.durability,
    rate: RATE,
    onCall: (sandbox) => {
      begun.push(performance.now())
      befall(sandbox, chance)
    },
  })
  const startedAt = performance.now()
  let place = 0
  const keys: string[] = []
  await drain({ runs: messages, concurrent: 50 }, async () => {
    place += 1
    keys.push(`${await world.send(`+9665${String(place).padStart(8, '0')}`)}/send`)
  })
  const { inDoubt, endedAt } = await untilQuiet(world, messages, progress)
  const fullest: Figure = { what: 'calls begun in the fullest second', value: fullestSecond(begun), unit: 'times' }
  return [...reckoned(world, keys, inDoubt, endedAt - startedAt), fullest]
}

/** Until every message was sent or nobody can tell; what a webhook may still tell is waited for. */
async function untilQuiet(world: MessagesWorld, messages: number, progress: Progress) {
  let endedAt = performance.now()
  let before = messages
  for (;;) {
    const { open, inDoubt } = await world.left()
    progress(Math.min(0.99, 1 - open / messages), 'messages leave')
    if (open < before) endedAt = performance.now()
    before = open
    const isQuiet = open === inDoubt.length && performance.now() - endedAt > QUIET_MS
    if (open === 0 || (isQuiet && hasTold(world.sandbox))) return { inDoubt, endedAt }
    await pause(250)
  }
}

/** What is in doubt may be settled by a webhook that is still on its way. */
const hasTold = ({ webhooks }: Sandbox): boolean => webhooks.all().every(({ state }) => state !== 'due')

function reckoned(
  { sandbox, metrics }: MessagesWorld,
  keys: readonly string[],
  inDoubt: readonly string[],
  tookMs: number,
): readonly Figure[] {
  const sent = Map.groupBy(sandbox.acts(), ({ key }) => key)
  const doubted = new Set(inDoubt)
  const calls = sandbox.requests().filter(({ operation }) => operation === 'sendTemplate')
  const counts = metrics.snapshot()['whatsapp.sendTemplate']
  const heldBack = Object.values(counts?.heldBack ?? {}).reduce((total, count) => total + count, 0)
  const figure = (what: string, value: number): Figure => ({ what, value, unit: 'times' })
  return [
    { what: 'took', value: tookMs / 1_000, unit: 's' },
    figure('calls', calls.length),
    figure('of them befallen by a fault', calls.filter(({ fault }) => fault !== undefined).length),
    figure('calls that came in the fullest second, by the sandbox', fullestSecond(calls.map(({ at }) => at))),
    figure('messages sent', [...sent.values()].length),
    figure('messages sent twice', [...sent.values()].filter(({ length }) => length > 1).length),
    figure('messages neither sent nor in doubt', keys.filter((key) => !sent.has(key) && !doubted.has(key)).length),
    figure('messages in doubt, waiting for a person', doubted.size),
    figure('of them sent all the same', [...doubted].filter((key) => sent.has(key)).length),
    figure('held back in the ledger', heldBack),
  ]
}

/** The most calls within any second: from each of them on, up to a second later. */
function fullestSecond(times: readonly number[]): number {
  const sorted = times.toSorted((one, other) => one - other)
  let first = 0
  let most = 0
  for (const [place, at] of sorted.entries()) {
    while (at - (sorted[first] ?? at) >= 1_000) first += 1
    most = Math.max(most, place - first + 1)
  }
  return most
}

function befall(sandbox: Sandbox, chance: () => number): void {
  if (chance() >= FAULTY_SHARE) return
  const kind = FAULTS[Math.floor(chance() * FAULTS.length)]
  if (kind !== undefined) sandbox.faults.add({ vendor: 'whatsapp', operation: 'sendTemplate', kind })
}

/** Numbers from 0 to 1 that are the same each time (mulberry32). */
function sequence(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

async function paired(of: Case): Promise<readonly Figure[]> {
  await using opened = new AsyncDisposableStack()
  const pairs = of.isQuick ? 10 : 2_000
  const world = await openMessages(await newPlace(of, opened), opened, { durability: of.durability, rate: NO_LIMIT })
  const run = await world.send('+966500000000')
  const bare: number[] = []
  const through: number[] = []
  for (let pair = 0; pair < pairs + WARM_PAIRS; pair += 1) {
    const isFirst = pair % 2 === 0
    const one = isFirst ? await timed(() => byBareClient(world)) : 0
    const other = await timed(() => byFacade(world, run, pair))
    const late = isFirst ? one : await timed(() => byBareClient(world))
    if (pair < WARM_PAIRS) continue
    bare.push(late)
    through.push(other)
  }
  const ratios = through.map((ms, pair) => ms / (bare[pair] ?? ms)).toSorted((one, other) => one - other)
  return [
    { what: 'a call by the bare HTTP client, p50', value: latencyOf(bare).p50Ms, unit: 'ms' },
    { what: 'a call through the facade, p50', value: latencyOf(through).p50Ms, unit: 'ms' },
    {
      what: 'through the facade a call takes, middle of the pairs',
      value: ratios[Math.floor(pairs / 2)] ?? 0,
      unit: '×',
    },
  ]
}
const WARM_PAIRS = 200

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

const { signal } = new AbortController()

async function byBareClient({ sandbox }: MessagesWorld): Promise<void> {
  const {
    SIJIL_WHATSAPP_URL: base = '',
    SIJIL_WHATSAPP_PHONE_NUMBER_ID: number,
    SIJIL_WHATSAPP_TOKEN: token,
  } = sandbox.settings
  const body = {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: '+966500000000',
    type: 'template',
    template: { name: 'hello', language: { code: 'ar', policy: 'deterministic' } },
  }
  const headers = { authorization: `Bearer ${token}` }
  const result = await exchange({ method: 'POST', base, path: `v23.0/${number}/messages`, headers, body, signal })
  if (result.kind !== 'answered' || result.status !== 200) throw new Error('the sandbox did not take the message')
}

const byFacade = ({ systems }: MessagesWorld, run: string, pair: number): Promise<unknown> => {
  const now = Date.now()
  const scope = { mode: 'make', tenant: 'messages', key: `${run}/${pair}`, now, deadline: now + 60_000 } as const
  const { whatsapp } = systems({ ...scope, abort: signal, begin: () => {}, sightings: async () => [] })
  return whatsapp.sendTemplate({ to: '+966500000000', template: 'hello', language: 'ar', parameters: [] })
}
