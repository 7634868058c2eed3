import type { Commitment } from '../flow/effect.ts'
import { lengthInWords } from './length-in-words.ts'
import { systemsInWords } from './system-names.ts'
import type { PlacementTraits } from './traits.ts'
import type { Words } from './words.ts'

/** The rule's own text, in clauses: each has its words, and knows when it holds of a workflow and what it saw there. */
export interface Clause {
  readonly trait: TraitName
  readonly words: Words
  readonly holds: (traits: PlacementTraits) => boolean
  /** What is so of this workflow, whether the clause holds or not. */
  readonly fact: (traits: PlacementTraits) => Words
}

export type TraitName =
  | 'duration'
  | 'services'
  | 'outside I/O'
  | 'steps'
  | 'external systems'
  | 'compensation'
  | 'approval'
  | 'commitment'

export const SHORT_BELOW_MS = 30_000
/** From here on a run spans days. */
const DAYS_FROM_MS = 86_400_000

const COMMITMENT_WORDS: Readonly<Record<Commitment, Words>> = {
  contract: { en: 'a contract', ar: 'عقد' },
  payment: { en: 'a payment', ar: 'دفعة مالية' },
  message: { en: 'a message to an outside party', ar: 'رسالة إلى طرف خارجي' },
}

const length = ({ lasts }: PlacementTraits): Words => {
  const { en, ar } = lengthInWords(lasts.fromMs, lasts.toMs)
  return { en: `Lasts ${en}`, ar: `يستغرق ${ar}` }
}
const outside = ({ externalSystems }: PlacementTraits): Words => {
  if (externalSystems.length === 0) return { en: 'Reaches nothing outside', ar: 'لا يتصل بأي نظام خارجي' }
  const { en, ar } = systemsInWords(externalSystems)
  return { en: `Reaches outside: ${en}`, ar: `يتصل بالخارج: ${ar}` }
}
const services = (traits: PlacementTraits): Words => {
  const all = servicesOf(traits)
  if (all.length === 0) return { en: 'Uses no service besides the ledger', ar: 'لا يستخدم خدمة سوى السجل' }
  const { en, ar } = systemsInWords(all)
  return {
    en: `Uses ${all.length === 1 ? '1 service' : `${all.length} services`}: ${en}`,
    ar: `يستخدم من الخدمات ${all.length}: ${ar}`,
  }
}
const servicesOf = ({ internalServices, externalSystems }: PlacementTraits): readonly string[] => [
  ...internalServices,
  ...externalSystems,
]

/** Any one of these makes a workflow long. */
export const DURABLE: readonly Clause[] = [
  {
    trait: 'duration',
    words: { en: 'it spans days', ar: 'يمتد أيامًا' },
    holds: ({ lasts }) => lasts.toMs >= DAYS_FROM_MS,
    fact: length,
  },
  {
    trait: 'external systems',
    words: { en: 'it crosses two or more external systems', ar: 'يمر عبر نظامين خارجيين أو أكثر' },
    holds: ({ externalSystems }) => externalSystems.length >= 2,
    fact: outside,
  },
  {
    trait: 'compensation',
    words: { en: 'it needs compensation', ar: 'يحتاج إلى التراجع عما نُفِّذ' },
    holds: ({ needsCompensation }) => needsCompensation,
    fact: ({ needsCompensation }) =>
      needsCompensation
        ? { en: 'Has steps that must be undone when it cannot finish', ar: 'فيه خطوات يجب التراجع عنها إن لم يكتمل' }
        : { en: 'Has no step to undo', ar: 'ليس فيه خطوة يُتراجع عنها' },
  },
  {
    trait: 'approval',
    words: { en: 'it pauses for a human approval', ar: 'يتوقف بانتظار موافقة بشرية' },
    holds: ({ pausesForApproval }) => pausesForApproval,
    fact: ({ pausesForApproval }) =>
      pausesForApproval
        ? { en: 'Waits for a person to decide', ar: 'ينتظر قرار شخص مخوَّل' }
        : { en: 'Waits for nobody', ar: 'لا ينتظر قرار أحد' },
  },
  {
    trait: 'commitment',
    words: {
      en: 'it makes an external commitment (contract, payment, message to an outside party)',
      ar: 'يُنشئ التزامًا خارجيًا (عقد أو دفعة مالية أو رسالة إلى طرف خارجي)',
    },
    holds: ({ commitments }) => commitments.length > 0,
    fact: ({ commitments }) =>
      commitments.length > 0
        ? {
            en: `Commits the organisation by ${commitments.map((one) => COMMITMENT_WORDS[one].en).join(' and ')}`,
            ar: `يُلزم المؤسسة عبر ${commitments.map((one) => COMMITMENT_WORDS[one].ar).join(' و')}`,
          }
        : { en: 'Commits to nobody outside', ar: 'لا يُنشئ التزامًا تجاه طرف خارجي' },
  },
]

/**
 * What the rule says of the classes that need not be durable. Only the duration places a workflow in one of the two;
 * the other clauses describe what is usual there, and one that does not hold is a strain.
 */
export const DESCRIPTION: Readonly<Record<'short' | 'medium', readonly Clause[]>> = {
  short: [
    {
      trait: 'duration',
      words: { en: 'under 30 s', ar: 'أقل من 30 ثانية' },
      holds: ({ lasts }) => lasts.toMs < SHORT_BELOW_MS,
      fact: length,
    },
    {
      trait: 'services',
      words: { en: 'one service', ar: 'خدمة واحدة' },
      holds: (traits) => servicesOf(traits).length <= 1,
      fact: services,
    },
    {
      trait: 'outside I/O',
      words: { en: 'no outside I/O', ar: 'دون اتصال بالخارج' },
      holds: ({ externalSystems }) => externalSystems.length === 0,
      fact: outside,
    },
  ],
  medium: [
    {
      trait: 'duration',
      // The rule leaves 30 s to a minute without a name; what is not short and not long counts here.
      words: { en: 'minutes to hours', ar: 'من دقائق إلى ساعات' },
      holds: ({ lasts }) => lasts.toMs >= SHORT_BELOW_MS && lasts.toMs < DAYS_FROM_MS,
      fact: length,
    },
    {
      trait: 'steps',
      words: { en: 'several steps', ar: 'عدة خطوات' },
      holds: ({ steps }) => steps > 1,
      fact: ({ steps }) => ({ en: steps === 1 ? 'Has 1 step' : `Has ${steps} steps`, ar: `عدد خطواته ${steps}` }),
    },
    {
      trait: 'outside I/O',
      words: { en: 'internal services', ar: 'خدمات داخلية' },
      holds: ({ externalSystems }) => externalSystems.length === 0,
      fact: outside,
    },
  ],
}
