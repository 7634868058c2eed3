import { randomBytes } from 'node:crypto'
import type { Incoming } from '../../http-server.ts'
import type { Operation } from '../../vendor-route.ts'

export interface SalesforceSecrets {
  readonly clientId: string
  readonly clientSecret: string
}

/** The sign-in of an external client app. Its tokens live in memory: after a restart a client must sign in again. */
export function salesforceSignIn({ clientId, clientSecret }: SalesforceSecrets) {
  const tokens = new Set<string>()
  const isSignedIn = ({ headers: { authorization = '' } }: Incoming) => tokens.has(authorization.replace('Bearer ', ''))
  const operation: Operation = {
    name: 'signIn',
    method: 'POST',
    path: '/salesforce/services/oauth2/token',
    guard: () => undefined,
    answer: ({ raw, headers }) => {
      const form = new URLSearchParams(raw.toString('utf8'))
      const known = form.get('client_id') === clientId && form.get('client_secret') === clientSecret
      if (form.get('grant_type') !== 'client_credentials')
        return { status: 400, body: { error: 'unsupported_grant_type' } }
      if (!known)
        return { status: 400, body: { error: 'invalid_client', error_description: 'invalid client credentials' } }
      const token = `00D${randomBytes(24).toString('base64url')}`
      tokens.add(token)
      return {
        status: 200,
        body: {
          access_token: token,
          instance_url: `http://${headers.host}/salesforce`,
          token_type: 'Bearer',
          issued_at: String(Date.now()),
        },
      }
    },
  }
  return { operation, isSignedIn, revokeAll: () => tokens.clear() }
}
