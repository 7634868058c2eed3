import type { Words } from './words.ts'

const SECOND = 1_000
const DAY = 86_400 * SECOND

interface Unit {
  readonly ms: number
  readonly en: string
  /** The genitive of one, two, a few (3–10) and many (11–99), and of any other number. */
  readonly ar: { readonly one: string; readonly two: string; readonly few: string; readonly many: string }
}
const SECONDS: Unit = { ms: SECOND, en: 'second', ar: { one: 'ثانية', two: 'ثانيتين', few: 'ثوانٍ', many: 'ثانية' } }
const UNITS: readonly Unit[] = [
  { ms: DAY, en: 'day', ar: { one: 'يوم', two: 'يومين', few: 'أيام', many: 'يومًا' } },
  { ms: 3_600 * SECOND, en: 'hour', ar: { one: 'ساعة', two: 'ساعتين', few: 'ساعات', many: 'ساعة' } },
  { ms: 60 * SECOND, en: 'minute', ar: { one: 'دقيقة', two: 'دقيقتين', few: 'دقائق', many: 'دقيقة' } },
]
/** People count long projects in weeks and months, but say "14 days": only ranges that reach `fromMs` are put so. */
const LONG_UNITS: readonly (Unit & { readonly fromMs: number })[] = [
  { ms: 30 * DAY, fromMs: 90 * DAY, en: 'month', ar: { one: 'شهر', two: 'شهرين', few: 'أشهر', many: 'شهرًا' } },
  { ms: 7 * DAY, fromMs: 21 * DAY, en: 'week', ar: { one: 'أسبوع', two: 'أسبوعين', few: 'أسابيع', many: 'أسبوعًا' } },
]

/** A range of milliseconds as people say it: "1–14 days". A range from zero reads "under". */
export function lengthInWords(fromMs: number, toMs: number): Words {
  const long = LONG_UNITS.find((unit) => toMs >= unit.fromMs && fromMs % unit.ms === 0 && toMs % unit.ms === 0)
  const [from, to] = [long ?? unitOf(fromMs), long ?? unitOf(toMs)]
  if (fromMs === 0) return { en: `under ${english(toMs, to)}`, ar: `أقل من ${arabic(toMs, to)}` }
  if (fromMs === toMs) return { en: `about ${english(toMs, to)}`, ar: `نحو ${arabic(toMs, to)}` }
  return {
    en: from === to ? `${fromMs / from.ms}–${english(toMs, to)}` : `${english(fromMs, from)} – ${english(toMs, to)}`,
    ar: `من ${arabic(fromMs, from)} إلى ${arabic(toMs, to)}`,
  }
}

const unitOf = (ms: number): Unit => UNITS.find((unit) => ms >= unit.ms && ms % unit.ms === 0) ?? SECONDS

const english = (ms: number, unit: Unit): string => `${ms / unit.ms} ${unit.en}${ms === unit.ms ? '' : 's'}`

const plural = new Intl.PluralRules('ar')
function arabic(ms: number, { ms: unitMs, ar }: Unit): string {
  const count = ms / unitMs
  const form = plural.select(count)
  if (form === 'one' || form === 'two') return ar[form]
  return `${count} ${form === 'few' || form === 'many' ? ar[form] : ar.one}`
}
