/** Requests that may do their work: by people who may, in the described form, to what is really there. */
import fc from 'fast-check'
import { z } from 'zod'
import { smtp } from '../../sandbox/vendors/smtp/vendor.ts'
import { sampleApplication } from '../../scripts/start/sample.ts'
import { verificationOf } from '../../src/composition/verification.ts'
import type { Schema } from '../../src/flow/schema.ts'
import { oddityOf } from '../../src/engine/plain-json.ts'
import { people } from '../../src/seed/people.ts'
import { tellingBytes } from './broken-pages.ts'
import { bearer, keyOf } from './credentials.ts'
import type { DescribedOperation, JsonSchema } from './described-api.ts'
import { fitting } from './from-schema.ts'
import { describedBy, type Fault, type FuzzOptions, type Fuzzed, judge, namer, type Tally } from './fuzz.ts'
import type { FuzzWorld } from './fuzz-world.ts'
import { hostileText, hostileValue } from './hostile.ts'
import { asCurl, type HttpRequest } from './http-request.ts'
import { jsonBody } from './broken-bodies.ts'

const Runs = z.object({
  runs: z.array(z.object({ id: z.string(), status: z.string(), stuckCode: z.string().nullable() })),
})
const Tasks = z.object({
  tasks: z.array(
    z.object({ id: z.string(), requester: z.string(), slots: z.array(z.object({ roles: z.array(z.string()) })) }),
  ),
})
const Task = z.object({ digest: z.string() })
const Effects = z.object({ effects: z.array(z.object({ run: z.string(), key: z.string() })) })

/** What there is now, to be done something with. */
interface Now {
  readonly runs: readonly string[]
  readonly tasks: z.infer<typeof Tasks>['tasks']
  readonly effects: z.infer<typeof Effects>['effects']
}
/** The requests of one deed, the later made from the answers to the earlier. Undefined when there is nothing to do it to. */
type Deed = (now: Now) => Promise<HttpRequest | undefined>

/** How often what there is now is looked at. */
const LOOKED_EVERY = 8

export async function fuzzPermitted(options: FuzzOptions): Promise<Fuzzed> {
  const { world, seed, requests, answer = world.answer, faultsMax = 1, onProgress } = options
  const operations = await describedBy(answer)
  const tally: Tally = new Map()
  const judged = judge(answer, operations, tally)
  const faults: Fault[] = []
  const nameOf = namer(world)
  let sent = 0
  let now = await lookAt(world)
  const deeds = deed(world, operations)
  for (let part = 0; sent < requests && faults.length < faultsMax; part += 1) {
    for (const wanted of fc.sample(deeds, { seed: seed + part, numRuns: LOOKED_EVERY })) {
      const request = await wanted(now)
      if (request === undefined) continue
      sent += 1
      const objection = await judged(request)
      if (objection === undefined) continue
      const { operation, flaw } = request
      faults.push({ seed: seed + part, what: objection, operation, flaw, curl: asCurl(request, nameOf) })
    }
    // Some of what leaves comes to an end that nobody can tell, so that there is something to settle.
    if (part % 6 === 0) world.sandbox.faults.add({ vendor: 'smtp', kind: 'drop after acting' })
    sent += 1
    now = await lookAt(world)
    onProgress?.(sent)
  }
  return { sent, tally, faults: [...faults, ...(await afterwards(world, seed))] }
}

async function lookAt(world: FuzzWorld): Promise<Now> {
  const get = (path: string) => world.ask(keyOf(world, 'yousef'), 'GET', path)
  return {
    runs: Runs.parse(await get('/runs?limit=30')).runs.map(({ id }) => id),
    tasks: Tasks.parse(await get('/tasks?state=open&limit=20')).tasks,
    effects: Effects.parse(await get('/effects')).effects,
  }
}

/** Codes that say that the fault is ours and not a person's or a vendor's. */
const OURS = ['FLOW_THREW', 'NOT_STORABLE', 'REPLAY_DIFFERS', 'LANGUAGE_RULE'] as const

/** The ledger must prove itself, and no run may have met a fault of ours. */
async function afterwards(world: FuzzWorld, seed: number): Promise<readonly Fault[]> {
  const { local, sealer, database, signer, headsFile } = world.served.sijil
  await local.idle()
  await world.sandbox.webhooks.settled()
  await local.idle()
  await sealer.sealNow()
  const { findings } = await verificationOf({ database, verify: signer.verify, headsFile })
  const fault = (what: string): Fault => ({ seed, what, operation: 'afterwards', flaw: 'permitted requests', curl: '' })
  const page = await world.ask(keyOf(world, 'yousef'), 'GET', '/runs?status=stuck&limit=500')
  const stuck = Runs.parse(page).runs.filter(({ stuckCode }) => OURS.some((code) => code === stuckCode))
  return [
    ...findings.map(({ code, message }) => fault(`the ledger does not verify: ${code}, ${message}`)),
    ...stuck.map(({ id, stuckCode }) => fault(`the run ${id} is stuck: ${stuckCode ?? ''}`)),
  ]
}

const one = <Item>(items: readonly Item[], pick: number): Item | undefined => items[pick % Math.max(1, items.length)]

function deed(world: FuzzWorld, operations: readonly DescribedOperation[]): fc.Arbitrary<Deed> {
  const request = (
    person: string,
    operation: string,
    path: string,
    body?: unknown,
    more: HttpRequest['headers'] = [],
  ): HttpRequest => {
    const sent = body === undefined ? undefined : jsonBody('', body)
    return {
      operation,
      flaw: `by ${person}, who may`,
      may: 'anything',
      method: operation.split(' ')[0] ?? 'GET',
      path,
      headers: [...bearer(keyOf(world, person)), ...(sent?.headers ?? []), ...more],
      body: sent?.bytes,
    }
  }
  const page = (method: 'GET' | 'POST', path: string, form?: Readonly<Record<string, string>>): HttpRequest => ({
    operation: `page ${method} ${path.slice(0, 2)}/{token}`,
    flaw: 'a good link',
    may: 'anything',
    method,
    path,
    headers: form === undefined ? [] : [['content-type', 'application/x-www-form-urlencoded']],
    body: form === undefined ? undefined : Buffer.from(new URLSearchParams(form).toString()),
  })
  const pick = fc.nat(10_000)
  const fine = {
    comments: fc.oneof(hostileText, fc.constant('because')),
    verdict: fc.constantFrom('approve', 'approve', 'return', 'reject'),
  }
  const onRun =
    (make: (run: string) => HttpRequest) =>
    (at: number): Deed =>
    async ({ runs }) => {
      const run = one(runs, at)
      return run === undefined ? undefined : make(run)
    }
  const decider = (task: Now['tasks'][number], at: number) => {
    const wanted = new Set(task.slots.flatMap(({ roles }) => roles))
    const able = people.filter(
      ({ person, roles }) => person !== task.requester && roles.some((role) => wanted.has(role)),
    )
    return one(able, at)?.person
  }

  const started = fc
    .record({ input: inputs(world), key: fc.option(fc.stringMatching(/^[!-~]{1,40}$/), { nil: undefined }) })
    .map(
      ({ input, key }): Deed =>
        async () => {
          const more: HttpRequest['headers'] = key === undefined ? [] : [['idempotency-key', key]]
          return request('noura', 'POST /runs', '/runs', { workflow: 'partner-approval', input }, more)
        },
    )
  const decided = fc
    .record({
      pick,
      ...fine,
      value: fc.oneof(
        fc.constant({}),
        hostileText.map((note) => ({ note })),
      ),
      isLink: fc.boolean(),
    })
    .map(
      ({ pick: at, verdict, comments, value, isLink }): Deed =>
        async ({ tasks }) => {
          const task = one(tasks, at)
          const person = task && decider(task, at)
          if (task === undefined || person === undefined) return undefined
          const key = keyOf(world, person)
          if (isLink) {
            const link = Link.safeParse(await world.ask(key, 'POST', `/tasks/${task.id}/link`).catch(() => undefined))
            if (!link.success) return undefined
            return page('POST', new URL(link.data.url).pathname, { verdict, comments, 'value.note': comments })
          }
          const { digest } = Task.parse(await world.ask(key, 'GET', `/tasks/${task.id}`))
          return request(person, 'POST /tasks/{task}/decisions', `/tasks/${task.id}/decisions`, {
            verdict,
            digest,
            value,
            comments,
          })
        },
    )
  const looked = fc.record({ pick, isLink: fc.boolean() }).map(
    ({ pick: at, isLink }): Deed =>
      async ({ tasks }) => {
        const task = one(tasks, at)
        const person = task && decider(task, at)
        if (task === undefined || person === undefined) return undefined
        return isLink
          ? request(person, 'POST /tasks/{task}/link', `/tasks/${task.id}/link`)
          : request(person, 'GET /tasks/{task}', `/tasks/${task.id}`)
      },
  )
  const answered = fc
    .record({
      pick,
      form: fc.constantFrom('0', '0', '1', '2'),
      percent: fc.double({ min: 0, max: 50, noNaN: true }),
      text: hostileText,
      isPost: fc.boolean(),
    })
    .map(
      ({ pick: at, form, percent, text, isPost }): Deed =>
        async () => {
          const link = one(answerLinks(world), at)
          if (link === undefined) return undefined
          const sent = { form, 'value.commissionPercent': String(percent), 'value.note': text, 'value.because': text }
          return page(isPost ? 'POST' : 'GET', link, isPost ? sent : undefined)
        },
    )
  const signalled = fc
    .record({ pick, id: hostileText, name: fc.constantFrom('partnerReply', 'agreementSigned', 'agreementDeclined') })
    .map(
      ({ pick: at, id, name }): Deed =>
        onRun((run) =>
          request('yousef', 'POST /runs/{run}/signals/{signal}', `/runs/${run}/signals/${name}`, {
            id: id === '' ? 'x' : id,
            payload: name === 'partnerReply' ? { answer: 'counter', round: 1, commissionPercent: 11 } : {},
          }),
        )(at),
    )
  const settled = fc.record({ pick, output: hostileValue, why: hostileText }).map(
    ({ pick: at, output, why }): Deed =>
      async ({ effects }) => {
        const effect = one(effects, at)
        if (effect === undefined) return undefined
        const resolution =
          at % 3 === 0 ? { outcome: 'happened', output } : { outcome: at % 3 === 1 ? 'never' : 'abandon' }
        return request('yousef', 'POST /runs/{run}/effects/resolve', `/runs/${effect.run}/effects/resolve`, {
          key: effect.key,
          resolution,
          why,
        })
      },
  )
  const ended = fc
    .record({ pick, undo: fc.boolean(), why: hostileText })
    .map(({ pick: at, undo, why }) =>
      onRun((run) => request('yousef', 'POST /runs/{run}/cancel', `/runs/${run}/cancel`, { undo, why }))(at),
    )
  const retried = fc
    .record({ pick, why: hostileText })
    .map(({ pick: at, why }) =>
      onRun((run) => request('yousef', 'POST /runs/{run}/retry', `/runs/${run}/retry`, { why }))(at),
    )
  const shown = pick.map((at) => onRun((run) => request('lina', 'GET /runs/{run}', `/runs/${run}`))(at))
  const listed = fc
    .oneof(
      ...operations
        .filter(({ method, path }) => method === 'GET' && !path.includes('{'))
        .map((operation) => query(operation).map((asked) => ({ operation, asked }))),
    )
    .map(
      ({ operation, asked }): Deed =>
        async () =>
          request('omar', operation.id, `${operation.path}${asked}`),
    )
  const told = fc
    .constantFrom('docusign' as const, 'whatsapp' as const)
    .chain((vendor) => fc.tuple(fc.constant(vendor), tellingBytes(vendor)))
    .map(
      ([vendor, raw]): Deed =>
        async () => ({
          operation: 'POST /webhooks/{tenant}/{connector}/{account}',
          flaw: 'signed by the vendor',
          may: 'anything',
          method: 'POST',
          path: world.webhooks[vendor].path,
          headers: world.webhooks[vendor].signed(raw),
          body: raw,
        }),
    )
  const proved = fc.constantFrom('POST /ledger/verify', 'POST /ledger/snapshot').map(
    (operation): Deed =>
      async () =>
        request('yousef', operation, operation.split(' ')[1] ?? ''),
  )
  return fc.oneof(
    { weight: 40, arbitrary: started },
    { weight: 80, arbitrary: decided },
    { weight: 30, arbitrary: looked },
    { weight: 40, arbitrary: answered },
    { weight: 20, arbitrary: signalled },
    { weight: 20, arbitrary: settled },
    { weight: 10, arbitrary: ended },
    { weight: 10, arbitrary: retried },
    { weight: 20, arbitrary: shown },
    { weight: 30, arbitrary: listed },
    { weight: 20, arbitrary: told },
    { weight: 1, arbitrary: proved },
  )
}

const Link = z.object({ url: z.string() })

function answerLinks({ sandbox }: FuzzWorld): readonly string[] {
  return sandbox
    .of(smtp)
    .mails()
    .slice(-30)
    .flatMap(({ text }) => {
      const found = /http:\/\/\S+\/a\/[\w-]+/.exec(text)?.[0]
      return found === undefined ? [] : [new URL(found).pathname]
    })
}

function query({ parameters }: DescribedOperation): fc.Arbitrary<string> {
  const asked = parameters.filter((parameter) => parameter.in === 'query' && parameter.name !== 'after')
  const values = asked.map(
    (parameter) => [parameter.name, fc.option(fitting(parameter.schema), { nil: undefined, freq: 1 })] as const,
  )
  return fc.record(Object.fromEntries(values)).map((chosen) => {
    // What stands in a query is text, a number or a choice of texts.
    const pairs = Object.entries(chosen).flatMap(([name, value]) =>
      value === undefined
        ? []
        : [`${name}=${encodeURIComponent(`${value as string | number}`.toWellFormed().slice(0, 1_000))}`],
    )
    return pairs.length === 0 ? '' : `?${pairs.join('&')}`
  })
}

/** Applications that the workflow takes: the sample, with fields of the forms and lengths that its schema allows. */
function inputs({ served: { sijil } }: FuzzWorld): fc.Arbitrary<unknown> {
  const schema = sijil.definitions.newest('partner-approval')?.workflow.contract.input
  if (!(schema instanceof z.ZodType)) throw new Error('the workflow describes its input in another library')
  const described: JsonSchema = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  const forged = fc.constant({
    ...sampleApplication,
    contact: { ...sampleApplication.contact, name: { sealed: 'v1.AAAA.AAAA' } },
  })
  return fc.oneof(
    { weight: 12, arbitrary: varied(sampleApplication, described).filter((input) => takes(schema, input)) },
    { weight: 1, arbitrary: forged },
  )
}

function takes(schema: Schema, value: unknown): boolean {
  if (oddityOf(value) !== undefined) return false
  const verdict = schema['~standard'].validate(value)
  return !(verdict instanceof Promise) && verdict.issues === undefined
}

const Properties = z.object({ properties: z.record(z.string(), z.record(z.string(), z.unknown())) })

function varied(sample: unknown, described: JsonSchema): fc.Arbitrary<unknown> {
  const properties = Properties.safeParse(described).data?.properties
  if (properties === undefined || typeof sample !== 'object' || sample === null)
    return fc.oneof({ weight: 6, arbitrary: fc.constant(sample) }, { weight: 1, arbitrary: fitting(described) })
  return fc.record(
    Object.fromEntries(Object.entries(sample).map(([name, field]) => [name, varied(field, properties[name] ?? {})])),
  )
}
