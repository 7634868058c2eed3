import { z } from 'zod'
import { SafeToRepeat } from '../../flow/failure.ts'
import { type Call, defineConnector, type SettingsOf } from '../connector.ts'
import type { Exchange, HttpRequest } from '../http-exchange.ts'
import type { KeptSession } from '../kept-session.ts'
import { answerOfChange, answerOfReading, healthFrom } from '../sorted-answer.ts'
import type { PartnerRecord } from '../systems.ts'
import { keyOnTheWire } from '../wire-key.ts'
import { field, fieldOf, LONGEST_KEY, RecordAnswer, settings, UpsertAnswer } from './contract.ts'
import { dialect, salesforceSession } from './session.ts'

interface Client {
  readonly session: KeptSession
  readonly version: string
  readonly object: string
}
interface Saved {
  readonly recordId: string
  readonly created: boolean
}

/** Partners are accounts, or another object by setting. A write is an upsert on our own id: writing twice is one record. */
export const salesforce = defineConnector({
  key: 'salesforce',
  system: 'crm',
  displayName: { en: 'Salesforce', ar: 'سيلزفورس' },
  version: 'v62.0',
  documentation: 'https://developer.salesforce.com/docs/platform/api-rest/guide/dome-upsert.html',
  external: true,
  classification: 'confidential',
  personalData: [{ en: 'Whatever the properties of the partner say', ar: 'كل ما تقوله خصائص الشريك' }],
  processedIn: {
    en: 'In the region of the Salesforce organisation; to be taken for abroad unless its contract says otherwise',
    ar: 'في منطقة حساب سيلزفورس؛ ويُعد خارج المملكة ما لم ينص عقده على غير ذلك',
  },
  settings,
  client: ({ version, object, ...access }: SettingsOf<typeof settings>): Client => ({
    session: salesforceSession(access),
    version,
    object,
  }),
  operations: {
    savePartner: {
      kind: 'changing',
      title: { en: 'Save the record of a partner', ar: 'حفظ سجل الشريك' },
      documentation: 'https://developer.salesforce.com/docs/platform/api-rest/guide/dome-upsert.html',
      approval: 'A',
      idempotency: 'external id',
      undoneBy: 'savePartner',
      timeoutMs: 20_000,
      rateLimit: { calls: 100_000, perMs: 86_400_000 },
      retry: { attempts: 8, firstWaitMs: 1_000, longestWaitMs: 300_000 },
      auditEvent: 'crm.partner.saved',
      make: savePartner,
      probe: savedBefore,
    },
  },
  health: (client, signal) => healthFrom(described(client, signal)),
})

async function savePartner({ externalId, stage, properties }: PartnerRecord, call: Call<Client>): Promise<Saved> {
  const session = await call.client.session.open(call.signal)
  // The id stands in the path: Salesforce refuses it in the body as well.
  const body = {
    ...Object.fromEntries(Object.entries(properties).map(([name, value]) => [fieldOf(name), value])),
    [field.stage]: stage,
    [field.key]: keyOnTheWire(call.key, LONGEST_KEY),
  }
  call.begin()
  const path = pathOf(call.client, externalId)
  const result = await session.exchange({ method: 'PATCH', path, body, signal: call.signal })
  const { id, created } = answerOfChange(result, UpsertAnswer, dialect)
  return { recordId: id, created }
}

/** A record that does not carry our key may be written again: the upsert makes no second one. */
async function savedBefore({ externalId }: PartnerRecord, call: Call<Client>): Promise<Saved> {
  const fields = ['Id', 'CreatedDate', 'LastModifiedDate', field.key].join(',')
  const result = await asked(call, { path: pathOf(call.client, externalId), query: { fields } })
  if (result.kind === 'answered' && result.status === 404) throw new SafeToRepeat('Salesforce has no such record')
  const record = answerOfReading(result, RecordAnswer, dialect)
  if (record[field.key] !== keyOnTheWire(call.key, LONGEST_KEY))
    throw new SafeToRepeat('the record was last written with another key')
  // Nobody has changed it since it was created, and it carries our key.
  return { recordId: record.Id, created: record.CreatedDate === record.LastModifiedDate }
}

async function described(client: Client, signal: AbortSignal) {
  const path = `services/data/${client.version}/sobjects/${client.object}`
  return answerOfReading(await asked({ client, signal }, { path }), z.object({ objectDescribe: z.unknown() }), dialect)
}

async function asked(
  { client: { session }, signal }: Pick<Call<Client>, 'client' | 'signal'>,
  request: Pick<HttpRequest, 'path' | 'query'>,
): Promise<Exchange> {
  return session.exchange({ ...request, method: 'GET', signal })
}

const pathOf = ({ version, object }: Client, externalId: string): string =>
  `services/data/${version}/sobjects/${object}/${field.id}/${encodeURIComponent(externalId)}`
