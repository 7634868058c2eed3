import { randomUUID } from 'node:crypto'
import { agreementInfo, membersInfo, type StoredAgreement, timeNow } from './agreement.ts'

const WEBHOOK_ID = randomUUID()

/** What Acrobat Sign tells of an agreement. It is signed by nobody. */
export const notificationOf = (event: string, agreement: StoredAgreement, url: string | undefined) => {
  const { participantSetsInfo: _given, senderEmail, ...info } = agreementInfo(agreement)
  return {
    webhookId: WEBHOOK_ID,
    webhookName: 'Sijil',
    webhookNotificationId: randomUUID(),
    webhookUrlInfo: { url: url ?? '' },
    webhookScope: 'ACCOUNT',
    webhookNotificationApplicableUsers: [
      { id: 'sender', email: senderEmail, role: 'SENDER', payloadApplicable: 'true' },
    ],
    event,
    eventDate: timeNow(),
    eventResourceType: 'agreement',
    initiatingUserId: 'sender',
    initiatingUserEmail: senderEmail,
    agreement: {
      ...info,
      senderEmail,
      participantSetsInfo: {
        participantSets: membersInfo(agreement).participantSets.map(({ memberInfos, ...set }) => ({
          ...set,
          memberInfos,
        })),
      },
    },
  }
}
