import { EffectNotMade, EffectUnknown, NeverHappened, SafeToRepeat } from '../../flow/failure.ts'
import type { Call } from '../connector.ts'
import { answerOfChange } from '../sorted-answer.ts'
import type { Envelope, EnvelopeRef } from '../systems.ts'
import { keyOnTheWire } from '../wire-key.ts'
import { type Client, pathOf, standingOf, withKey } from './agreements.ts'
import { Created, LONGEST_KEY, Nothing, TransientDocument } from './contract.ts'
import { dialect } from './session.ts'
import { uploadOf } from './upload.ts'

/**
 * In two acts. The first makes a draft that carries our key and that nobody hears of; the second sends it. A draft that came
 * into being late, after a lost answer, is found and sent, or lies where it is: it asks nobody to sign. Sending one draft
 * twice sends it once.
 */
export async function sendEnvelope(envelope: Envelope, call: Call<Client>): Promise<EnvelopeRef> {
  const known = await withKey(keyOf(call), call)
  if (known !== undefined && known.status !== 'draft') return { envelopeId: known.envelopeId }
  call.begin()
  const envelopeId = known?.envelopeId ?? (await drafted(envelope, await uploaded(envelope, call), call))
  return sent(envelopeId, call)
}

export async function sentBefore(_envelope: Envelope, call: Call<Client>): Promise<EnvelopeRef> {
  const found = await withKey(keyOf(call), call)
  if (found === undefined) throw new NeverHappened(call.client.settlingMs)
  if (found.status === 'draft') throw new SafeToRepeat('the agreement is a draft, and nobody was asked to sign it')
  return { envelopeId: found.envelopeId }
}

const keyOf = ({ key }: Call<Client>): string => keyOnTheWire(key, LONGEST_KEY)

/** A file that was put down for seven days binds nobody: when its fate is unknown, the envelope was certainly not sent. */
async function uploaded({ document }: Envelope, { client: { session }, signal }: Call<Client>): Promise<string> {
  try {
    const result = await session.exchange({ method: 'POST', path: 'transientDocuments', ...uploadOf(document), signal })
    return answerOfChange(result, TransientDocument, dialect).transientDocumentId
  } catch (cause) {
    if (!(cause instanceof EffectUnknown)) throw cause
    throw new EffectNotMade('NOT_UPLOADED', 'Acrobat Sign did not take the document. Nobody was asked to sign.', {
      cause,
    })
  }
}

async function drafted(envelope: Envelope, transientDocumentId: string, call: Call<Client>): Promise<string> {
  const { client, signal } = call
  const body = bodyOf(envelope, transientDocumentId, keyOf(call))
  const result = await client.session.exchange({ method: 'POST', path: 'agreements', body, signal })
  return answerOfChange(result, Created, dialect).id
}

async function sent(envelopeId: string, call: Call<Client>): Promise<EnvelopeRef> {
  const { client, signal } = call
  const body = { state: 'IN_PROCESS' }
  const path = `${pathOf(envelopeId)}/state`
  const result = await client.session.exchange({ method: 'PUT', path, body, signal })
  // Refused because an attempt before this one had sent it after all: that is what was wanted.
  if (result.kind === 'answered' && result.status >= 400 && result.status < 500 && result.status !== 429)
    if ((await standingOf(envelopeId, call)).status !== 'draft') return { envelopeId }
  answerOfChange(result, Nothing, dialect)
  return { envelopeId }
}

const bodyOf = ({ subject, message, signers }: Envelope, transientDocumentId: string, key: string) => ({
  name: subject,
  message,
  state: 'DRAFT',
  signatureType: 'ESIGN',
  externalId: { id: key },
  fileInfos: [{ transientDocumentId }],
  participantSetsInfo: signers.map(({ name, email }, index) => ({
    order: index + 1,
    role: 'SIGNER',
    name,
    memberInfos: [{ email }],
  })),
})
