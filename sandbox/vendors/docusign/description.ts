/** DocuSign's own description of its interface, closed, as a judge of what went over the wire. For tests. */
import assert from 'node:assert/strict'
import { z } from 'zod'
import {
  close,
  descriptionAt,
  requireIn,
  type Schema,
  SchemaMap,
  type Validate,
  validator,
} from '../../closed-schemas.ts'
import type { Exchanged } from '../../wire-tap.ts'

const description = descriptionAt('docusign-envelopes-v2.swagger.json')
export const { skip } = description

/** The description at hand is of v2; v2.1 keeps its shapes under another address. */
const SERVED_AT = '/docusign/restapi/v2.1/'
const DESCRIBED_AT = '/v2/'

/** Fields of the present version that the older description does not know yet. */
const NEWER_IN_NOTIFICATION = ['events', 'eventData', 'deliveryMode']

const Ref = z.object({ $ref: z.string().startsWith('#/definitions/') }).transform(({ $ref }) => $ref.slice(14))
const Parameter = z.object({ name: z.string(), in: z.string(), schema: Ref.optional() })
const Described = z.object({
  operationId: z.string(),
  parameters: z.array(Parameter),
  responses: z.record(z.string(), z.object({ schema: z.unknown() })),
})
type Described = z.infer<typeof Described>
const Document = z.object({ definitions: SchemaMap, paths: z.record(z.string(), z.unknown()) })

export interface Judge {
  /** Fails unless the request and its answer are described so. Answers the name of the operation. */
  readonly exchanged: (exchange: Exchanged) => string
  readonly valid: Validate
}

export function openJudge(): Judge {
  const { definitions, paths } = Document.parse(JSON.parse(description.read()))
  const valid = validator('docusign', { definitions: closed(definitions) }, 'definitions')
  return {
    valid,
    exchanged: (exchange) => {
      const operation = operationOf(exchange, paths)
      asked(exchange, operation, valid)
      answered(exchange, operation, valid)
      return operation.operationId
    },
  }
}

function operationOf({ method, path }: Exchanged, paths: Readonly<Record<string, unknown>>): Described {
  assert.ok(path.startsWith(SERVED_AT), `${path} is not below ${SERVED_AT}`)
  const parts = `${DESCRIBED_AT}${path.slice(SERVED_AT.length)}`.split('/')
  const template = Object.keys(paths).find((known) => {
    const names = known.split('/')
    return names.length === parts.length && names.every((name, at) => name.startsWith('{') || name === parts[at])
  })
  const operations = z.record(z.string(), z.unknown()).parse(paths[template ?? ''] ?? {})
  const operation = Described.safeParse(operations[method.toLowerCase()])
  assert.ok(operation.success, `${method} ${path} is not described`)
  return operation.data
}

function asked({ query, body }: Exchanged, { operationId, parameters }: Described, valid: Validate): void {
  const known = new Set(parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name))
  for (const name of Object.keys(query)) assert.ok(known.has(name), `${operationId} knows no parameter ${name}`)
  const schema = parameters.find((parameter) => parameter.in === 'body')?.schema
  if (schema === undefined) assert.equal(body, undefined, `${operationId} has no body`)
  else valid(operationId === 'Envelopes_PutEnvelope' ? changeMeant(query) : schema, body)
}

/** One address takes all changes of an envelope; each of ours has to say which it is. */
function changeMeant(query: Exchanged['query']): string {
  if (!('resend_envelope' in query)) return 'voiding'
  assert.deepEqual(query, { resend_envelope: 'true' })
  return 'resending'
}

function answered({ status, answer }: Exchanged, { operationId, responses }: Described, valid: Validate): void {
  if (status >= 400) return valid('errorDetails', answer)
  const described = responses[String(status)]
  assert.ok(described, `${operationId} does not answer ${status}`)
  const schema = Ref.safeParse(described.schema)
  // Of a file nothing is described but that it is one.
  if (schema.success) valid(schema.data === 'envelope' ? 'readEnvelope' : schema.data, answer)
  else assert.equal(answer, undefined, `${operationId} answers with a file`)
}

function closed(definitions: SchemaMap): SchemaMap {
  // The description at hand was cut, and refers to some parts that were left out.
  for (const [, name = ''] of JSON.stringify(definitions).matchAll(/#\/definitions\/(\w+)/g)) definitions[name] ??= {}
  for (const schema of Object.values(definitions)) close(schema)
  const known = z.record(z.string(), z.unknown()).parse(definitions['eventNotification']?.['properties'])
  definitions['eventNotification'] = {
    ...definitions['eventNotification'],
    properties: { ...known, ...Object.fromEntries(NEWER_IN_NOTIFICATION.map((field) => [field, {}])) },
  }
  requireIn(definitions, 'envelopeDefinition', ['status', 'emailSubject', 'documents', 'recipients'])
  requireIn(definitions, 'document', ['documentId', 'name', 'documentBase64'])
  requireIn(definitions, 'signer', ['recipientId', 'name', 'email'])
  requireIn(definitions, 'envelopeSummary', ['envelopeId', 'status', 'uri'])
  requireIn(definitions, 'envelopesInformation', ['envelopes'])
  requireIn(definitions, 'envelopeUpdateSummary', ['envelopeId'])
  requireIn(definitions, 'errorDetails', ['errorCode', 'message'])
  const envelope: Schema = { ...definitions['envelope'] }
  definitions['readEnvelope'] = { ...envelope, required: ['envelopeId', 'status'] }
  definitions['voiding'] = { ...envelope, required: ['status', 'voidedReason'] }
  // What is resent is not changed in the same breath: that would be another operation.
  definitions['resending'] = { ...envelope, maxProperties: 0 }
  return definitions
}
