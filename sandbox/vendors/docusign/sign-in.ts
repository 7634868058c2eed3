import { randomBytes, verify } from 'node:crypto'
import { z } from 'zod'
import { type Incoming, jsonOf, type Reply } from '../../http-server.ts'
import type { Operation } from '../../vendor-route.ts'

export interface DocuSignSecrets {
  readonly accountId: string
  readonly userId: string
  readonly integrationKey: string
  readonly privateKey: string
  readonly publicKey: string
  readonly hmacKey: string
}

const TOKEN_SECONDS = 3_600
const LONGEST_ASSERTION_SECONDS = 3_600
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

const Header = z.object({ alg: z.literal('RS256'), typ: z.literal('JWT') })
const Claims = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.string(),
  iat: z.number(),
  exp: z.number(),
  scope: z.string(),
})

const refused = (error: string): Reply => ({ status: 400, body: { error } })

/** The sign-in server. Its tokens live in memory: after a restart a client must sign in again, as after any revocation. */
export function docusignSignIn(account: DocuSignSecrets) {
  const tokens = new Set<string>()
  const isSignedIn = ({ headers: { authorization = '' } }: Incoming) => tokens.has(authorization.replace('Bearer ', ''))
  const operations: readonly Operation[] = [
    {
      name: 'signIn',
      method: 'POST',
      path: '/docusign/oauth/token',
      guard: () => undefined,
      answer: ({ raw, headers }) => {
        const form = new URLSearchParams(raw.toString('utf8'))
        if (form.get('grant_type') !== GRANT) return refused('unsupported_grant_type')
        if (!isOurAssertion(form.get('assertion') ?? '', headers.host ?? '', account)) return refused('invalid_grant')
        const token = randomBytes(24).toString('base64url')
        tokens.add(token)
        return { status: 200, body: { access_token: token, token_type: 'Bearer', expires_in: TOKEN_SECONDS } }
      },
    },
    {
      name: 'readUser',
      method: 'GET',
      path: '/docusign/oauth/userinfo',
      guard: (incoming) => (isSignedIn(incoming) ? undefined : { status: 401, body: { error: 'invalid_token' } }),
      answer: ({ headers }) => ({
        status: 200,
        body: {
          sub: account.userId,
          name: 'Sandbox',
          accounts: [
            {
              account_id: account.accountId,
              account_name: 'Sandbox',
              is_default: true,
              base_uri: `http://${headers.host}/docusign`,
            },
          ],
        },
      }),
    },
  ]
  return { operations, isSignedIn, revokeAll: () => tokens.clear() }
}

function isOurAssertion(assertion: string, host: string, account: DocuSignSecrets): boolean {
  const [header = '', claims = '', signature = ''] = assertion.split('.')
  const signed = verify(
    'RSA-SHA256',
    Buffer.from(`${header}.${claims}`),
    account.publicKey,
    Buffer.from(signature, 'base64url'),
  )
  const parsed = Claims.safeParse(jsonOf(Buffer.from(claims, 'base64url')))
  if (!signed || !parsed.success || !Header.safeParse(jsonOf(Buffer.from(header, 'base64url'))).success) return false
  const { iss, sub, aud, iat, exp, scope } = parsed.data
  const scopes = scope.split(' ')
  return (
    iss === account.integrationKey &&
    sub === account.userId &&
    aud === host &&
    exp * 1_000 > Date.now() &&
    exp - iat <= LONGEST_ASSERTION_SECONDS &&
    scopes.includes('signature') &&
    scopes.includes('impersonation')
  )
}
