import type { Language, Words } from './language.ts'

/** Names of fields as people say them. A field that is not here is shown by its name, taken apart into words. */
const fields: Readonly<Record<string, Words>> = {
  account: { en: 'Account', ar: 'الحساب' },
  annualRevenueSar: { en: 'Annual revenue (SAR)', ar: 'الإيرادات السنوية (ريال)' },
  answer: { en: 'Answer', ar: 'الرد' },
  application: { en: 'Application', ar: 'الطلب' },
  because: { en: 'Reason', ar: 'السبب' },
  clauses: { en: 'Clauses', ar: 'البنود' },
  commissionPercent: { en: 'Commission (%)', ar: 'العمولة (٪)' },
  company: { en: 'Company', ar: 'الشركة' },
  conditions: { en: 'Special conditions', ar: 'شروط خاصة' },
  contact: { en: 'Contact person', ar: 'جهة الاتصال' },
  counterOffer: { en: 'Counter-offer', ar: 'العرض المقابل' },
  country: { en: 'Country', ar: 'الدولة' },
  currency: { en: 'Currency', ar: 'العملة' },
  email: { en: 'E-mail', ar: 'البريد الإلكتروني' },
  employees: { en: 'Employees', ar: 'عدد الموظفين' },
  exclusive: { en: 'Exclusive', ar: 'حصرية' },
  fit: { en: 'Fit', ar: 'الملاءمة' },
  instrument: { en: 'Established by', ar: 'أداة الإنشاء' },
  kind: { en: 'Kind', ar: 'النوع' },
  language: { en: 'Language', ar: 'اللغة' },
  mobile: { en: 'Mobile', ar: 'الجوال' },
  name: { en: 'Name', ar: 'الاسم' },
  note: { en: 'Note', ar: 'ملاحظة' },
  number: { en: 'Number', ar: 'الرقم' },
  of: { en: 'Out of', ar: 'من أصل' },
  partnership: { en: 'Partnership', ar: 'نوع الشراكة' },
  paymentDays: { en: 'Paid within (days)', ar: 'مدة السداد (يوم)' },
  points: { en: 'Points', ar: 'النقاط' },
  reasons: { en: 'Reasons', ar: 'الأسباب' },
  registration: { en: 'Registration', ar: 'السجل' },
  representsCompetitor: { en: 'Represents a competitor', ar: 'يمثل منافسًا' },
  revision: { en: 'Revision', ar: 'المراجعة' },
  round: { en: 'Round', ar: 'الجولة' },
  score: { en: 'Score', ar: 'الدرجة' },
  termMonths: { en: 'Term (months)', ar: 'مدة الاتفاقية (شهر)' },
  terms: { en: 'Terms', ar: 'الشروط' },
  territories: { en: 'Territories', ar: 'المناطق' },
  why: { en: 'Why', ar: 'السبب' },
  yearsActive: { en: 'Years active', ar: 'سنوات النشاط' },
}

/** Values that stand for something, by the field they are of. Others are shown as they are. */
const values: Readonly<Record<string, Readonly<Record<string, Words>>>> = {
  answer: {
    accept: { en: 'Accept the terms', ar: 'قبول الشروط' },
    counter: { en: 'Make a counter-offer', ar: 'تقديم عرض مقابل' },
    decline: { en: 'Decline', ar: 'الاعتذار' },
  },
  currency: { SAR: { en: 'Saudi riyal', ar: 'ريال سعودي' } },
  kind: {
    unified: { en: 'Unified national number', ar: 'الرقم الوطني الموحد' },
    commercial: { en: 'Commercial registration', ar: 'السجل التجاري' },
    government: { en: 'Government entity', ar: 'جهة حكومية' },
    foreign: { en: 'Registered abroad', ar: 'مسجلة خارج المملكة' },
  },
  language: { ar: { en: 'Arabic', ar: 'العربية' }, en: { en: 'English', ar: 'الإنجليزية' } },
  partnership: {
    referral: { en: 'Referral', ar: 'إحالة' },
    distribution: { en: 'Distribution', ar: 'توزيع' },
    technology: { en: 'Technology', ar: 'تقنية' },
    strategic: { en: 'Strategic', ar: 'استراتيجية' },
    government: { en: 'Government', ar: 'حكومية' },
  },
  territories: {
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
    gcc: { en: 'Other Gulf countries', ar: 'بقية دول الخليج' },
  },
}

export function fieldWords(name: string, language: Language): string {
  const known = Object.hasOwn(fields, name) ? fields[name] : undefined
  return known?.[language] ?? inWords(name)
}

/** `undefined` for a value that stands for itself. */
export function valueWords(field: string, value: string, language: Language): string | undefined {
  const known = Object.hasOwn(values, field) ? values[field] : undefined
  return known !== undefined && Object.hasOwn(known, value) ? known[value]?.[language] : undefined
}

const inWords = (name: string): string => {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
