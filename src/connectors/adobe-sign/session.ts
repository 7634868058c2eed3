import { type Exchange, exchange, type HttpRequest } from '../http-exchange.ts'
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
interface Session {
  readonly token: string
  /** `…/api/rest/v6/`, on the servers that hold the account. */
  readonly base: string
  readonly until: number
}

/** A token is not used in its last minute, so that it does not run out on the way. */
const SPARE_MS = 60_000
const INTERFACE = 'api/rest/v6/'

/** Our session with one account: a token and the servers that hold it, renewed together when either was refused. */
export class AdobeSignSession {
  readonly #access: Access
  #session: Promise<Session> | undefined
  constructor(access: Access) {
    this.#access = access
  }

  /** One request within a session. Throws `EffectNotMade` when there is none: then nothing can have been changed. */
  async exchange(request: Omit<HttpRequest, 'base'>): Promise<Exchange> {
    const session = await this.open(request.signal)
    const headers = { authorization: `Bearer ${session.token}`, ...request.headers }
    const result = await exchange({ ...request, base: session.base, headers })
    const isRefused = result.kind === 'answered' && (result.status === 401 || codeOf(result.body) === MOVED)
    // Another call may have a newer one by now.
    if (isRefused && (await this.#session?.catch(() => session)) === session) this.#session = undefined
    return result
  }

  async open(signal: AbortSignal): Promise<Session> {
    const pending = this.#session
    const known = await pending?.catch(() => undefined)
    if (known !== undefined && known.until > Date.now()) return known
    // Of several that find none, the first one signs in for all.
    if (this.#session === pending) this.#session = this.#signIn(signal)
    return this.#session ?? this.open(signal)
  }

  async #signIn(signal: AbortSignal): Promise<Session> {
    const { url, clientId, clientSecret, refreshToken } = this.#access
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
    const base = new URL(INTERFACE, apiAccessPoint.endsWith('/') ? apiAccessPoint : `${apiAccessPoint}/`).href
    return { token, base, until: askedAt + seconds * 1_000 - SPARE_MS }
  }
}
