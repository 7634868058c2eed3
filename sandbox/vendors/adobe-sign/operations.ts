import { z } from 'zod'
import { type Incoming, jsonOf, type Reply } from '../../http-server.ts'
import { paper, signedPaper } from '../../paper.ts'
import type { Noes, Operation } from '../../vendor-route.ts'
import type { AdobeSignAccount } from './account.ts'
import { AgreementCreation, agreementInfo, membersInfo, nextSigner, type StoredAgreement } from './agreement.ts'
import { NOT_SIGNED_IN, SHARD } from './sign-in.ts'
import { uploadedIn } from './uploaded.ts'

const problem = (status: number, code: string, message: string): Reply => ({ status, body: { code, message } })
export const adobeNoes: Noes = {
  refusal: problem(400, 'BAD_REQUEST', 'The request provided is invalid'),
  failure: problem(500, 'MISC_SERVER_ERROR', 'Some miscellaneous error has occurred'),
  limit: {
    status: 429,
    body: { code: 'THROTTLING_TOO_MANY_REQUESTS', message: 'Too many requests', retryAfter: 2 },
  },
}
const NO_AGREEMENT = problem(404, 'INVALID_AGREEMENT_ID', 'Agreement ID specified is invalid')
const NOT_IN_THAT_STATE = problem(400, 'AGREEMENT_NOT_IN_VALID_STATE', 'The agreement cannot come into that state.')
const NO_CONTENT: Reply = { status: 204, body: '' }

const StateBody = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('IN_PROCESS') }),
  z.strictObject({
    state: z.literal('CANCELLED'),
    agreementCancellationInfo: z.strictObject({ comment: z.string(), notifyOthers: z.boolean() }),
  }),
])
const ReminderBody = z.strictObject({
  recipientParticipantIds: z.array(z.string()).min(1),
  status: z.literal('ACTIVE'),
  note: z.string().optional(),
})

/** Every operation on agreements, on the servers that hold the account. */
export function adobeOperations(
  account: AdobeSignAccount,
  isSignedIn: (incoming: Incoming) => boolean,
): readonly Operation[] {
  const guard = (incoming: Incoming) => (isSignedIn(incoming) ? undefined : NOT_SIGNED_IN)
  const base = `${SHARD}/api/rest/v6`
  const operation = (
    name: Operation['name'],
    method: Operation['method'],
    path: string,
    answer: Operation['answer'],
  ): Operation => ({ name, method, path: `${base}${path}`, guard, answer })
  const of = (use: (agreement: StoredAgreement, incoming: Incoming) => Reply) => (incoming: Incoming) => {
    const agreement = account.agreements.get(incoming.params['agreement'] ?? '')
    return agreement === undefined ? NO_AGREEMENT : use(agreement, incoming)
  }
  const one = '/agreements/:agreement'
  return [
    operation('uploadDocument', 'POST', '/transientDocuments', (incoming) => upload(incoming, account)),
    operation('createDraft', 'POST', '/agreements', ({ raw }) => create(raw, account)),
    operation('listAgreements', 'GET', '/agreements', ({ query }) => list(query, account)),
    operation(
      'readAgreement',
      'GET',
      one,
      of((agreement) => ({ status: 200, body: agreementInfo(agreement) })),
    ),
    operation(
      'readMembers',
      'GET',
      `${one}/members`,
      of((agreement) => ({ status: 200, body: membersInfo(agreement) })),
    ),
    operation(
      'readHistory',
      'GET',
      `${one}/events`,
      of(({ history }) => ({ status: 200, body: { events: history } })),
    ),
    operation(
      stateOperation,
      'PUT',
      `${one}/state`,
      of((agreement, incoming) => changeState(agreement, incoming, account)),
    ),
    operation(
      'remindSigners',
      'POST',
      `${one}/reminders`,
      of((agreement, incoming) => remind(agreement, incoming, account)),
    ),
    operation(
      'readDocument',
      'GET',
      `${one}/combinedDocument`,
      of((agreement) => pdf(combined(agreement, account))),
    ),
    operation(
      'readAuditTrail',
      'GET',
      `${one}/auditTrail`,
      of((agreement) => pdf(auditTrail(agreement))),
    ),
  ]
}

const stateOperation = ({ raw }: Incoming) =>
  z.object({ state: z.literal('CANCELLED') }).safeParse(jsonOf(raw)).success ? 'voidEnvelope' : 'sendEnvelope'

function upload(incoming: Incoming, { documents }: AdobeSignAccount): Reply {
  const file = uploadedIn(incoming)
  if (file === undefined) return problem(400, 'NO_FILE_CONTENT', 'Must provide file body')
  const transientDocumentId = `3AAABL${documents.count() + 1}`
  documents.put(transientDocumentId, { name: file.name, contentBase64: file.bytes.toString('base64') })
  return { status: 201, body: { transientDocumentId } }
}

function create(raw: Buffer, account: AdobeSignAccount): Reply {
  const creation = AgreementCreation.safeParse(jsonOf(raw))
  if (!creation.success) return problem(400, 'BAD_REQUEST', creation.error.message)
  if (
    creation.data.fileInfos.some(({ transientDocumentId }) => account.documents.get(transientDocumentId) === undefined)
  )
    return problem(400, 'INVALID_TRANSIENTDOCUMENTID', 'Transient document ID is invalid')
  const agreement = account.draft(creation.data)
  if (creation.data.state === 'IN_PROCESS') account.send(agreement)
  return { status: 201, body: { id: agreement.id } }
}

/** Drafts are listed too. */
function list(query: URLSearchParams, { agreements }: AdobeSignAccount): Reply {
  const externalId = query.get('externalId')
  const listed = agreements.all().filter((agreement) => externalId === null || agreement.externalId === externalId)
  return {
    status: 200,
    body: {
      page: {},
      userAgreementList: listed.map(({ id, name, status, createdDate }) => ({
        id,
        name,
        status,
        displayDate: createdDate,
        esign: true,
        hidden: false,
        type: 'AGREEMENT',
      })),
    },
  }
}

function changeState(agreement: StoredAgreement, { raw, headers }: Incoming, account: AdobeSignAccount): Reply {
  const body = StateBody.safeParse(jsonOf(raw))
  if (!body.success) return problem(400, 'BAD_REQUEST', body.error.message)
  if (body.data.state === 'IN_PROCESS') {
    if (agreement.status !== 'DRAFT') return NOT_IN_THAT_STATE
    account.send(agreement)
    return NO_CONTENT
  }
  if (agreement.status === 'SIGNED' || agreement.status === 'CANCELLED') return NOT_IN_THAT_STATE
  account.cancel(agreement, body.data.agreementCancellationInfo.comment, keyIn(headers))
  return NO_CONTENT
}

function remind(agreement: StoredAgreement, { raw, headers }: Incoming, account: AdobeSignAccount): Reply {
  const body = ReminderBody.safeParse(jsonOf(raw))
  if (!body.success) return problem(400, 'BAD_REQUEST', body.error.message)
  const next = nextSigner(agreement)
  if (next === undefined || !body.data.recipientParticipantIds.every((id) => id === next.id))
    return problem(400, 'INVALID_PARTICIPANT', 'A participant cannot be reminded now.')
  account.remind(agreement, keyIn(headers))
  return { status: 201, body: { id: `reminder-${agreement.id}` } }
}

const keyIn = ({ 'x-sijil-key': key }: Incoming['headers']) => (typeof key === 'string' ? key : undefined)

const pdf = (body: Buffer): Reply => ({ status: 200, headers: { 'content-type': 'application/pdf' }, body })

export function combined(
  { transientDocumentId, status, participants }: StoredAgreement,
  account: AdobeSignAccount,
): Buffer {
  const bytes = Buffer.from(account.documents.get(transientDocumentId)?.contentBase64 ?? '', 'base64')
  const signers = participants.filter(({ hasSigned }) => hasSigned).map(({ name }) => name)
  return status === 'SIGNED' ? signedPaper(bytes, signers) : bytes
}

const auditTrail = ({ id, history }: StoredAgreement) =>
  paper([`Audit trail ${id}`, ...history.map(({ type, date }) => `${date} ${type}`)])
