import { type Exchange, exchange, type HttpRequest } from '../http-exchange.ts'
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

/** Our session with one organisation (client credentials): one token, taken anew when it was refused. Its end is not told. */
export class SalesforceSession {
  readonly #access: Access
  #opened: Promise<Pick<HttpRequest, 'base' | 'headers'>> | undefined
  constructor(access: Access) {
    this.#access = access
  }

  /** Throws `EffectNotMade`: without a session nothing can have been changed. */
  async open(signal: AbortSignal): Promise<Pick<HttpRequest, 'base' | 'headers'>> {
    const known = await this.#opened?.catch(() => undefined)
    if (known !== undefined) return known
    this.#opened = this.#signIn(signal)
    return this.#opened
  }

  async exchange(request: HttpRequest): Promise<Exchange> {
    const result = await exchange(request)
    if (result.kind === 'answered' && result.status === 401) this.#opened = undefined
    return result
  }

  async #signIn(signal: AbortSignal): Promise<Pick<HttpRequest, 'base' | 'headers'>> {
    const { url, clientId, clientSecret } = this.#access
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
    return { base, headers: { authorization: `Bearer ${token}` } }
  }
}
