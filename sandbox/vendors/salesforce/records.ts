import { z } from 'zod'
import { type Incoming, jsonOf, type Reply } from '../../http-server.ts'
import type { SandboxRecord } from '../../record.ts'
import type { Noes, Operation } from '../../vendor-route.ts'

export interface AccountRecord {
  readonly id: string
  readonly fields: Readonly<Record<string, string | number | boolean | null>>
  readonly createdAt: string
  readonly updatedAt: string
}

const OBJECT = 'Account'
/** What its administrator added to the object, and which of these is an external id. */
const EXTERNAL_ID = 'Sijil_Id__c'
const Fields = z.record(
  z.string().regex(/^(Name|Sijil_\w+__c)$/),
  z.union([z.string().max(255), z.number(), z.boolean(), z.null()]),
)

const problem = (status: number, errorCode: string, message: string, fields?: readonly string[]): Reply => ({
  status,
  body: [{ message, errorCode, ...(fields === undefined ? {} : { fields }) }],
})
export const salesforceNoes: Noes = {
  refusal: problem(400, 'FIELD_CUSTOM_VALIDATION_EXCEPTION', 'A validation rule said no', []),
  failure: problem(500, 'UNKNOWN_EXCEPTION', 'An unexpected error occurred'),
  limit: problem(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'),
}

export function salesforceOperations(
  record: SandboxRecord,
  isSignedIn: (incoming: Incoming) => boolean,
): readonly Operation[] {
  const accounts = record.collection<AccountRecord>('account')
  const guard = (incoming: Incoming) =>
    isSignedIn(incoming) ? undefined : problem(401, 'INVALID_SESSION_ID', 'Session expired or invalid')
  const base = '/salesforce/services/data/:version/sobjects/:object'
  const noSuchObject = ({ params }: Incoming) =>
    params['object'] === OBJECT ? undefined : problem(404, 'NOT_FOUND', 'The requested resource does not exist')
  const noSuchField = ({ params }: Incoming) =>
    params['field'] === EXTERNAL_ID
      ? undefined
      : problem(404, 'NOT_FOUND', 'Provided external ID field does not exist or is not accessible')
  return [
    {
      name: 'savePartner',
      method: 'PATCH',
      path: `${base}/:field/:value`,
      guard,
      answer: (incoming) => {
        const wrong = noSuchObject(incoming) ?? noSuchField(incoming)
        if (wrong !== undefined) return wrong
        const given = jsonOf(incoming.raw)
        if (given !== null && typeof given === 'object' && EXTERNAL_ID in given)
          return problem(400, 'INVALID_FIELD', 'The external id stands in the address and not in the body', [
            EXTERNAL_ID,
          ])
        const fields = Fields.safeParse(given)
        if (!fields.success) return problem(400, 'INVALID_FIELD', 'No such column on entity Account')
        const value = incoming.params['value'] ?? ''
        if (accounts.get(value) === undefined && typeof fields.data['Name'] !== 'string')
          return problem(400, 'REQUIRED_FIELD_MISSING', 'Required fields are missing: [Name]', ['Name'])
        return upserted(value, fields.data, record)
      },
    },
    {
      name: 'readPartner',
      method: 'GET',
      path: `${base}/:field/:value`,
      guard,
      answer: (incoming) => {
        const found = accounts.get(incoming.params['value'] ?? '')
        const missing = noSuchObject(incoming) ?? noSuchField(incoming)
        if (missing !== undefined || found === undefined)
          return missing ?? problem(404, 'NOT_FOUND', 'The requested resource does not exist')
        return { status: 200, body: answerOf(found, incoming.query.get('fields')?.split(',')) }
      },
    },
    {
      name: 'describeObject',
      method: 'GET',
      path: base,
      guard,
      answer: (incoming) =>
        noSuchObject(incoming) ?? {
          status: 200,
          body: { objectDescribe: { name: OBJECT, label: OBJECT, custom: false }, recentItems: [] },
        },
    },
  ]
}

function upserted(value: string, fields: AccountRecord['fields'], record: SandboxRecord): Reply {
  const accounts = record.collection<AccountRecord>('account')
  const known = accounts.get(value)
  const at = new Date().toISOString().replace('Z', '+0000')
  const id = known?.id ?? `001${String(accounts.count() + 1).padStart(15, '0')}`
  accounts.put(value, {
    id,
    fields: { ...known?.fields, ...fields, [EXTERNAL_ID]: value },
    createdAt: known?.createdAt ?? at,
    updatedAt: at,
  })
  const key = fields['Sijil_Key__c']
  record.addAct({
    vendor: 'salesforce',
    action: 'record written',
    key: typeof key === 'string' ? key : undefined,
    reference: id,
  })
  return {
    status: known === undefined ? 201 : 200,
    body: { id, success: true, errors: [], created: known === undefined },
  }
}

function answerOf({ id, fields, createdAt, updatedAt }: AccountRecord, asked: readonly string[] | undefined) {
  const all = { Id: id, CreatedDate: createdAt, LastModifiedDate: updatedAt, ...fields }
  return {
    attributes: { type: OBJECT, url: `/services/data/v62.0/sobjects/${OBJECT}/${id}` },
    ...Object.fromEntries(Object.entries(all).filter(([name]) => asked === undefined || asked.includes(name))),
  }
}
