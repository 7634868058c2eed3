import { z } from 'zod'
import { contract, days, gate, signal, workingDays } from '../../../flow/index.ts'
import { personal } from '../../../trust/personal.ts'
import { Mobile, Registration } from './identifiers.ts'

export const Partnership = z.enum(['referral', 'distribution', 'technology', 'strategic', 'government'])
export type Partnership = z.infer<typeof Partnership>

/** The regions of the Kingdom, and the other countries of the Gulf as one. */
export const Territory = z.enum([
  'riyadh',
  'makkah',
  'madinah',
  'qassim',
  'eastern',
  'asir',
  'tabuk',
  'hail',
  'northern-borders',
  'jazan',
  'najran',
  'bahah',
  'jouf',
  'gcc',
])
export type Territory = z.infer<typeof Territory>

const Territories = z.array(Territory).min(1).max(Territory.options.length)

/** One line of text: it stands in subjects and headings. */
const line = (min: number, max: number) =>
  z
    .string()
    .trim()
    .min(min)
    .max(max)
    .regex(/^\P{Cc}*$/u, 'one line of text — سطر واحد من النص')

/** Who the partner is. Company names are not personal; the person behind them is. */
const partner = {
  company: line(2, 200),
  registration: Registration,
  contact: z.object({
    name: personal(line(2, 120)),
    email: personal(z.email().max(254), { identifies: true }),
    mobile: personal(Mobile),
  }),
  /** The language that the partner is written to in. */
  language: z.enum(['ar', 'en']),
  partnership: Partnership,
}

export const PartnerApplication = z
  .object({
    ...partner,
    territories: Territories,
    yearsActive: z.int().min(0).max(300),
    employees: z.int().min(1).max(1_000_000),
    annualRevenueSar: z.int().min(0).max(1_000_000_000_000),
    representsCompetitor: z.boolean(),
  })
  .refine(({ partnership, registration }) => (partnership === 'government') === (registration.kind === 'government'), {
    path: ['registration'],
    error:
      'a government partnership is with a government entity, and only that — الشراكة الحكومية مع جهة حكومية دون غيرها',
  })
export interface PartnerApplication extends z.infer<typeof PartnerApplication> {}

const Said = z.object({ en: z.string(), ar: z.string() })

/** How well the applicant fits, from 0 to 100, and what each point was given for. */
export const Fit = z.object({
  score: z.int().min(0).max(100),
  reasons: z.array(z.object({ points: z.int(), of: z.int(), why: Said })),
})
export interface Fit extends z.infer<typeof Fit> {}

export const CommissionPercent = z.number().min(0).max(50)
export const PaymentDays = z.int().min(15).max(90)
export const TermMonths = z.int().min(12).max(60)
/** Terms go to the partner in five rounds at most. */
const Round = z.int().min(1).max(5)

/** What is offered, to whom. This is what legal and executive decisions are made on, and what effects are held to. */
export const Terms = z.object({
  ...partner,
  round: Round,
  /** Counts every change, so that no two versions of the terms are the same. */
  revision: z.int().min(1),
  territories: Territories,
  exclusive: z.boolean(),
  termMonths: TermMonths,
  /** Of the net receipts. Nothing is paid to a government entity. */
  commissionPercent: CommissionPercent,
  currency: z.literal('SAR'),
  /** Days after receipt within which commission is paid. */
  paymentDays: PaymentDays,
  /** Clauses of their own, in the words of the legal review. */
  conditions: z.array(z.string()),
})
export interface Terms extends z.infer<typeof Terms> {}

export const CounterOffer = z.object({
  answer: z.literal('counter'),
  round: Round,
  commissionPercent: CommissionPercent,
  paymentDays: PaymentDays.optional(),
  note: z.string().trim().max(2_000).default(''),
})
export interface CounterOffer extends z.infer<typeof CounterOffer> {}

/** The round is fixed by the link that the partner answers through. */
export const PartnerReply = z.discriminatedUnion('answer', [
  z.object({ answer: z.literal('accept'), round: Round }),
  CounterOffer,
  z.object({ answer: z.literal('decline'), round: Round, because: z.string().trim().max(2_000).default('') }),
])
export type PartnerReply = z.infer<typeof PartnerReply>

/** The account by which the partner enters the portal. No password is made, kept or sent. */
export const PortalAccess = z.object({ account: z.string() })
export const Activation = z.object({
  recordId: z.string(),
  portalAccount: z.string(),
  /** In which round of terms they came together. */
  round: Round,
  commissionPercent: CommissionPercent,
})
export interface Activation extends z.infer<typeof Activation> {}

const Note = z.object({ note: z.string().trim().max(2_000).default('') })

export const partnerApproval = contract({
  name: 'partner-approval',
  version: 1,
  title: { en: 'Partner approval', ar: 'اعتماد الشركاء' },
  lasts: { from: days(1), to: days(14) },
  input: PartnerApplication,
  output: Activation,
  endings: {
    declined: { en: 'Declined by the partner', ar: 'اعتذر الشريك' },
    'no agreement': { en: 'No agreement after five rounds', ar: 'لم يُتوصل إلى اتفاق بعد خمس جولات' },
    'no answer': { en: 'No answer from the partner', ar: 'لم يرد الشريك' },
    'not signed': { en: 'Not signed', ar: 'لم تُوقّع الاتفاقية' },
  },
  gates: {
    managerReview: gate({
      title: { en: 'Review the application', ar: 'مراجعة الطلب' },
      packet: z.object({ application: PartnerApplication, fit: Fit }),
      subject: 'application',
      decision: Note,
      approvers: 'manager',
      within: workingDays(3),
      onExpiry: 'undo',
      onReturn: 'never',
      // What follows is inside, or was allowed beforehand; terms leave only after the legal review.
      authorises: {},
    }),
    legalReview: gate({
      title: { en: 'Legal review of the terms', ar: 'المراجعة القانونية للشروط' },
      packet: z.object({ terms: Terms, counterOffer: CounterOffer.nullable() }),
      subject: 'terms',
      decision: Note,
      approvers: 'legal',
      within: workingDays(2),
      escalate: { after: workingDays(3), to: 'c-level' },
      onExpiry: 'undo',
      onReturn: 'value',
      authorises: { approved: ['sendTerms', 'sendRevisedTerms', 'noticeByWhatsApp', 'remindPartner'] },
    }),
    executiveApproval: gate({
      title: { en: 'Approval of the agreed terms', ar: 'اعتماد الشروط المتفق عليها' },
      packet: z.object({ terms: Terms, partnership: Partnership, fit: Fit }),
      subject: 'terms',
      decision: Note,
      approvers: {
        by: 'partnership',
        table: {
          referral: 'manager',
          distribution: 'director',
          technology: 'vp',
          strategic: 'c-level',
          government: { every: ['c-level', 'legal'] },
        },
      },
      within: workingDays(3),
      onExpiry: 'undo',
      onReturn: 'never',
      authorises: { approved: ['sendEnvelope', 'remindSigner', 'activateRecord', 'welcome'] },
    }),
  },
  signals: {
    partnerReply: signal({ title: { en: 'Answer of the partner', ar: 'رد الشريك' }, payload: PartnerReply }),
    agreementSigned: signal({
      title: { en: 'Agreement signed by all', ar: 'وقّع الجميع الاتفاقية' },
      payload: z.object({}),
      from: { system: 'esign', event: 'signed' },
      pivot: true,
    }),
    agreementDeclined: signal({
      title: { en: 'Signature refused', ar: 'رُفض التوقيع' },
      payload: z.object({}),
      from: { system: 'esign', event: 'declined' },
    }),
  },
})
