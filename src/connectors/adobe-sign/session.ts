import { exchange, rootOf } from '../http-exchange.ts'
import { KeptSession, type SignedIn, usedUntil } from '../kept-session.ts'
import { answerOfReading, type Dialect } from '../sorted-answer.ts'
import { BaseUris, ErrorBody, TokenAnswer } from './contract.ts'

/** The account has moved to other servers: nothing was done, and its new address must be asked for. */
const MOVED = 'INVALID_API_ACCESS_POINT'
const CREDENTIALS = new Set(['INVALID_ACCESS_TOKEN', 'NO_AUTHORIZATION_HEADER', 'invalid_grant', 'invalid_client'])

export const dialect: Dialect = {
  vendor: 'Acrobat Sign',
  meaning: (_status, body) => {
    const code = codeOf(body)
    if (code === MOVED) return 'not made'
    return code !== undefined && CREDENTIALS.has(code) ? 'credentials' : undefined
  },
  code: (body) => codeOf(body),
}

const codeOf = (body: unknown): string | undefined => ErrorBody.safeParse(body).data?.code

interface Access {
  readonly url: string
  readonly clientId: string
  readonly clientSecret: string
  readonly refreshToken: string
}

const INTERFACE = 'api/rest/v6/'

/** Our session with one account: a token and the servers that hold it, renewed together when either was refused. */
export const adobeSignSession = (access: Access): KeptSession =>
  new KeptSession({
    signIn: (signal) => signedIn(access, signal),
    isOver: ({ body }) => codeOf(body) === MOVED,
  })

async function signedIn(access: Access, signal: AbortSignal): Promise<SignedIn> {
  const { url, clientId, clientSecret, refreshToken } = access
  const askedAt = Date.now()
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
  })
  const { access_token: token, expires_in: seconds } = answerOfReading(
    await exchange({ method: 'POST', base: url, path: 'oauth/v2/refresh', body, signal }),
    TokenAnswer,
    dialect,
  )
  const headers = { authorization: `Bearer ${token}` }
  const { apiAccessPoint } = answerOfReading(
    await exchange({ method: 'GET', base: url, path: `${INTERFACE}baseUris`, headers, signal }),
    BaseUris,
    dialect,
  )
  const base = new URL(INTERFACE, rootOf(apiAccessPoint)).href
  return { token, base, until: usedUntil(askedAt, seconds) }
}
