import type { z } from 'zod'
import {
  CommissionPercent,
  type CounterOffer,
  type Fit,
  type PartnerApplication,
  type Partnership,
  PaymentDays,
  TermMonths,
  type Terms,
} from './contract.ts'
import { STRONG_FIT } from './fit.ts'
import { westernDigits } from './identifiers.ts'

/** What the organisation offers each kind of partner, and how far it goes. Percent of net receipts, months, days. */
interface Offer {
  readonly commission: number
  readonly strongCommission: number
  readonly ceiling: number
  readonly termMonths: number
  readonly paymentDays: number
  readonly mayBeExclusive: boolean
}
const offers: Readonly<Record<Partnership, Offer>> = {
  referral: {
    commission: 8,
    strongCommission: 10,
    ceiling: 12,
    termMonths: 12,
    paymentDays: 30,
    mayBeExclusive: false,
  },
  distribution: {
    commission: 15,
    strongCommission: 18,
    ceiling: 22,
    termMonths: 24,
    paymentDays: 45,
    mayBeExclusive: true,
  },
  technology: {
    commission: 12,
    strongCommission: 14,
    ceiling: 18,
    termMonths: 24,
    paymentDays: 30,
    mayBeExclusive: false,
  },
  strategic: {
    commission: 15,
    strongCommission: 20,
    ceiling: 25,
    termMonths: 36,
    paymentDays: 45,
    mayBeExclusive: true,
  },
  // Paying a public entity a share of sales would be improper, whatever it asks for.
  government: {
    commission: 0,
    strongCommission: 0,
    ceiling: 0,
    termMonths: 36,
    paymentDays: 60,
    mayBeExclusive: false,
  },
}

/** The first offer, from the kind of partnership and the fit. */
export function draftOf(application: PartnerApplication, { score }: Fit): Terms {
  const { company, registration, contact, language, partnership, territories } = application
  const offer = offers[partnership]
  const strong = score >= STRONG_FIT
  return {
    company,
    registration,
    contact,
    language,
    partnership,
    round: 1,
    revision: 1,
    territories: [...new Set(territories)],
    exclusive: offer.mayBeExclusive && strong && !application.representsCompetitor,
    termMonths: offer.termMonths,
    commissionPercent: strong ? offer.strongCommission : offer.commission,
    currency: 'SAR',
    paymentDays: offer.paymentDays,
    conditions: [],
  }
}

/** The next round: half of the way towards what the partner asks for, in half percents, and never above the ceiling. */
export function revisionOf(terms: Terms, { commissionPercent, paymentDays }: CounterOffer): Terms {
  const asked = Math.min(commissionPercent, offers[terms.partnership].ceiling)
  const halfWay = Math.ceil(terms.commissionPercent + asked) / 2
  return {
    ...terms,
    round: terms.round + 1,
    revision: terms.revision + 1,
    // An amendment may stand above the ceiling: what was offered is not taken back.
    commissionPercent:
      asked <= terms.commissionPercent ? Math.min(commissionPercent, terms.commissionPercent) : halfWay,
    paymentDays: paymentDays === undefined ? terms.paymentDays : Math.floor((terms.paymentDays + paymentDays) / 2),
  }
}

/**
 * The terms as the legal review wants them. A line such as `commission: 9` or «مدة السداد: ٣٠» changes that field; any other
 * line becomes a condition of its own, in the reviewer's words.
 */
export function amendmentOf(terms: Terms, comments: string): Terms {
  const changes: Change = {}
  const conditions = [...terms.conditions]
  for (const line of comments.split('\n').map((text) => text.trim())) {
    const change = changeIn(line)
    if (change !== undefined) Object.assign(changes, change)
    else if (line !== '') conditions.push(line)
  }
  return { ...terms, ...changes, conditions, revision: terms.revision + 1 }
}

type Change = Partial<Pick<Terms, 'commissionPercent' | 'paymentDays' | 'termMonths' | 'exclusive'>>

function changeIn(line: string): Change | undefined {
  const [, field = '', value = ''] = /^([\p{L} ]+?)\s*[::]\s*(.+)$/u.exec(line) ?? []
  const text = westernDigits(value)
  switch (field.toLowerCase()) {
    case 'commission':
    case 'العمولة':
      return valid(CommissionPercent, numberIn(text), (commissionPercent) => ({ commissionPercent }))
    case 'payment days':
    case 'مدة السداد':
      return valid(PaymentDays, numberIn(text), (paymentDays) => ({ paymentDays }))
    case 'term':
    case 'مدة الاتفاقية':
      return valid(TermMonths, numberIn(text), (termMonths) => ({ termMonths }))
    case 'exclusive':
    case 'الحصرية':
      if (/^(yes|نعم)$/i.test(text)) return { exclusive: true }
      return /^(no|لا)$/i.test(text) ? { exclusive: false } : undefined
    default:
      return undefined
  }
}

/** The number of a value such as `9.5 %` or «24 شهرًا». */
const numberIn = (text: string): number => Number(/^(\d+(?:[.٫]\d+)?)(?=\D*$)/.exec(text)?.[1]?.replace('٫', '.'))

function valid(schema: z.ZodType<number>, value: number, change: (value: number) => Change): Change | undefined {
  const parsed = schema.safeParse(value)
  return parsed.success ? change(parsed.data) : undefined
}
