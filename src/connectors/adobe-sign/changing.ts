import { EffectRefused, EffectUnknown, SafeToRepeat } from '../../flow/failure.ts'
import type { Call } from '../connector.ts'
import { answerOfChange, answerOfReading } from '../sorted-answer.ts'
import type { EnvelopeRef, EnvelopeStatus, Voiding } from '../systems.ts'
import { keyOnTheWire } from '../wire-key.ts'
import { asked, type Client, pathOf, standingOf } from './agreements.ts'
import { Created, LONGEST_KEY, Members, Nothing } from './contract.ts'
import { dialect } from './session.ts'

/** For the vendor's log of requests: no field of these two takes a key. */
const marked = ({ key }: Call<Client>) => ({ 'x-sijil-key': keyOnTheWire(key, LONGEST_KEY) })

export async function voidEnvelope({ envelopeId, reason }: Voiding, call: Call<Client>): Promise<EnvelopeRef> {
  // A second cancelling might tell the signers a second time.
  if (isOver((await standingOf(envelopeId, call)).status)) return { envelopeId }
  const { client, signal } = call
  const body = { state: 'CANCELLED', agreementCancellationInfo: { comment: reason, notifyOthers: true } }
  const path = `${pathOf(envelopeId)}/state`
  call.begin()
  const result = await client.session.exchange({ method: 'PUT', path, body, headers: marked(call), signal })
  answerOfChange(result, Nothing, dialect)
  return { envelopeId }
}

export async function voidedBefore({ envelopeId }: Voiding, call: Call<Client>): Promise<EnvelopeRef> {
  if (isOver((await standingOf(envelopeId, call)).status)) return { envelopeId }
  throw new SafeToRepeat('the agreement is not cancelled yet')
}

/** Whether nobody can sign any more. Throws `EffectRefused` when all have signed. */
function isOver(status: EnvelopeStatus): boolean {
  if (status === 'signed')
    throw new EffectRefused('ENVELOPE_COMPLETED', 'All have signed the agreement; it can no longer be cancelled.')
  return status === 'voided' || status === 'declined' || status === 'expired'
}

/** A reminder leaves nothing by which ours could be told from another, so that nobody can be asked whether it was sent. */
export async function remindSigners({ envelopeId }: EnvelopeRef, call: Call<Client>): Promise<EnvelopeRef> {
  const members = answerOfReading(await asked({ path: `${pathOf(envelopeId)}/members` }, call), Members, dialect)
  const recipientParticipantIds = members.participantSets
    .filter(({ status }) => status.startsWith('WAITING_FOR_MY_'))
    .flatMap(({ memberInfos }) => memberInfos.map(({ id }) => id))
  if (recipientParticipantIds.length === 0)
    throw new EffectRefused('NOT_OUT', 'It is nobody’s turn to sign the agreement. Nobody was reminded.')
  const { client, signal } = call
  const body = { recipientParticipantIds, status: 'ACTIVE' }
  const path = `${pathOf(envelopeId)}/reminders`
  call.begin()
  const result = await client.session.exchange({ method: 'POST', path, body, headers: marked(call), signal })
  answerOfChange(result, Created, dialect)
  return { envelopeId }
}

export async function remindedBefore(): Promise<never> {
  throw new EffectUnknown('CANNOT_ASK', 'Acrobat Sign does not tell whether signers were reminded by this effect.')
}
