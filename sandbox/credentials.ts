import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import type { SandboxRecord } from './record.ts'

/** What a client needs to be let in by each vendor. Made once for each record, so that they survive a restart. */
export interface Credentials {
  readonly smtp: { readonly user: string; readonly password: string; readonly from: string }
  readonly whatsapp: {
    readonly phoneNumberId: string
    readonly token: string
    readonly appSecret: string
    readonly verifyToken: string
  }
  readonly hubspot: { readonly token: string }
  readonly docusign: {
    readonly accountId: string
    readonly userId: string
    readonly integrationKey: string
    readonly privateKey: string
    readonly publicKey: string
    readonly hmacKey: string
  }
}

export function credentialsOf(record: SandboxRecord): Credentials {
  const kept = record.collection<Credentials>('credentials')
  const known = kept.get('all')
  if (known !== undefined) return known
  const made = newCredentials()
  kept.put('all', made)
  return made
}

function newCredentials(): Credentials {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  return {
    smtp: { user: 'sijil', password: secret(), from: 'sijil@growth.example' },
    whatsapp: { phoneNumberId: '106540352242922', token: secret(), appSecret: secret(), verifyToken: secret() },
    hubspot: { token: secret() },
    docusign: {
      accountId: randomUUID(),
      userId: randomUUID(),
      integrationKey: randomUUID(),
      privateKey,
      publicKey,
      hmacKey: randomBytes(32).toString('base64'),
    },
  }
}

const secret = () => randomBytes(18).toString('base64url')

/** The environment in which the connectors find the sandbox instead of the vendors. */
export const environmentFor = (
  { smtp, whatsapp, hubspot, docusign }: Credentials,
  url: string,
  smtpPort: number,
  webhookTarget: string | undefined,
): Readonly<Record<string, string>> => ({
  SIJIL_SMTP_URL: `smtp://${smtp.user}:${smtp.password}@127.0.0.1:${smtpPort}`,
  SIJIL_SMTP_FROM: smtp.from,
  SIJIL_WHATSAPP_URL: `${url}/whatsapp`,
  SIJIL_WHATSAPP_PHONE_NUMBER_ID: whatsapp.phoneNumberId,
  SIJIL_WHATSAPP_TOKEN: whatsapp.token,
  SIJIL_WHATSAPP_APP_SECRET: whatsapp.appSecret,
  SIJIL_WHATSAPP_VERIFY_TOKEN: whatsapp.verifyToken,
  SIJIL_HUBSPOT_URL: `${url}/hubspot`,
  SIJIL_HUBSPOT_TOKEN: hubspot.token,
  SIJIL_DOCUSIGN_OAUTH_URL: `${url}/docusign`,
  SIJIL_DOCUSIGN_ACCOUNT_ID: docusign.accountId,
  SIJIL_DOCUSIGN_USER_ID: docusign.userId,
  SIJIL_DOCUSIGN_INTEGRATION_KEY: docusign.integrationKey,
  SIJIL_DOCUSIGN_PRIVATE_KEY: docusign.privateKey,
  SIJIL_DOCUSIGN_HMAC_KEYS: docusign.hmacKey,
  ...(webhookTarget === undefined ? {} : { SIJIL_DOCUSIGN_WEBHOOK_URL: webhookTarget }),
})
