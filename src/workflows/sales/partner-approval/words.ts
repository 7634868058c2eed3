import type { Partnership, Territory } from './contract.ts'
import type { Registration } from './identifiers.ts'

export type Language = 'ar' | 'en'
type Words = Readonly<Record<Language, string>>

export const partnershipWords: Readonly<Record<Partnership, Words>> = {
  referral: { en: 'referral partnership', ar: 'شراكة الإحالة' },
  distribution: { en: 'distribution partnership', ar: 'شراكة التوزيع' },
  technology: { en: 'technology partnership', ar: 'الشراكة التقنية' },
  strategic: { en: 'strategic partnership', ar: 'الشراكة الاستراتيجية' },
  government: { en: 'government partnership', ar: 'الشراكة الحكومية' },
}

const territoryWords: Readonly<Record<Territory, Words>> = {
  riyadh: { en: 'Riyadh', ar: 'الرياض' },
  makkah: { en: 'Makkah', ar: 'مكة المكرمة' },
  madinah: { en: 'Madinah', ar: 'المدينة المنورة' },
  qassim: { en: 'Qassim', ar: 'القصيم' },
  eastern: { en: 'Eastern Province', ar: 'المنطقة الشرقية' },
  asir: { en: 'Asir', ar: 'عسير' },
  tabuk: { en: 'Tabuk', ar: 'تبوك' },
  hail: { en: 'Hail', ar: 'حائل' },
  'northern-borders': { en: 'Northern Borders', ar: 'الحدود الشمالية' },
  jazan: { en: 'Jazan', ar: 'جازان' },
  najran: { en: 'Najran', ar: 'نجران' },
  bahah: { en: 'Al Bahah', ar: 'الباحة' },
  jouf: { en: 'Al Jouf', ar: 'الجوف' },
  gcc: { en: 'other countries of the Gulf', ar: 'بقية دول الخليج العربي' },
}

export const territoriesInWords = (territories: readonly Territory[], language: Language): string =>
  territories.map((territory) => territoryWords[territory][language]).join(language === 'ar' ? '، ' : ', ')

/** How the partner's identity is written in a document. */
export function registrationInWords(registration: Registration, language: Language): string {
  const arabic = language === 'ar'
  switch (registration.kind) {
    case 'unified':
      return `${arabic ? 'الرقم الموحد' : 'unified number'} ${registration.number}`
    case 'commercial':
      return `${arabic ? 'السجل التجاري رقم' : 'commercial registration no.'} ${registration.number}`
    case 'government':
      return `${arabic ? 'جهة حكومية، أداة الإنشاء:' : 'government entity, established by'} ${registration.instrument}`
    case 'foreign': {
      const country = new Intl.DisplayNames([language], { type: 'region' }).of(registration.country)
      return `${arabic ? 'مسجلة في' : 'registered in'} ${country ?? registration.country}${arabic ? ' برقم ' : ' under no. '}${registration.number}`
    }
  }
}

/** Working days after a preposition (بعد، خلال): the Arabic noun changes with the number. */
export function workingDaysInWords(count: number, language: Language): string {
  if (language === 'en') return count === 1 ? 'one working day' : `${count} working days`
  if (count === 1) return 'يوم عمل واحد'
  if (count === 2) return 'يومي عمل'
  return count <= 10 ? `${count} أيام عمل` : `${count} يوم عمل`
}
