import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type Incoming, jsonOf, type Reply } from '../../http-server.ts'
import type { Collection, SandboxRecord } from '../../record.ts'
import { bearerIs, type Noes, type Operation } from '../../vendor-route.ts'

export interface Company {
  readonly id: string
  /** Newest first. */
  readonly history: Readonly<Record<string, readonly { readonly value: string; readonly timestamp: string }[]>>
  readonly createdAt: string
  readonly updatedAt: string
}

const UNIQUE_PROPERTY = 'sijil_id'

const UpsertBody = z.object({
  inputs: z
    .array(
      z.object({
        id: z.string().min(1),
        idProperty: z.literal(UNIQUE_PROPERTY),
        properties: z.record(z.string().regex(/^[a-z][a-z0-9_]*$/), z.string()),
      }),
    )
    .min(1)
    .max(100),
})

const problem = (status: number, category: string, message: string): Reply => ({
  status,
  body: { status: 'error', category, message, correlationId: randomUUID() },
})
export const hubspotNoes: Noes = {
  refusal: problem(400, 'VALIDATION_ERROR', 'Property values were not valid'),
  failure: problem(500, 'INTERNAL_ERROR', 'internal error'),
  limit: problem(429, 'RATE_LIMITS', 'You have reached your ten_secondly_rolling limit.'),
}

export function hubspotOperations(record: SandboxRecord, token: string): readonly Operation[] {
  const companies = record.collection<Company>('company')
  const guard = (incoming: Incoming) =>
    bearerIs(incoming, token)
      ? undefined
      : problem(401, 'INVALID_AUTHENTICATION', 'Authentication credentials not found.')
  const base = '/hubspot/crm/v3/objects/companies'
  return [
    {
      name: 'savePartner',
      method: 'POST',
      path: `${base}/batch/upsert`,
      guard,
      answer: ({ raw }) => {
        const body = UpsertBody.safeParse(jsonOf(raw))
        if (!body.success) return problem(400, 'VALIDATION_ERROR', body.error.message)
        const results = body.data.inputs.map(({ id, properties }) => written(id, properties, companies))
        for (const { id, properties } of results)
          record.addAct({ vendor: 'hubspot', action: 'record written', key: properties['sijil_key'], reference: id })
        const at = new Date().toISOString()
        return { status: 200, body: { status: 'COMPLETE', results, startedAt: at, completedAt: at } }
      },
    },
    {
      name: 'readPartner',
      method: 'GET',
      path: `${base}/:id`,
      guard,
      answer: ({ params, query }) => {
        const found = companyOf(params['id'] ?? '', query.get('idProperty') ?? undefined, companies)
        if (found === undefined) return problem(404, 'OBJECT_NOT_FOUND', 'Object not found')
        const asked = (query.get('propertiesWithHistory') ?? '').split(',').filter((name) => name in found.history)
        return {
          status: 200,
          body: {
            ...answerOf(found),
            propertiesWithHistory: Object.fromEntries(
              asked.map((name) => [
                name,
                (found.history[name] ?? []).map((version) => ({ ...version, sourceType: 'INTEGRATION' })),
              ]),
            ),
          },
        }
      },
    },
    {
      name: 'listPartners',
      method: 'GET',
      path: base,
      guard,
      answer: () => ({ status: 200, body: { results: companies.all().slice(0, 10).map(answerOf) } }),
    },
  ]
}

function written(uniqueId: string, properties: Readonly<Record<string, string>>, companies: Collection<Company>) {
  const known = companyOf(uniqueId, UNIQUE_PROPERTY, companies)
  const timestamp = new Date().toISOString()
  const history: Record<string, readonly { value: string; timestamp: string }[]> = { ...known?.history }
  for (const [name, value] of Object.entries({ ...properties, [UNIQUE_PROPERTY]: uniqueId }))
    history[name] = [{ value, timestamp }, ...(history[name] ?? [])]
  const id = known?.id ?? String(7_000_000_000 + companies.count() + 1)
  const company = { id, history, createdAt: known?.createdAt ?? timestamp, updatedAt: timestamp }
  companies.put(uniqueId, company)
  return { ...answerOf(company), new: known === undefined }
}

/** Kept by the unique property: that is how everybody asks for them. */
const companyOf = (id: string, idProperty: string | undefined, companies: Collection<Company>) =>
  idProperty === UNIQUE_PROPERTY ? companies.get(id) : companies.all().find((company) => company.id === id)

export const propertiesOf = ({ history }: Company): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(history).map(([name, versions]) => [name, versions[0]?.value ?? '']))

const answerOf = (company: Company) => ({
  id: company.id,
  properties: propertiesOf(company),
  createdAt: company.createdAt,
  updatedAt: company.updatedAt,
  archived: false,
})
