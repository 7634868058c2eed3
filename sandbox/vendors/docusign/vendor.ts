import { createHmac, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import type { Reply } from '../../http-server.ts'
import { action } from '../../button.ts'
import { defineVendor } from '../../vendor.ts'
import { DocuSignAccount, docusignNoes, docusignOperations } from './account.ts'
import { envelopeCard } from './card.ts'
import { connectBodyOf } from './envelope.ts'
import { type DocuSignSecrets, docusignSignIn } from './sign-in.ts'

export const docusign = defineVendor({
  key: 'docusign',
  name: { en: 'DocuSign', ar: 'دوكيوساين' },
  usual: true,
  open: ({ record, options, secrets, routes, target, tell }) => {
    const known = secrets(newSecrets)
    const { accountId, userId, hmacKey } = known
    const account = new DocuSignAccount(record, (event, envelope) => {
      const { eventNotification } = envelope
      const wanted = eventNotification === undefined || eventNotification.events.includes(event)
      if (wanted) tell(eventNotification?.url ?? target(accountId), connectBodyOf(event, envelope, accountId, userId))
    })
    const envelopes = () => account.envelopes.all()
    /** What is not a signer's turn, or closed, changes nothing. */
    const sign = (envelopeId: string, recipientId: string) =>
      record.together(() => account.sign(envelopeId, recipientId))
    const decline = (envelopeId: string, recipientId: string) =>
      record.together(() => account.decline(envelopeId, recipientId))
    const signIn = docusignSignIn(known)
    return {
      envelopes,
      sign,
      decline,
      /** Ends every session, as its administrators can. */
      revokeTokens: () => signIn.revokeAll(),
      routes: [
        ...routes(signIn.operations, docusignNoes),
        ...routes(docusignOperations(account, accountId, signIn.isSignedIn), docusignNoes),
        {
          method: 'GET',
          path: '/inspect/envelopes/:envelope/document',
          answer: ({ params }) => documentOf(account, params['envelope'] ?? ''),
        },
        action('/inspect/envelopes/:envelope/sign/:recipient', ({ params }) =>
          sign(params['envelope'] ?? '', params['recipient'] ?? ''),
        ),
        action('/inspect/envelopes/:envelope/decline/:recipient', ({ params }) =>
          decline(params['envelope'] ?? '', params['recipient'] ?? ''),
        ),
      ],
      settings: (url) => settingsOf(known, url, options.webhookTarget),
      views: { envelopes },
      tab: {
        name: 'envelopes',
        cards: (reader) =>
          envelopes().map((envelope) => ({
            at: Date.parse(envelope.createdDateTime),
            markup: envelopeCard(envelope, reader),
          })),
      },
      webhooks: {
        sign: (raw) => ({
          'x-authorization-digest': 'HMACSHA256',
          'x-docusign-signature-1': createHmac('sha256', hmacKey).update(raw).digest('base64'),
        }),
      },
    }
  },
})

function newSecrets(): DocuSignSecrets {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  return {
    accountId: randomUUID(),
    userId: randomUUID(),
    integrationKey: randomUUID(),
    privateKey,
    publicKey,
    hmacKey: randomBytes(32).toString('base64'),
  }
}

const settingsOf = (
  { accountId, userId, integrationKey, privateKey, hmacKey }: DocuSignSecrets,
  url: string,
  webhookTarget: string | undefined,
) => ({
  SIJIL_DOCUSIGN_OAUTH_URL: `${url}/docusign`,
  SIJIL_DOCUSIGN_ACCOUNT_ID: accountId,
  SIJIL_DOCUSIGN_USER_ID: userId,
  SIJIL_DOCUSIGN_INTEGRATION_KEY: integrationKey,
  SIJIL_DOCUSIGN_PRIVATE_KEY: privateKey,
  SIJIL_DOCUSIGN_HMAC_KEYS: hmacKey,
  ...(webhookTarget === undefined ? {} : { SIJIL_DOCUSIGN_WEBHOOK_URL: webhookTarget }),
})

function documentOf({ envelopes }: DocuSignAccount, envelopeId: string): Reply {
  const document = envelopes.get(envelopeId)?.documents[0]
  const type = document?.fileExtension === 'pdf' ? 'application/pdf' : 'text/plain; charset=utf-8'
  const headers = { 'content-type': type, 'x-content-type-options': 'nosniff' }
  return { status: 200, headers, body: Buffer.from(document?.documentBase64 ?? '', 'base64') }
}
