import { z } from 'zod'
import { SafeToRepeat } from '../../flow/failure.ts'
import { type Call, defineConnector, type SettingsOf } from '../connector.ts'
import { exchange } from '../http-exchange.ts'
import { answerOfChange, answerOfReading, type Dialect, healthFrom } from '../sorted-answer.ts'
import type { PartnerRecord } from '../systems.ts'
import { ErrorBody, property, RecordAnswer, settings, UpsertAnswer } from './contract.ts'

interface Client {
  readonly url: string
  readonly token: string
}
interface Saved {
  readonly recordId: string
  readonly created: boolean
}

const dialect: Dialect = {
  vendor: 'HubSpot',
  meaning: (status, body) => {
    // A conflict or a lock of the record: another write was under way, ours was not made.
    if (status === 409 || status === 423) return 'not made'
    const partial = status === 207 && (ErrorBody.safeParse(body).data?.errors ?? []).length > 0
    return partial ? 'refused' : undefined
  },
  code: (body) => {
    const { category, errors } = ErrorBody.safeParse(body).data ?? {}
    return category ?? errors?.[0]?.category
  },
}

/** Partners are companies. A write is an upsert on our own id of the partner: writing twice is one record. */
export const hubspot = defineConnector({
  key: 'hubspot',
  system: 'crm',
  displayName: { en: 'HubSpot', ar: 'هبسبوت' },
  version: 'v3',
  documentation: 'https://developers.hubspot.com/docs/api-reference/crm-companies-v3/guide',
  external: true,
  classification: 'confidential',
  personalData: [{ en: 'Whatever the properties of the partner say', ar: 'كل ما تقوله خصائص الشريك' }],
  processedIn: {
    en: 'In the region of the HubSpot account; to be taken for abroad unless its contract says otherwise',
    ar: 'في منطقة حساب هبسبوت؛ ويُعد خارج المملكة ما لم ينص عقده على غير ذلك',
  },
  settings,
  client: ({ url, token }: SettingsOf<typeof settings>): Client => ({ url, token }),
  operations: {
    savePartner: {
      kind: 'changing',
      title: { en: 'Save the record of a partner', ar: 'حفظ سجل الشريك' },
      documentation:
        'https://developers.hubspot.com/docs/api-reference/crm-companies-v3/batch/post-crm-v3-objects-companies-batch-upsert',
      approval: 'A',
      idempotency: 'external id',
      undoneBy: 'savePartner',
      timeoutMs: 20_000,
      rateLimit: { calls: 100, perMs: 10_000 },
      retry: { attempts: 8, firstWaitMs: 1_000, longestWaitMs: 300_000 },
      auditEvent: 'crm.partner.saved',
      make: savePartner,
      probe: savedBefore,
    },
  },
  health: (client, signal) => healthFrom(listed(client, signal)),
})

async function savePartner({ externalId, stage, properties }: PartnerRecord, call: Call<Client>): Promise<Saved> {
  const written = { ...properties, [property.id]: externalId, [property.stage]: stage, [property.key]: call.key }
  call.begin()
  const result = await exchange({
    ...to(call.client, call.signal),
    method: 'POST',
    path: 'crm/v3/objects/companies/batch/upsert',
    body: { inputs: [{ id: externalId, idProperty: property.id, properties: written }] },
  })
  const [saved] = answerOfChange(result, UpsertAnswer, dialect).results
  return { recordId: saved.id, created: saved.new }
}

/** A record that never carried our key may be written again: the upsert makes no second one. */
async function savedBefore({ externalId }: PartnerRecord, call: Call<Client>): Promise<Saved> {
  const result = await exchange({
    ...to(call.client, call.signal),
    method: 'GET',
    path: `crm/v3/objects/companies/${encodeURIComponent(externalId)}`,
    query: { idProperty: property.id, propertiesWithHistory: property.key },
  })
  if (result.kind === 'answered' && result.status === 404) throw new SafeToRepeat('HubSpot has no such record')
  const { id, propertiesWithHistory } = answerOfReading(result, RecordAnswer, dialect)
  const newestFirst = propertiesWithHistory[property.key].map(({ value }) => value)
  if (!newestFirst.includes(call.key)) throw new SafeToRepeat('the record was not written with this key')
  // Only we write the property, so the first key that a record carried is that of the effect which created it.
  return { recordId: id, created: newestFirst.at(-1) === call.key }
}

const listed = async (client: Client, signal: AbortSignal) =>
  answerOfReading(
    await exchange({ ...to(client, signal), method: 'GET', path: 'crm/v3/objects/companies', query: { limit: '1' } }),
    z.object({ results: z.array(z.unknown()) }),
    dialect,
  )

const to = ({ url, token }: Client, signal: AbortSignal) => ({
  base: url,
  headers: { authorization: `Bearer ${token}` },
  signal,
})
