import { EffectNotMade, EffectRefused } from '../../flow/failure.ts'
import type { Exchange, HttpRequest } from '../http-exchange.ts'
import type { KeptSession } from '../kept-session.ts'
import { notSignedYet, pdf } from '../signed-file.ts'
import { answerOfReading } from '../sorted-answer.ts'
import type { EnvelopeRef, EnvelopeStatus, SignedFile } from '../systems.ts'
import { Agreement, AgreementList, History } from './contract.ts'
import { dialect } from './session.ts'

export interface Client {
  readonly session: KeptSession
  readonly clientId: string
  readonly settlingMs: number
}

/** Where something is read, and until when. */
export interface Reading {
  readonly client: Pick<Client, 'session'>
  readonly signal: AbortSignal
}

export const pathOf = (envelopeId: string): string => `agreements/${encodeURIComponent(envelopeId)}`

const STATUSES: Readonly<Record<string, EnvelopeStatus>> = {
  DRAFT: 'draft',
  AUTHORING: 'draft',
  PREFILL: 'draft',
  OUT_FOR_SIGNATURE: 'out',
  OUT_FOR_APPROVAL: 'out',
  OUT_FOR_ACCEPTANCE: 'out',
  OUT_FOR_DELIVERY: 'out',
  OUT_FOR_FORM_FILLING: 'out',
  WAITING_FOR_VERIFICATION: 'out',
  SIGNED: 'signed',
  APPROVED: 'signed',
  ACCEPTED: 'signed',
  DELIVERED: 'signed',
  FORM_FILLED: 'signed',
  ARCHIVED: 'signed',
  EXPIRED: 'expired',
}

/** How far an agreement is, and the key that it carries. */
export interface Standing {
  readonly status: EnvelopeStatus
  readonly key: string | undefined
}

export async function standingOf(envelopeId: string, of: Reading): Promise<Standing> {
  const agreement = answerOfReading(await asked({ path: pathOf(envelopeId) }, of), Agreement, dialect)
  return { status: await statusIn(agreement, of), key: agreement.externalId?.id }
}

/** Acrobat Sign calls cancelled what we withdrew and what a signer declined; its history tells which. */
async function statusIn({ id, status: own }: { id: string; status: string }, of: Reading): Promise<EnvelopeStatus> {
  if (own === 'CANCELLED') {
    const history = await historyOf(id, of)
    return history.some(({ type }) => type === 'REJECTED') ? 'declined' : 'voided'
  }
  const status = STATUSES[own]
  if (status !== undefined) return status
  if (own === 'DOCUMENTS_NOT_YET_PROCESSED')
    throw new EffectNotMade('NOT_PROCESSED_YET', 'Acrobat Sign has not processed the document yet. Ask again later.')
  throw new EffectRefused('STATUS_NOT_KNOWN', 'Acrobat Sign gives the agreement a status that is not known here.')
}

export async function historyOf(envelopeId: string, of: Reading) {
  return answerOfReading(await asked({ path: `${pathOf(envelopeId)}/events` }, of), History, dialect).events
}

/** The agreement that carries the key: one that is on its way before one that is still a draft. */
export async function withKey(key: string, of: Reading): Promise<(EnvelopeRef & Standing) | undefined> {
  const query = { externalId: key, showHiddenAgreements: 'true' }
  const { userAgreementList } = answerOfReading(await asked({ path: 'agreements', query }, of), AgreementList, dialect)
  let draft: (EnvelopeRef & Standing) | undefined
  for (const { id: envelopeId } of userAgreementList) {
    const found = { envelopeId, ...(await standingOf(envelopeId, of)) }
    if (found.key !== key) continue
    if (found.status !== 'draft') return found
    draft ??= found
  }
  return draft
}

/** No key of ours: every one names a run and a step. */
const NOBODYS_KEY = 'sijil'

/** Asks for next to nothing, as whoever asks for more must. */
export const reachable = async (of: Reading) =>
  answerOfReading(await asked({ path: 'agreements', query: { externalId: NOBODYS_KEY } }, of), AgreementList, dialect)

export async function readStatus({ envelopeId }: EnvelopeRef, of: Reading) {
  return { envelopeId, status: (await standingOf(envelopeId, of)).status }
}

/** All documents in one file, with the signatures and without the audit trail. */
export const readSignedDocument = (envelope: EnvelopeRef, of: Reading) =>
  readFile(envelope, { path: 'combinedDocument', query: { attachAuditReport: 'false' } }, of)

export const readCertificate = (envelope: EnvelopeRef, of: Reading) => readFile(envelope, { path: 'auditTrail' }, of)

/** Before all have signed the same addresses give what is not binding yet. */
async function readFile({ envelopeId }: EnvelopeRef, { path, query = {} }: Asked, of: Reading): Promise<SignedFile> {
  if ((await standingOf(envelopeId, of)).status !== 'signed') throw notSignedYet('Acrobat Sign')
  const file = { path: `${pathOf(envelopeId)}/${path}`, query, answer: 'bytes' } as const
  return answerOfReading(await asked(file, of), pdf, dialect)
}

type Asked = Pick<HttpRequest, 'path' | 'query' | 'answer'>

export async function asked(request: Asked, { client: { session }, signal }: Reading): Promise<Exchange> {
  const headers = request.answer === 'bytes' ? { accept: 'application/pdf' } : {}
  return session.exchange({ ...request, headers, method: 'GET', signal })
}
