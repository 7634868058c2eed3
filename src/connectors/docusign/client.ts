import { type KeyObject, sign } from 'node:crypto'
import { type Exchange, exchange, type HttpRequest } from '../http-exchange.ts'
import { answerOfReading, type Dialect } from '../sorted-answer.ts'
import { ErrorBody, TokenAnswer, UserInfoAnswer } from './contract.ts'

export const dialect: Dialect = {
  vendor: 'DocuSign',
  meaning: (_status, body) => {
    const code = codeOf(body)
    if (code === undefined) return undefined
    if (code.endsWith('_LIMIT_EXCEEDED')) return 'not made'
    return CREDENTIAL_CODES.has(code) ? 'credentials' : undefined
  },
  code: (body) => codeOf(body),
  retryAfterMs: (headers, now) => {
    const resetAtSeconds = Number(headers.get('x-ratelimit-reset') ?? Number.NaN)
    return resetAtSeconds * 1_000 > now ? resetAtSeconds * 1_000 - now : undefined
  },
}

const CREDENTIAL_CODES = new Set([
  'consent_required',
  'invalid_grant',
  'AUTHORIZATION_INVALID_TOKEN',
  'USER_AUTHENTICATION_FAILED',
])

export const codeOf = (body: unknown): string | undefined => ErrorBody.safeParse(body).data?.errorCode

interface Access {
  readonly oauthUrl: string
  readonly accountId: string
  readonly userId: string
  readonly integrationKey: string
  readonly privateKey: KeyObject
}
interface Session {
  readonly token: string
  /** `…/restapi/v2.1/accounts/<id>/`, on the server that holds the account. */
  readonly accountUrl: string
  readonly until: number
}

/** DocuSign lets an assertion live for an hour at most; ours is used at once. */
const ASSERTION_SECONDS = 300
/** A token is not used in its last minute, so that it does not run out on the way. */
const SPARE_MS = 60_000

/** Our session with DocuSign: one token at a time, renewed when it runs out or was refused. */
export class DocuSignSession {
  readonly #access: Access
  #session: Promise<Session> | undefined
  constructor(access: Access) {
    this.#access = access
  }

  /** Throws `EffectNotMade`: without a session nothing can have been changed. */
  async open(signal: AbortSignal): Promise<Pick<HttpRequest, 'base' | 'headers'>> {
    const known = await this.#session?.catch(() => undefined)
    if (known === undefined || known.until <= Date.now()) this.#session = this.#signIn(signal)
    const { accountUrl, token } = await (this.#session ?? this.#signIn(signal))
    return { base: accountUrl, headers: { authorization: `Bearer ${token}` } }
  }

  /** One request within a session. A refused token is forgotten, so that the next attempt signs in anew. */
  async exchange(request: HttpRequest): Promise<Exchange> {
    const result = await exchange(request)
    if (result.kind === 'answered' && result.status === 401) this.#session = undefined
    return result
  }

  async #signIn(signal: AbortSignal): Promise<Session> {
    const { oauthUrl, accountId } = this.#access
    const askedAt = Date.now()
    const form = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: assertionOf(this.#access, Math.floor(askedAt / 1_000)),
    })
    const { access_token: token, expires_in: seconds } = answerOfReading(
      await exchange({ method: 'POST', base: oauthUrl, path: 'oauth/token', body: form, signal }),
      TokenAnswer,
      dialect,
    )
    const headers = { authorization: `Bearer ${token}` }
    const userInfo = answerOfReading(
      await exchange({ method: 'GET', base: oauthUrl, path: 'oauth/userinfo', headers, signal }),
      UserInfoAnswer.transform(({ accounts }, ctx) => {
        const account = accounts.find(({ account_id }) => account_id === accountId)
        if (account === undefined) ctx.addIssue('the user has no such account')
        return account ?? { account_id: accountId, base_uri: '' }
      }),
      dialect,
    )
    return {
      token,
      accountUrl: new URL(`restapi/v2.1/accounts/${accountId}/`, withSlash(userInfo.base_uri)).href,
      until: askedAt + seconds * 1_000 - SPARE_MS,
    }
  }
}

const withSlash = (url: string) => (url.endsWith('/') ? url : `${url}/`)

/** The JSON Web Token (RS256) by which the integration acts for its user. */
function assertionOf({ oauthUrl, userId, integrationKey, privateKey }: Access, issuedAt: number): string {
  const claims = {
    iss: integrationKey,
    sub: userId,
    aud: new URL(oauthUrl).host,
    iat: issuedAt,
    exp: issuedAt + ASSERTION_SECONDS,
    scope: 'signature impersonation',
  }
  const unsigned = `${base64url({ alg: 'RS256', typ: 'JWT' })}.${base64url(claims)}`
  return `${unsigned}.${sign('RSA-SHA256', Buffer.from(unsigned), privateKey).toString('base64url')}`
}

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
