/** Sends broken requests by the thousand and looks after each slice of them whether anything changed. */
import fc from 'fast-check'
import { brokenPage, brokenWebhook, elsewhere } from './broken-pages.ts'
import { brokenRequest } from './broken-requests.ts'
import { type DescribedOperation, describedApi } from './described-api.ts'
import type { Answer, FuzzWorld } from './fuzz-world.ts'
import { asCurl, asRequest, type HttpRequest } from './http-request.ts'
import { objectionTo } from './judge.ts'
import { changedBetween, type Digests, digestsOf } from './ledger-digest.ts'

/** What was sent to an operation, and how often it was answered with which status. */
export type Tally = Map<string, Map<number, number>>

export interface Fault {
  readonly seed: number
  readonly what: string
  readonly operation: string
  readonly flaw: string
  /** The smallest request that was found to show it. */
  readonly curl: string
}

export interface FuzzOptions {
  readonly world: FuzzWorld
  readonly seed: number
  readonly requests: number
  /** Default: the world's own. */
  readonly answer?: Answer
  /** How many faults end it. Default 1. */
  readonly faultsMax?: number
  readonly onProgress?: (sent: number) => void
}
export interface Fuzzed {
  readonly sent: number
  readonly tally: Tally
  readonly faults: readonly Fault[]
}

const SLICE = 250
/** Health asks the vendors, so it is looked at less. */
const RARE: ReadonlySet<string> = new Set(['GET /health', 'GET /inventory', 'GET /inventory/audit'])

export async function fuzzBroken(options: FuzzOptions): Promise<Fuzzed> {
  const { world, seed, requests, answer = world.answer, faultsMax = 1, onProgress } = options
  const operations = await describedBy(answer)
  const tally: Tally = new Map()
  const faults: Fault[] = []
  let digests = await digestsOf(world)
  let sent = 0
  const whole = requestTo(world, operations)
  const nameOf = namer(world)
  const judged = judge(answer, operations, tally)
  for (let slice = 0; sent < requests && faults.length < faultsMax; slice += 1) {
    const numRuns = Math.min(SLICE, requests - sent)
    const seen: HttpRequest[] = []
    const property = fc.asyncProperty(whole, async (request) => {
      seen.push(request)
      const objection = await judged(request)
      if (objection !== undefined) throw new Error(objection)
    })
    const details = await fc.check(property, { seed: seed + slice, numRuns })
    const fault = (request: HttpRequest, what: string): Fault => ({
      seed: seed + slice,
      what,
      operation: request.operation,
      flaw: request.flaw,
      curl: asCurl(request, nameOf),
    })
    const [smallest] = details.counterexample ?? []
    if (smallest !== undefined)
      faults.push(fault(smallest, details.errorInstance instanceof Error ? details.errorInstance.message : 'it failed'))
    sent += seen.length
    const after = await digestsOf(world)
    const changed = changedBetween(digests, after)
    const polluted = Object.keys(Object.prototype)
    if (changed.length > 0 || polluted.length > 0) {
      const what = polluted.length > 0 ? `the prototype of every object (${polluted.join()})` : changed.join(', ')
      const culprit = await culpritOf(world, seen, judged)
      faults.push(fault(culprit ?? seen[0] ?? unknown, `it changed ${what}${culprit === undefined ? ', once' : ''}`))
    }
    digests = await digestsOf(world)
    onProgress?.(sent)
  }
  return { sent, tally, faults }
}

const unknown: HttpRequest = { operation: 'unknown', flaw: '', may: 'nothing', method: 'GET', path: '/', headers: [] }

/** Sends a slice again, one by one, to find which of its requests changes something. Undefined when none does so twice. */
async function culpritOf(
  world: FuzzWorld,
  seen: readonly HttpRequest[],
  judged: (request: HttpRequest) => Promise<unknown>,
): Promise<HttpRequest | undefined> {
  let before: Digests = await digestsOf(world)
  for (const request of seen) {
    await judged(request)
    const after = await digestsOf(world)
    if (changedBetween(before, after).length > 0) return request
    before = after
  }
  return undefined
}

export async function describedBy(answer: Answer): Promise<readonly DescribedOperation[]> {
  const response = await answer(new Request('http://127.0.0.1/openapi.json'))
  return describedApi(await response.json())
}

/** Sends one request and says what is wrong with the answer. */
export const judge =
  (answer: Answer, operations: readonly DescribedOperation[], tally: Tally) =>
  async (request: HttpRequest): Promise<string | undefined> => {
    const response = await answer(asRequest(request))
    const statuses = tally.get(request.operation) ?? new Map<number, number>()
    tally.set(request.operation, statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1))
    return objectionTo(
      request,
      response,
      operations.find(({ id }) => id === request.operation),
    )
  }

function requestTo(world: FuzzWorld, operations: readonly DescribedOperation[]): fc.Arbitrary<HttpRequest> {
  const described = operations
    .filter(({ path }) => !path.startsWith('/webhooks/'))
    .map((operation) => ({ weight: RARE.has(operation.id) ? 1 : 4, arbitrary: brokenRequest(world, operation) }))
  return fc.oneof(
    ...described,
    { weight: 8, arbitrary: brokenPage(world) },
    { weight: 6, arbitrary: brokenWebhook(world) },
    { weight: 4, arbitrary: elsewhere(world) },
  )
}

/** Says whose a key is instead of showing it. */
export function namer(world: FuzzWorld): (text: string) => string {
  const names = [...world.keys, ['hind of other', world.foreign.key] as const, ['renewed', world.oldKey] as const]
  return (text) => names.reduce((shown, [person, key]) => shown.replaceAll(key, `<key of ${person}>`), text)
}
