import { exchange } from '../http-exchange.ts'
import { KeptSession, type SignedIn } from '../kept-session.ts'
import { answerOfReading, type Dialect } from '../sorted-answer.ts'
import { ErrorBody, TokenAnswer } from './contract.ts'

/** What may be tried again as it is, because nothing was written. */
const NOT_MADE = new Set(['UNABLE_TO_LOCK_ROW', 'REQUEST_LIMIT_EXCEEDED', 'SERVER_UNAVAILABLE'])
const CREDENTIALS = new Set([
  'INVALID_SESSION_ID',
  'INSUFFICIENT_ACCESS',
  'API_DISABLED_FOR_ORG',
  'invalid_client',
  'invalid_client_id',
  'invalid_grant',
])

export const dialect: Dialect = {
  vendor: 'Salesforce',
  meaning: (status, body) => {
    const code = codeOf(body)
    if (code !== undefined && NOT_MADE.has(code)) return 'not made'
    if (code !== undefined && CREDENTIALS.has(code)) return 'credentials'
    // Several records carry our id: it is not unique there, and nothing was written.
    return status === 300 ? 'refused' : undefined
  },
  code: (body) => codeOf(body),
}

const codeOf = (body: unknown): string | undefined => ErrorBody.safeParse(body).data

interface Access {
  readonly url: string
  readonly clientId: string
  readonly clientSecret: string
}

/** Our session with one organisation (client credentials). */
export const salesforceSession = (access: Access): KeptSession =>
  new KeptSession({ signIn: (signal) => signedIn(access, signal) })

async function signedIn({ url, clientId, clientSecret }: Access, signal: AbortSignal): Promise<SignedIn> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
  })
  const { access_token: token, instance_url: base } = answerOfReading(
    await exchange({ method: 'POST', base: url, path: 'services/oauth2/token', body, signal }),
    TokenAnswer,
    dialect,
  )
  // Salesforce does not tell when it ends.
  return { token, base, until: Infinity }
}
