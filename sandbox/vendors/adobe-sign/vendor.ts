import { randomBytes, randomUUID } from 'node:crypto'
import { action } from '../../button.ts'
import { jsonOf } from '../../http-server.ts'
import { defineVendor } from '../../vendor.ts'
import type { WebhookAnswer } from '../../webhook-queue.ts'
import { AdobeSignAccount } from './account.ts'
import { agreementCard } from './card.ts'
import { notificationOf } from './notification.ts'
import { adobeNoes, adobeOperations, combined } from './operations.ts'
import { type AdobeSignSecrets, adobeSignIn } from './sign-in.ts'

export const adobeSign = defineVendor({
  key: 'adobe-sign',
  name: { en: 'Adobe Acrobat Sign', ar: 'أدوبي أكروبات ساين' },
  usual: false,
  terms: {
    DRAFT: 'مسودة',
    OUT_FOR_SIGNATURE: 'بانتظار التوقيع',
    SIGNED: 'موقعة',
    CANCELLED: 'ملغاة',
    'agreement drafted': 'أُعدت مسودة اتفاقية',
    'signers reminded': 'ذُكّر الموقعون',
  },
  open: ({ record, secrets, routes, target, tell }) => {
    const known = secrets(newSecrets)
    const url = target(known.clientId)
    const account = new AdobeSignAccount(record, (event, agreement) => tell(url, notificationOf(event, agreement, url)))
    const agreements = () => account.agreements.all()
    const sign = (agreement: string, participant: string) => record.together(() => account.sign(agreement, participant))
    const decline = (agreement: string, participant: string) =>
      record.together(() => account.decline(agreement, participant))
    const signIn = adobeSignIn(known)
    return {
      agreements,
      sign,
      decline,
      /** Ends every session, as an administrator can. */
      revokeTokens: () => signIn.revokeAll(),
      /** Tells what is not so, as anybody could who knows the id of the application. */
      lie: (event: string, agreement: string) => {
        const found = account.agreements.get(agreement)
        if (found !== undefined) tell(url, notificationOf(event, { ...found, status: 'SIGNED' }, url))
      },
      routes: [
        ...routes(signIn.operations, adobeNoes),
        ...routes(adobeOperations(account, signIn.isSignedIn), adobeNoes),
        {
          method: 'GET',
          path: '/inspect/agreements/:agreement/document',
          answer: ({ params }) => {
            const agreement = account.agreements.get(params['agreement'] ?? '')
            const body = agreement === undefined ? Buffer.alloc(0) : combined(agreement, account)
            return {
              status: 200,
              headers: { 'content-type': 'application/pdf', 'x-content-type-options': 'nosniff' },
              body,
            }
          },
        },
        action('/inspect/agreements/:agreement/sign/:participant', ({ params }) =>
          sign(params['agreement'] ?? '', params['participant'] ?? ''),
        ),
        action('/inspect/agreements/:agreement/decline/:participant', ({ params }) =>
          decline(params['agreement'] ?? '', params['participant'] ?? ''),
        ),
      ],
      settings: (sandbox) => ({
        SIJIL_ADOBE_SIGN_URL: `${sandbox}/adobe-sign`,
        SIJIL_ADOBE_SIGN_CLIENT_ID: known.clientId,
        SIJIL_ADOBE_SIGN_CLIENT_SECRET: known.clientSecret,
        SIJIL_ADOBE_SIGN_REFRESH_TOKEN: known.refreshToken,
      }),
      views: { agreements },
      tab: {
        name: 'envelopes',
        cards: (reader) =>
          agreements().map((agreement) => ({
            at: Date.parse(agreement.createdDate),
            markup: agreementCard(agreement, reader),
          })),
      },
      webhooks: {
        sign: () => ({ 'x-adobesign-clientid': known.clientId }),
        taken: (answer) => isAcknowledged(answer, known.clientId),
      },
    }
  },
})

/** A status alone is not enough: the id must come back, in a header or in the body. */
function isAcknowledged({ status, headers, text }: WebhookAnswer, clientId: string): boolean {
  if (status < 200 || status > 299) return false
  const body = jsonOf(Buffer.from(text))
  const said = typeof body === 'object' && body !== null && 'xAdobeSignClientId' in body ? body.xAdobeSignClientId : ''
  return headers.get('x-adobesign-clientid') === clientId || said === clientId
}

const newSecrets = (): AdobeSignSecrets => ({
  clientId: `CBJ${randomUUID().replaceAll('-', '')}`,
  clientSecret: randomBytes(24).toString('base64url'),
  refreshToken: `3AAA${randomBytes(24).toString('base64url')}`,
})
