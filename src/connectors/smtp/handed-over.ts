import { type EffectFailure, EffectNotMade, EffectRefused, EffectUnknown } from '../../flow/failure.ts'
import type { Health } from '../connector.ts'
import { greet, SmtpFailure } from './client.ts'
import type { MailServer } from './contract.ts'

/** A mail session whose failure tells what became of the mail. `setting`: what names the server, for whoever must mend it. */
export async function handedOver(setting: string, session: () => Promise<void>): Promise<void> {
  try {
    await session()
  } catch (error) {
    throw error instanceof SmtpFailure ? failureOf(error, setting) : error
  }
}

/** Whether the server lets us in. */
export async function mailServerHealth(server: MailServer, setting: string, signal: AbortSignal): Promise<Health> {
  try {
    await greet(server, signal)
    return { state: 'up' }
  } catch (error) {
    if (!(error instanceof SmtpFailure)) throw error
    const { code, message } = failureOf(error, setting)
    return { state: 'down', code, message }
  }
}

/** What a failed session says about the mail. Replies of servers may repeat addresses, so only their number is told. */
function failureOf(failure: SmtpFailure, setting: string): EffectFailure {
  const { stage, reply, code, timedOut } = failure
  const what = `The mail server ${reply === undefined ? 'did not answer' : `answered ${reply}`} while ${stage}`
  if (stage === 'message' && reply === undefined)
    return new EffectUnknown(timedOut ? 'TIMED_OUT' : 'CONNECTION_LOST', `${what}. It may have taken the mail.`)
  const unsafe = unsafeConnection(failure, setting)
  if (unsafe !== undefined) return unsafe
  if (code === 'EAUTH') return new EffectNotMade('CREDENTIALS_REFUSED', `${what}. Nothing was sent; mend ${setting}.`)
  const forGood = reply === undefined ? code === 'EENVELOPE' || code === 'EMESSAGE' : reply >= 500
  if (forGood && (stage === 'addressing' || stage === 'message'))
    return new EffectRefused('REFUSED', `${what}. Nothing was sent; repeating will not help.`)
  return new EffectNotMade(
    stage === 'connecting' ? 'UNREACHABLE' : 'NOT_NOW',
    `${what}. Nothing was sent; it may be tried again.`,
  )
}

/** No session begins where it may not, or where nobody could say that the server is the one that was meant. */
function unsafeConnection(
  { stage, reply, code, certificate }: SmtpFailure,
  setting: string,
): EffectNotMade | undefined {
  if (code === 'ADDRESS_NOT_ALLOWED')
    return new EffectNotMade(
      code,
      `The address of the mail server leads into a network that is not public. Nothing was sent; mend ${setting}, or open the network with SIJIL_ALLOW_PRIVATE_ADDRESSES.`,
    )
  if (certificate !== undefined)
    return new EffectNotMade(
      certificate.code,
      `The certificate of the mail server ${certificate.says}. Nothing was sent; ${certificate.mend} (${setting}).`,
    )
  if (stage !== 'connecting' || code !== 'ETLS' || reply === undefined) return undefined
  return new EffectNotMade(
    'TLS_NOT_OFFERED',
    `The mail server answered ${reply} to STARTTLS: it does not encrypt. Nothing was sent, the password neither; name a server or a port that does in ${setting} (smtps:// encrypts from the first byte).`,
  )
}
