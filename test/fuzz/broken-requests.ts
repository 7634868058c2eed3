/**
 * Requests to the operations of the document, each broken in a way that must be seen: where it writes, it must be refused;
 * where it reads, it may be answered. None may change anything.
 */
import fc from 'fast-check'
import { sampleApplication } from '../../scripts/start/sample.ts'
import { type Body, deepWithin, jsonBody, oversized, unreadable } from './broken-bodies.ts'
import { bearer, keyOf, worthless } from './credentials.ts'
import type { DescribedOperation } from './described-api.ts'
import { fitting, nearly } from './from-schema.ts'
import type { FuzzWorld } from './fuzz-world.ts'
import { hostileNumber, hostilePathPart, hostileText, hostileValue } from './hostile.ts'
import type { Header, HttpRequest } from './http-request.ts'
import { type Parts, refusedByRooms } from './refused-by-rooms.ts'

/** Who may do it, and where; who may not. Operations that are not here are read by anybody with a key. */
interface Rights {
  readonly permitted: string
  readonly rightless: readonly string[]
}
const rights: Readonly<Record<string, Rights>> = {
  'POST /runs': { permitted: 'noura', rightless: ['yousef'] },
  'POST /runs/{run}/cancel': { permitted: 'yousef', rightless: ['lina', 'faisal', 'khalid'] },
  'POST /runs/{run}/retry': { permitted: 'yousef', rightless: ['noura', 'lina'] },
  'POST /runs/{run}/move': { permitted: 'yousef', rightless: ['noura', 'lina'] },
  'POST /runs/moves': { permitted: 'yousef', rightless: ['noura', 'faisal'] },
  'POST /runs/{run}/signals/{signal}': { permitted: 'yousef', rightless: ['noura', 'faisal'] },
  'POST /runs/{run}/effects/resolve': { permitted: 'yousef', rightless: ['noura', 'omar'] },
  'POST /tasks/{task}/decisions': { permitted: 'faisal', rightless: ['noura', 'lina', 'yousef'] },
  'POST /tasks/{task}/link': { permitted: 'faisal', rightless: ['noura', 'lina', 'yousef'] },
  'POST /ledger/verify': { permitted: 'yousef', rightless: ['noura', 'faisal'] },
  'POST /ledger/snapshot': { permitted: 'yousef', rightless: ['noura', 'lina'] },
}
/** They decide no task of the world, so that reading one leaves nothing in the audit log. */
const READERS = ['noura', 'yousef', 'omar', 'reem', 'khalid'] as const
const anybody: Rights = { permitted: 'noura', rightless: [] }

/** One of each operation in turn, so that none is looked at less than the others. */
export function brokenRequest(world: FuzzWorld, operation: DescribedOperation): fc.Arbitrary<HttpRequest> {
  const { permitted, rightless } = rights[operation.id] ?? anybody
  const reads = operation.method === 'GET'
  const body: fc.Arbitrary<Body | undefined> =
    operation.body === undefined ? fc.constant(undefined) : goodBody(world, operation)
  const there = places(world, operation, false)
  const flawed: fc.Arbitrary<Parts>[] = [
    fc.record({ credential: worthless(world), at: there, body }).map(({ credential, at, body: sent }) => ({
      flaw: credential.flaw,
      who: credential.headers,
      places: at,
      body: sent,
    })),
  ]
  if (rightless.length > 0) {
    const sent = operation.body === undefined ? body : fc.oneof(body, anyBody(operation))
    flawed.push(
      fc.record({ person: fc.constantFrom(...rightless), at: there, body: sent }).map(({ person, at, body: one }) => ({
        flaw: `${person} has no right to this${one === undefined ? '' : `, ${one.flaw}`}`,
        who: bearer(keyOf(world, person)),
        places: at,
        body: one,
      })),
    )
  }
  if (operation.parameters.some((parameter) => parameter.in === 'path')) {
    const who = reads ? fc.constantFrom(...READERS) : fc.constant(permitted)
    const sent = operation.body === undefined ? body : fc.oneof(body, anyBody(operation))
    flawed.push(
      fc.record({ person: who, at: places(world, operation, true), body: sent }).map(({ person, at, body: one }) => ({
        flaw: 'there is no such thing',
        who: bearer(keyOf(world, person)),
        places: at,
        body: one,
      })),
    )
  }
  if (operation.body !== undefined) {
    flawed.push(withBody(world, permitted, there, misshapen(world, operation)))
    flawed.push(
      withBody(world, permitted, there, unreadable(body.map((one): unknown => JSON.parse(String(one?.bytes))))),
    )
  }
  if (reads)
    flawed.push(
      fc.record({ person: fc.constantFrom(...READERS), at: there }).map(({ person, at }) => ({
        flaw: 'odd query',
        who: bearer(keyOf(world, person)),
        places: at,
        body: undefined,
      })),
    )
  const shaped = aroundDepth[operation.id]
  if (shaped !== undefined) flawed.push(withBody(world, permitted, there, deepWithin(shaped)))
  const refused = refusedByRooms[operation.id]?.(world)
  if (refused !== undefined) flawed.push(refused, refused)
  const rare =
    operation.body === undefined ? [] : [{ weight: 1, arbitrary: withBody(world, permitted, there, oversized) }]
  return fc
    .record({
      parts: fc.oneof(...flawed.map((arbitrary) => ({ weight: 60, arbitrary })), ...rare),
      query: query(operation),
      noise,
    })
    .map(({ parts, query: asked, noise: more }) => ({
      operation: operation.id,
      flaw: parts.flaw,
      may: reads ? 'nothing' : 'refusal',
      method: operation.method,
      path: operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => parts.places[name] ?? 'x') + asked,
      headers: [...parts.who, ...(parts.body?.headers ?? []), ...more],
      body: parts.body?.bytes,
    }))
}

/** Where a body takes anything. */
const aroundDepth: Readonly<Record<string, (deep: unknown) => unknown>> = {
  'POST /runs': (input) => ({ workflow: 'partner-approval', input }),
  'POST /runs/{run}/signals/{signal}': (payload) => ({ id: 'fuzz', payload }),
  'POST /tasks/{task}/decisions': (value) => ({ verdict: 'approve', digest: '', value }),
  'POST /runs/{run}/effects/resolve': (output) => ({
    key: 'sendTerms',
    resolution: { outcome: 'happened', output },
    why: 'because',
  }),
}

const withBody = (
  world: FuzzWorld,
  person: string,
  there: fc.Arbitrary<Parts['places']>,
  body: fc.Arbitrary<Body>,
): fc.Arbitrary<Parts> =>
  fc.record({ at: there, body }).map(({ at, body: sent }) => ({
    flaw: `the body: ${sent.flaw}`,
    who: bearer(keyOf(world, person)),
    places: at,
    body: sent,
  }))

/** What the path's parameters may be: ids that are there, or texts of which nothing is. */
function places(
  world: FuzzWorld,
  { parameters }: DescribedOperation,
  missing: boolean,
): fc.Arbitrary<Record<string, string>> {
  const there: Readonly<Record<string, readonly string[]>> = {
    run: Object.values(world.runs),
    task: [world.tasks.atManager.id],
    signal: ['partnerReply'],
  }
  const elsewhere: Readonly<Record<string, readonly string[]>> = {
    run: [world.foreign.run, world.tasks.atManager.id, world.runs.atManager.toUpperCase()],
    task: [world.foreign.task, world.runs.atManager, world.tasks.atManager.id.toUpperCase()],
    signal: ['agreementSigned', 'constructor', '__proto__'],
  }
  const names = parameters.flatMap((parameter) => (parameter.in === 'path' ? [parameter.name] : []))
  return fc.record(
    Object.fromEntries(
      names.map((name) => {
        const known = there[name] ?? []
        if (!missing) return [name, fc.constantFrom(...(known.length === 0 ? ['x'] : known))]
        return [name, fc.oneof(fc.constantFrom('x', ...(elsewhere[name] ?? [])), fc.uuid(), hostilePathPart)]
      }),
    ),
  )
}

/** What would be taken from somebody who may. */
function goodBody(world: FuzzWorld, { id, body }: DescribedOperation): fc.Arbitrary<Body> {
  const { digest } = world.tasks.atManager
  const own: Readonly<Record<string, unknown>> = {
    'POST /runs': { workflow: 'partner-approval', input: sampleApplication },
    'POST /runs/{run}/signals/{signal}': { id: 'fuzz', payload: { answer: 'accept', round: 1 } },
    'POST /tasks/{task}/decisions': { verdict: 'approve', digest, value: { note: 'yes' } },
  }
  if (id in own) return fc.constant(jsonBody('fitting', own[id]))
  return fitting(body?.schema ?? {}).map((value) => jsonBody('fitting', value))
}

function anyBody({ body }: DescribedOperation): fc.Arbitrary<Body> {
  const value = fc.oneof(fitting(body?.schema ?? {}), nearly(fitting(body?.schema ?? {})), hostileValue)
  return fc.oneof(
    { weight: 10, arbitrary: value.map((one) => jsonBody('whatever', one)) },
    { weight: 1, arbitrary: unreadable(value) },
  )
}

/** By the document's own schema. */
function misshapen(world: FuzzWorld, operation: DescribedOperation): fc.Arbitrary<Body> {
  const good = goodBody(world, operation).map((one): unknown => JSON.parse(String(one.bytes)))
  return fc
    .oneof(nearly(good), nearly(fitting(operation.body?.schema ?? {})), hostileValue)
    .filter((value) => operation.body?.fits(value) === false)
    .map((value) => jsonBody('not of the described form', value))
}

// — what is odd, and breaks nothing by itself ——————————————————————————————————————————————————————————————————————————

function query({ parameters }: DescribedOperation): fc.Arbitrary<string> {
  const asked = parameters.filter((parameter) => parameter.in === 'query')
  const known = asked.map((parameter) =>
    fc
      .oneof(fitting(parameter.schema).map(String), hostileText, hostileNumber.map(String), hostilePathPart)
      .map((value) => [parameter.name, value] as const),
  )
  const unknown = fc.tuple(fc.oneof(fc.constantFrom('__proto__', 'limit', 'lang', 'x'), hostileText), hostileText)
  const part = fc.oneof(...known, ...known, unknown).map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
  const raw = fc.constantFrom('&&', '=', '%', '%00=%00', 'limit[]=1', 'limit=1&limit=2', 'a=%ZZ', '?', 'limit=%F0')
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant('') },
    {
      weight: asked.length === 0 ? 1 : 6,
      arbitrary: fc
        .array(fc.oneof({ weight: 5, arbitrary: part }, { weight: 1, arbitrary: raw }), { minLength: 1, maxLength: 4 })
        .map((parts) => `?${parts.join('&')}`),
    },
  )
}

/** As a query travels. What is escaped already stays: it may be wrongly so on purpose. Nobody sends more than a line may hold. */
const escaped = (text: string): string =>
  text.startsWith('%') ? text.replaceAll('#', '%23') : encodeURIComponent(text.slice(0, 6_000).toWellFormed())

const noise: fc.Arbitrary<readonly Header[]> = fc.array(
  fc.oneof(
    fc.constantFrom<Header>(
      ['accept', 'application/xml'],
      ['accept-language', '*;q=NaN,ar-SA-u-nu-latn;q=2'],
      ['accept-encoding', 'br;q=1.0, gzip;q=0.8, *;q=0.1'],
      ['cookie', 'session=1; __proto__=2'],
      ['x-forwarded-for', "127.0.0.1, ::1, ' or 1=1"],
      ['x-forwarded-proto', 'https'],
      ['x-http-method-override', 'DELETE'],
      ['x-original-url', '/ledger/verify'],
      ['range', 'bytes=0-,-1'],
      ['if-none-match', '*'],
      ['if-modified-since', 'never'],
      ['origin', 'https://evil.example'],
      ['user-agent', 'sijil-cli/9'],
      ['forwarded', 'for="_x";proto=;by='],
      ['x-empty', ''],
      ['x-long', 'x'.repeat(7_000)],
      ['__proto__', 'x'],
      ['constructor', 'x'],
    ),
    fc
      .string({ minLength: 1, maxLength: 40 })
      .map((text): Header => ['x-noise', text.replaceAll(/[^\x20-\xFF]|\x7F/g, '?').trim()]),
  ),
  { maxLength: 3 },
)
