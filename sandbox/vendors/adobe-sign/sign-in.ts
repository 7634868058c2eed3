import { randomBytes } from 'node:crypto'
import type { Incoming, Reply } from '../../http-server.ts'
import type { Operation } from '../../vendor-route.ts'

export interface AdobeSignSecrets {
  readonly clientId: string
  readonly clientSecret: string
  readonly refreshToken: string
}

const refused = (error: string): Reply => ({ status: 400, body: { error, error_description: 'not accepted' } })

/** The servers that hold the account: another address than the one at which tokens are refreshed. */
export const SHARD = '/adobe-sign/eu1'

/** The sign-in server. Its tokens live in memory: after a restart a client must refresh its token again. */
export function adobeSignIn(known: AdobeSignSecrets) {
  const tokens = new Set<string>()
  const isSignedIn = ({ headers: { authorization = '' } }: Incoming) => tokens.has(authorization.replace('Bearer ', ''))
  const operations: readonly Operation[] = [
    {
      name: 'signIn',
      method: 'POST',
      path: '/adobe-sign/oauth/v2/refresh',
      guard: () => undefined,
      answer: ({ raw }) => {
        const form = new URLSearchParams(raw.toString('utf8'))
        if (form.get('grant_type') !== 'refresh_token') return refused('unsupported_grant_type')
        if (form.get('client_id') !== known.clientId || form.get('client_secret') !== known.clientSecret)
          return refused('invalid_client')
        if (form.get('refresh_token') !== known.refreshToken) return refused('invalid_grant')
        const token = randomBytes(24).toString('base64url')
        tokens.add(token)
        return { status: 200, body: { access_token: token, token_type: 'Bearer', expires_in: 3_600 } }
      },
    },
    {
      name: 'readBaseUris',
      method: 'GET',
      path: '/adobe-sign/api/rest/v6/baseUris',
      guard: (incoming) => (isSignedIn(incoming) ? undefined : NOT_SIGNED_IN),
      answer: ({ headers }) => {
        const address = `http://${headers.host}${SHARD}/`
        return { status: 200, body: { apiAccessPoint: address, webAccessPoint: address } }
      },
    },
  ]
  return { operations, isSignedIn, revokeAll: () => tokens.clear() }
}

export const NOT_SIGNED_IN: Reply = {
  status: 401,
  body: { code: 'INVALID_ACCESS_TOKEN', message: 'Access token provided is invalid or has expired' },
}
