import { randomUUID } from 'node:crypto'
import { z } from 'zod'

const areConsecutive = (orders: readonly number[]) =>
  orders.toSorted((one, other) => one - other).every((order, index) => order === index + 1)

/** What is required of an agreement that people shall sign. Fields that this sandbox gives no meaning are refused. */
export const AgreementCreation = z.strictObject({
  name: z.string().min(1).max(255),
  message: z.string().max(10_000).optional(),
  signatureType: z.literal('ESIGN'),
  state: z.enum(['DRAFT', 'IN_PROCESS']),
  externalId: z.strictObject({ id: z.string().min(1) }).optional(),
  fileInfos: z.array(z.strictObject({ transientDocumentId: z.string() })).length(1),
  participantSetsInfo: z
    .array(
      z.strictObject({
        order: z.int(),
        role: z.literal('SIGNER'),
        name: z.string().max(255).optional(),
        memberInfos: z.array(z.strictObject({ email: z.email() })).min(1),
      }),
    )
    .min(1)
    .refine((sets) => areConsecutive(sets.map(({ order }) => order)), 'orders must begin at 1 and leave none out'),
})
export type AgreementCreation = z.infer<typeof AgreementCreation>

export type AgreementStatus = 'DRAFT' | 'OUT_FOR_SIGNATURE' | 'SIGNED' | 'CANCELLED'
/** What befell an agreement, in its history. */
export type AgreementHappening =
  | 'CREATED'
  | 'ACTION_REQUESTED'
  | 'ACTION_COMPLETED'
  | 'SIGNED'
  | 'REJECTED'
  | 'RECALLED'

export interface Participant {
  readonly id: string
  readonly setId: string
  readonly order: number
  readonly name: string
  readonly email: string
  readonly hasSigned: boolean
}
export interface StoredAgreement {
  readonly id: string
  readonly name: string
  readonly message: string | undefined
  readonly status: AgreementStatus
  readonly externalId: string | undefined
  readonly transientDocumentId: string
  readonly participants: readonly Participant[]
  readonly createdDate: string
  readonly history: readonly { readonly type: AgreementHappening; readonly date: string }[]
  readonly comment?: string
}

/** Adobe writes times without thousandths of a second. */
export const timeNow = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z')

const identifier = () => `CBJCHBCAABAA${randomUUID().replaceAll('-', '')}`

export function newAgreement(creation: AgreementCreation): StoredAgreement {
  return {
    id: identifier(),
    name: creation.name,
    message: creation.message,
    status: 'DRAFT',
    externalId: creation.externalId?.id,
    transientDocumentId: creation.fileInfos[0]?.transientDocumentId ?? '',
    participants: creation.participantSetsInfo.map(({ order, name, memberInfos }) => ({
      id: identifier(),
      setId: identifier(),
      order,
      name: name ?? '',
      email: memberInfos[0]?.email ?? '',
      hasSigned: false,
    })),
    createdDate: timeNow(),
    history: [],
  }
}

/** Whose turn it is: the first in the order who has not signed. */
export const nextSigner = ({ status, participants }: StoredAgreement): Participant | undefined =>
  status === 'OUT_FOR_SIGNATURE'
    ? participants.toSorted((one, other) => one.order - other.order).find(({ hasSigned }) => !hasSigned)
    : undefined

export const agreementInfo = ({
  id,
  name,
  message,
  status,
  externalId,
  createdDate,
  participants,
}: StoredAgreement) => ({
  id,
  name,
  message,
  status,
  signatureType: 'ESIGN',
  senderEmail: 'sender@growth.example',
  createdDate,
  ...(externalId === undefined ? {} : { externalId: { id: externalId } }),
  participantSetsInfo: participants.map(({ setId, order, name: own, email }) => ({
    id: setId,
    order,
    role: 'SIGNER',
    name: own,
    memberInfos: [{ email }],
  })),
})

export const membersInfo = (agreement: StoredAgreement) => ({
  participantSets: agreement.participants.map((participant) => ({
    id: participant.setId,
    order: participant.order,
    role: 'SIGNER',
    name: participant.name,
    status: statusOf(participant, agreement),
    memberInfos: [{ id: participant.id, email: participant.email, name: participant.name }],
  })),
})

function statusOf(participant: Participant, agreement: StoredAgreement): string {
  if (participant.hasSigned) return 'COMPLETED'
  if (agreement.status === 'CANCELLED') return 'CANCELLED'
  return nextSigner(agreement)?.id === participant.id ? 'WAITING_FOR_MY_SIGNATURE' : 'NOT_YET_VISIBLE'
}
