import { type KeyObject, sign } from 'node:crypto'
import { exchange, rootOf } from '../http-exchange.ts'
import { KeptSession, type SignedIn, usedUntil } from '../kept-session.ts'
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

/** DocuSign lets an assertion live for an hour at most; ours is used at once. */
const ASSERTION_SECONDS = 300

/** Our session with one account, on the server that holds it. */
export const docusignSession = (access: Access): KeptSession =>
  new KeptSession({ signIn: (signal) => signedIn(access, signal) })

async function signedIn(access: Access, signal: AbortSignal): Promise<SignedIn> {
  const { oauthUrl, accountId } = access
  const askedAt = Date.now()
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: assertionOf(access, Math.floor(askedAt / 1_000)),
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
  const base = new URL(`restapi/v2.1/accounts/${accountId}/`, rootOf(userInfo.base_uri)).href
  return { token, base, until: usedUntil(askedAt, seconds) }
}

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
