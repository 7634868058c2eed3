import { z } from 'zod'
import { canonical } from '../../flow/canonical.ts'
import { EffectNotMade, EffectRefused } from '../../flow/failure.ts'
import { type Call, defineConnector, type Health, type SettingsOf } from '../connector.ts'
import { type Exchange, exchange } from '../http-exchange.ts'
import { valueAt } from '../json-pointer.ts'
import { answerOfQuestion, answerOfReading, type Dialect, healthFrom } from '../sorted-answer.ts'
import type { Finding, Json, LookUp } from '../systems.ts'
import { digestOf } from '../wire-key.ts'
import { settings } from './contract.ts'
import type { Description, Operation, Source } from './description.ts'
import { FindingCache } from './finding-cache.ts'
import { bodyWith, pathWith, placeholdersIn, queryWith } from './template.ts'

interface Client {
  readonly description: Description
  readonly keys: ReadonlyMap<string, string>
  readonly cache: FindingCache
}

/** Sources that answer JSON over HTTP, such as registries and providers of figures, as a description tells it. It only reads. */
export const jsonHttp = defineConnector({
  key: 'json-http',
  system: 'research',
  displayName: { en: 'Company research and financial data', ar: 'أبحاث الشركات والبيانات المالية' },
  version: '1',
  documentation: 'docs/connectors/json-http.md',
  external: true,
  classification: 'confidential',
  personalData: [{ en: 'Whatever the parameters of a question say', ar: 'كل ما تقوله معاملات السؤال' }],
  processedIn: { en: 'Where each described source is', ar: 'حيث يوجد كل مصدر موصوف' },
  settings,
  client: ({ description, keys = new Map() }: SettingsOf<typeof settings>): Client => ({
    description,
    keys,
    cache: new FindingCache(),
  }),
  operations: {
    lookUp: {
      kind: 'reading',
      title: { en: 'Look something up', ar: 'الاستعلام عن معلومة' },
      documentation: 'docs/connectors/json-http.md',
      approval: 'A',
      timeoutMs: 30_000,
      rateLimit: { calls: 60, perMs: 60_000 },
      retry: { attempts: 6, firstWaitMs: 1_000, longestWaitMs: 300_000 },
      auditEvent: 'research.looked_up',
      read: lookUp,
    },
  },
  health: sourcesAreWell,
})

async function lookUp(request: LookUp, call: Call<Client>): Promise<Finding> {
  const { description, cache } = call.client
  const source = ownOf(description.sources, request.source)
  const operation = source && ownOf(source.operations, request.operation)
  if (source === undefined || operation === undefined)
    throw new EffectRefused(
      'NO_SUCH_LOOK_UP',
      `Nothing is described as ${request.source}.${request.operation}. Nobody was asked; describe it, or mend the step.`,
    )
  assertFitting(request, operation)
  // Read for one tenant, told to no other: even that somebody has asked is theirs.
  const question = canonical([call.tenant, request])
  const known = cache.get(question, call.now)
  if (known !== undefined) return known
  const data = await dataOf(request, source, operation, call)
  const finding: Finding = {
    found: data !== undefined,
    data: data ?? null,
    provenance: {
      source: request.source,
      operation: request.operation,
      at: call.now,
      sha256: digestOf(canonical(data ?? null)),
      classification: operation.classification,
    },
  }
  cache.keep(question, finding, call.now + operation.cacheSeconds * 1_000)
  return finding
}

const ownOf = <Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

/** Values may be personal, so only names are told. */
function assertFitting({ parameters }: LookUp, described: Operation): void {
  const unknown = Object.keys(parameters).filter((name) => !Object.hasOwn(described.parameters, name))
  const wrong = Object.entries(described.parameters).filter(([name, { pattern, optional }]) =>
    Object.hasOwn(parameters, name) ? !pattern.test(String(parameters[name])) : !optional,
  )
  const upwards = placeholdersIn(described.path).filter((name) => /^\.{1,2}$/.test(String(parameters[name])))
  const problems = [
    ...upwards.map((name) => `${name} leads to another path`),
    ...unknown.map((name) => `${name} is none of its parameters`),
    ...wrong.map(([name]) => `${name} is missing or not of its pattern`),
  ]
  if (problems.length > 0)
    throw new EffectRefused(
      'BAD_PARAMETERS',
      `The look-up does not fit its description: ${problems.join('; ')}. Nobody was asked.`,
    )
}

/** Undefined where the source says that it has no such thing. */
async function dataOf(
  { source: name, parameters }: LookUp,
  source: Source,
  operation: Operation,
  { client, signal }: Call<Client>,
): Promise<Json | undefined> {
  const result = await exchange({
    method: operation.method,
    base: source.base,
    path: pathWith(operation.path, parameters),
    query: queryWith(operation.query, parameters),
    headers: headersFor(name, source, client),
    ...(operation.body === undefined ? {} : { body: bodyWith(operation.body, parameters) }),
    signal,
  })
  if (isNotFound(result, operation)) return undefined
  const form = z
    .unknown()
    .transform((body) => mapped(body, operation))
    .pipe(operation.schema)
  // What came from JSON and fits a JSON Schema is JSON.
  return answerOfQuestion(result, form, dialectOf(name, source)) as Json
}

function mapped(body: unknown, { answer }: Operation): unknown {
  if (typeof answer === 'string') return valueAt(body, answer) ?? null
  return Object.fromEntries(Object.entries(answer).map(([field, pointer]) => [field, valueAt(body, pointer) ?? null]))
}

function isNotFound(result: Exchange, { notFound }: Operation): boolean {
  if (notFound === undefined || result.kind !== 'answered' || result.status !== notFound.status) return false
  return (
    notFound.at === undefined || canonical(valueAt(result.body, notFound.at) ?? null) === canonical(notFound.is ?? null)
  )
}

function headersFor(name: string, { auth }: Source, { keys }: Client): Readonly<Record<string, string>> {
  if (auth === undefined) return {}
  const key = keys.get(name)
  if (key === undefined)
    throw new EffectNotMade(
      'NOT_CONFIGURED',
      `There is no key for ${name}. Nobody was asked; add it to SIJIL_RESEARCH_KEYS.`,
    )
  return { [auth.header]: `${auth.prefix}${key}` }
}

/** Only what looks like a code is shown: some sources put the question into their errors. */
const dialectOf = (name: string, { errorCode }: Source): Dialect => ({
  vendor: `The source ${name}`,
  code: (body) => {
    const code = errorCode === undefined ? undefined : valueAt(body, errorCode)
    return typeof code === 'string' && /^[A-Za-z_-]{1,60}$/.test(code) ? code : undefined
  },
})

/** The first source that is not well speaks for all: who looks at it then knows where to look. */
async function sourcesAreWell(client: Client, signal: AbortSignal): Promise<Health> {
  for (const [name, source] of Object.entries(client.description.sources)) {
    const health = await healthFrom(askedForHealth(name, source, client, signal))
    if (health.state === 'down') return health
  }
  return { state: 'up' }
}

async function askedForHealth(name: string, source: Source, client: Client, signal: AbortSignal): Promise<void> {
  const headers = headersFor(name, source, client)
  if (source.health === undefined) return
  const result = await exchange({ method: 'GET', base: source.base, path: source.health, headers, signal })
  answerOfReading(result, z.unknown(), dialectOf(name, source))
}
