import { EffectRefused, EffectUnknown } from '../../flow/failure.ts'
import type { Call } from '../connector.ts'
import type { Exchange, HttpRequest } from '../http-exchange.ts'
import type { KeptSession } from '../kept-session.ts'
import { notSignedYet, pdf } from '../signed-file.ts'
import { answerOfChange, answerOfReading } from '../sorted-answer.ts'
import type { EnvelopeRef, EnvelopeStatus, SignedFile } from '../systems.ts'
import { keyOnTheWire } from '../wire-key.ts'
import { EnvelopeAnswer, ListAnswer, LONGEST_KEY, UpdateAnswer } from './contract.ts'
import { dialect } from './session.ts'

export interface Client {
  readonly session: KeptSession
  readonly accountId: string
  readonly webhookUrl: string | undefined
  readonly settlingMs: number
}

type Reading = Pick<Call<Client>, 'client' | 'signal'>

export const pathOf = ({ envelopeId }: EnvelopeRef) => `envelopes/${encodeURIComponent(envelopeId)}`

/** DocuSign's own word for how far the envelope is. */
export async function statusOf(envelope: EnvelopeRef, call: Call<Client>): Promise<string> {
  return answerOfReading(await asked({ path: pathOf(envelope) }, call), EnvelopeAnswer, dialect).status
}

const STATUSES: Readonly<Record<string, EnvelopeStatus>> = {
  created: 'draft',
  sent: 'out',
  delivered: 'out',
  completed: 'signed',
  declined: 'declined',
  voided: 'voided',
  deleted: 'voided',
  timedout: 'expired',
}

export async function readStatus({ envelopeId }: EnvelopeRef, call: Call<Client>) {
  const own = await statusOf({ envelopeId }, call)
  const status = STATUSES[own]
  // A word that is newer than this: nobody may sign on the strength of a guess.
  if (status === undefined)
    throw new EffectRefused('STATUS_NOT_KNOWN', 'DocuSign gives the envelope a status that is not known here.')
  return { envelopeId, status }
}

/** What was resent leaves no trace that carries our key, so that nobody can be asked whether it was. */
export async function remindSigners(envelope: EnvelopeRef, call: Call<Client>): Promise<EnvelopeRef> {
  const { status } = await readStatus(envelope, call)
  if (status !== 'out')
    throw new EffectRefused('NOT_OUT', `Nobody can sign the envelope: it is ${status}. Nobody was reminded.`)
  const session = await call.client.session.open(call.signal)
  call.begin()
  const result = await session.exchange({
    method: 'PUT',
    path: pathOf(envelope),
    query: { resend_envelope: 'true' },
    body: {},
    headers: { 'x-docusign-idempotency-key': keyOnTheWire(call.key, LONGEST_KEY) },
    signal: call.signal,
  })
  return { envelopeId: answerOfChange(result, UpdateAnswer, dialect).envelopeId }
}

export async function remindedBefore(): Promise<never> {
  throw new EffectUnknown('CANNOT_ASK', 'DocuSign does not tell whether signers were reminded by this effect.')
}

/** All documents in one file, with the signatures. */
export const readSignedDocument = (envelope: EnvelopeRef, call: Call<Client>) =>
  readFile(envelope, { path: `${pathOf(envelope)}/documents/combined`, query: { certificate: 'false' } }, call)

export const readCertificate = (envelope: EnvelopeRef, call: Call<Client>) =>
  readFile(envelope, { path: `${pathOf(envelope)}/documents/certificate` }, call)

/** Asks for next to nothing, as whoever asks for more must. */
export const reachable = async (of: Reading) =>
  answerOfReading(
    await asked({ path: 'envelopes', query: { from_date: new Date().toISOString(), count: '1' } }, of),
    ListAnswer,
    dialect,
  )

type Asked = Pick<HttpRequest, 'path' | 'query' | 'answer'>

/** Before all have signed the same addresses give what is not binding yet. */
async function readFile(envelope: EnvelopeRef, file: Asked, call: Call<Client>): Promise<SignedFile> {
  if ((await readStatus(envelope, call)).status !== 'signed') throw notSignedYet('DocuSign')
  return answerOfReading(await asked({ ...file, answer: 'bytes' }, call), pdf, dialect)
}

export async function asked(request: Asked, { client: { session }, signal }: Reading): Promise<Exchange> {
  const headers = request.answer === 'bytes' ? { accept: 'application/pdf' } : {}
  return session.exchange({ ...request, headers, method: 'GET', signal })
}
