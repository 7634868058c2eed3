import { z } from 'zod'
import { type Incoming, jsonOf, type Reply } from '../../http-server.ts'
import { paper, signedPaper } from '../../paper.ts'
import type { Collection, SandboxRecord } from '../../record.ts'
import type { Noes, Operation } from '../../vendor-route.ts'
import {
  EnvelopeDefinition,
  type EnvelopeStatus,
  isOpen,
  keyOf,
  listingOf,
  newEnvelope,
  nextSigner,
  type StoredEnvelope,
} from './envelope.ts'

const problem = (status: number, errorCode: string, message: string): Reply => ({
  status,
  body: { errorCode, message },
})
export const docusignNoes: Noes = {
  refusal: problem(400, 'INVALID_REQUEST_PARAMETER', 'The request contained at least one invalid parameter.'),
  failure: problem(500, 'UNSPECIFIED_ERROR', 'Unspecified error.'),
  limit: problem(
    429,
    'HOURLY_APIINVOCATION_LIMIT_EXCEEDED',
    'The maximum number of hourly API invocations is exceeded.',
  ),
}
const NO_ENVELOPE = problem(404, 'ENVELOPE_DOES_NOT_EXIST', 'The envelope specified does not exist.')
const VoidBody = z.object({ status: z.literal('voided'), voidedReason: z.string().min(1).max(200) })
const TRANSACTION_ID_LIVES_MS = 7 * 86_400_000

/** Reports what became of an envelope to the sender. */
export type ReportEnvelope = (event: string, envelope: StoredEnvelope) => void

/** The account with its envelopes: what the interface and the people who sign do to them. */
export class DocuSignAccount {
  readonly #record: SandboxRecord
  readonly #report: ReportEnvelope
  readonly envelopes: Collection<StoredEnvelope>
  constructor(record: SandboxRecord, report: ReportEnvelope) {
    this.#record = record
    this.#report = report
    this.envelopes = record.collection('envelope')
  }

  send(envelope: StoredEnvelope): StoredEnvelope {
    return this.#move({ ...envelope, signers: invited(envelope) }, 'sent', keyOf(envelope))
  }

  /** The caller has checked that the envelope is open. */
  void(envelope: StoredEnvelope, voidedReason: string, key: string | undefined): StoredEnvelope {
    return this.#move({ ...envelope, voidedReason }, 'voided', key)
  }

  /** The mail to whoever's turn it is goes out once more. */
  remind(envelope: StoredEnvelope, key: string | undefined): void {
    this.envelopes.put(envelope.envelopeId, { ...envelope, reminders: (envelope.reminders ?? 0) + 1 })
    this.#record.addAct({ vendor: 'docusign', action: 'signers reminded', key, reference: envelope.envelopeId })
  }

  /** A signer signs, in turn; the last one completes the envelope. Anybody else, or a closed envelope, changes nothing. */
  sign(envelopeId: string, recipientId: string): void {
    const envelope = this.#openFor(envelopeId, recipientId)
    if (envelope === undefined) return
    const seen = envelope.status === 'sent' ? this.#move(envelope, 'delivered', undefined) : envelope
    const signed = { ...seen, signers: withStatus(seen, recipientId, 'completed') }
    this.#record.addAct({ vendor: 'docusign', action: 'envelope signed', key: undefined, reference: envelopeId })
    if (nextSigner(signed) === undefined) this.#move(signed, 'completed', undefined)
    else this.envelopes.put(envelopeId, { ...signed, signers: invited(signed) })
  }

  decline(envelopeId: string, recipientId: string): void {
    const envelope = this.#openFor(envelopeId, recipientId)
    if (envelope === undefined) return
    this.#move({ ...envelope, signers: withStatus(envelope, recipientId, 'declined') }, 'declined', undefined)
  }

  #openFor(envelopeId: string, recipientId: string): StoredEnvelope | undefined {
    const envelope = this.envelopes.get(envelopeId)
    if (envelope === undefined || !isOpen(envelope)) return undefined
    return nextSigner(envelope)?.recipientId === recipientId ? envelope : undefined
  }

  #move(envelope: StoredEnvelope, status: EnvelopeStatus, key: string | undefined): StoredEnvelope {
    const moved = { ...envelope, status, statusChangedDateTime: new Date().toISOString() }
    this.envelopes.put(moved.envelopeId, moved)
    this.#record.addAct({ vendor: 'docusign', action: `envelope ${status}`, key, reference: moved.envelopeId })
    this.#report(`envelope-${status}`, moved)
    return moved
  }
}

const invited = (envelope: StoredEnvelope) => {
  const next = nextSigner(envelope)
  return next === undefined ? envelope.signers : withStatus(envelope, next.recipientId, 'sent')
}
const withStatus = (
  { signers }: StoredEnvelope,
  recipientId: string,
  status: StoredEnvelope['signers'][number]['status'],
) => signers.map((signer) => (signer.recipientId === recipientId ? { ...signer, status } : signer))

export function docusignOperations(
  account: DocuSignAccount,
  accountId: string,
  isSignedIn: (incoming: Incoming) => boolean,
): readonly Operation[] {
  const { envelopes } = account
  const guard = (incoming: Incoming) => {
    if (!isSignedIn(incoming))
      return problem(401, 'AUTHORIZATION_INVALID_TOKEN', 'The access token is expired or invalid.')
    return incoming.params['account'] === accountId
      ? undefined
      : problem(400, 'INVALID_REQUEST_PARAMETER', 'Invalid account id.')
  }
  const base = '/docusign/restapi/v2.1/accounts/:account/envelopes'
  const found = ({ params }: Incoming) => envelopes.get(params['envelope'] ?? '')
  return [
    {
      name: 'sendEnvelope',
      method: 'POST',
      path: base,
      guard,
      answer: ({ raw }) => {
        const definition = EnvelopeDefinition.safeParse(jsonOf(raw))
        if (!definition.success) return problem(400, 'INVALID_REQUEST_PARAMETER', definition.error.message)
        const draft = newEnvelope(definition.data)
        envelopes.put(draft.envelopeId, draft)
        const envelope = draft.status === 'sent' ? account.send(draft) : draft
        const { envelopeId, status, statusChangedDateTime: statusDateTime } = envelope
        return { status: 201, body: { envelopeId, uri: `/envelopes/${envelopeId}`, statusDateTime, status } }
      },
    },
    {
      name: 'listEnvelopes',
      method: 'GET',
      path: base,
      guard,
      answer: ({ query }) => {
        const listed = listedBy(query, envelopes.all())
        if (listed === undefined) return problem(400, 'INVALID_REQUEST_PARAMETER', 'from_date is required.')
        const size = String(listed.length)
        return {
          status: 200,
          body: { resultSetSize: size, totalSetSize: size, startPosition: '0', envelopes: listed.map(listingOf) },
        }
      },
    },
    {
      name: 'readEnvelope',
      method: 'GET',
      path: `${base}/:envelope`,
      guard,
      answer: (incoming) => {
        const envelope = found(incoming)
        return envelope === undefined ? NO_ENVELOPE : { status: 200, body: listingOf(envelope) }
      },
    },
    {
      name: ({ query }) => (isResending(query) ? 'remindSigners' : 'voidEnvelope'),
      method: 'PUT',
      path: `${base}/:envelope`,
      guard,
      answer: (incoming) => {
        const envelope = found(incoming)
        if (envelope === undefined) return NO_ENVELOPE
        return isResending(incoming.query) ? resent(envelope, incoming, account) : updated(envelope, incoming, account)
      },
    },
    {
      name: 'readDocument',
      method: 'GET',
      path: `${base}/:envelope/documents/:document`,
      guard,
      answer: (incoming) => {
        const envelope = found(incoming)
        const bytes = envelope && fileOf(envelope, incoming.params['document'] ?? '')
        if (bytes === undefined) return NO_ENVELOPE
        return { status: 200, headers: { 'content-type': 'application/pdf' }, body: bytes }
      },
    },
  ]
}

/** Undefined: DocuSign lists nothing without ids or a first day. */
function listedBy(query: URLSearchParams, all: readonly StoredEnvelope[]): readonly StoredEnvelope[] | undefined {
  const transactions = query.get('transaction_ids')?.split(',')
  if (transactions !== undefined) {
    const oldest = Date.now() - TRANSACTION_ID_LIVES_MS
    return all.filter(
      ({ transactionId = '', createdDateTime }) =>
        transactions.includes(transactionId) && Date.parse(createdDateTime) > oldest,
    )
  }
  const from = query.get('from_date')
  if (from === null) return undefined
  const [name, value] = (query.get('custom_field') ?? '').split(/=(.*)/s)
  return all.filter(
    ({ statusChangedDateTime, customFields }) =>
      Date.parse(statusChangedDateTime) >= Date.parse(from) &&
      (value === undefined ||
        (customFields?.textCustomFields ?? []).some((field) => field.name === name && field.value === value)),
  )
}

const isResending = (query: URLSearchParams) => query.get('resend_envelope') === 'true'
const keyIn = ({ headers }: Incoming) => {
  const key = headers['x-docusign-idempotency-key']
  return typeof key === 'string' ? key : undefined
}

function resent(envelope: StoredEnvelope, incoming: Incoming, account: DocuSignAccount): Reply {
  if (!isOpen(envelope)) return problem(400, 'ENVELOPE_INVALID_STATUS', 'The envelope cannot be sent again.')
  account.remind(envelope, keyIn(incoming))
  return { status: 200, body: { envelopeId: envelope.envelopeId } }
}

/** Undefined: there is no such document. Signatures are on it from the moment when all have signed. */
function fileOf(envelope: StoredEnvelope, wanted: string): Buffer | undefined {
  const { documents, signers, status, envelopeId } = envelope
  const names = signers.map(({ name }) => name)
  if (wanted === 'certificate') return paper([`Certificate of completion ${envelopeId}`, `Status: ${status}`, ...names])
  const document = wanted === 'combined' ? documents[0] : documents.find(({ documentId }) => documentId === wanted)
  if (document === undefined) return undefined
  const bytes = Buffer.from(document.documentBase64, 'base64')
  return status === 'completed' ? signedPaper(bytes, names) : bytes
}

function updated(envelope: StoredEnvelope, incoming: Incoming, account: DocuSignAccount): Reply {
  const { envelopeId } = envelope
  const body = VoidBody.safeParse(jsonOf(incoming.raw))
  if (!body.success) return problem(400, 'INVALID_REQUEST_PARAMETER', 'Only voiding with a reason is known here.')
  if (!isOpen(envelope))
    return problem(
      400,
      'ENVELOPE_CANNOT_VOID_INVALID_STATE',
      'Only envelopes in the Sent or Delivered states may be voided.',
    )
  account.void(envelope, body.data.voidedReason, keyIn(incoming))
  return { status: 200, body: { envelopeId } }
}
