import type { Envelope } from '../../../connectors/systems.ts'
import type { Terms } from './contract.ts'
import { escaped } from './markup.ts'
import { organisation } from './organisation.ts'
import { partnershipWords, registrationInWords, territoriesInWords } from './words.ts'

/**
 * The agreement as one page in both languages, made of the agreed terms and nothing else: the same terms give the same bytes,
 * so that every attempt sends the same document. It takes effect on the day of the last signature and carries no other date.
 */
export function agreementOf(terms: Terms, contactName: string): Envelope['document'] {
  const page = [
    '<!doctype html><html lang="ar"><head><meta charset="utf-8"><title>اتفاقية شراكة — Partnership Agreement</title>',
    "<style>body{font-family:'Segoe UI',Tahoma,Arial,sans-serif;line-height:1.8;max-width:800px;margin:auto;padding:32px}li{margin-bottom:10px}section{margin-bottom:48px}</style></head><body>",
    section('ar', 'اتفاقية شراكة', arabicClauses(terms, contactName)),
    section('en', 'Partnership Agreement', englishClauses(terms, contactName)),
    '</body></html>',
  ].join('\n')
  return { name: 'partnership-agreement.html', contentBase64: Buffer.from(page, 'utf8').toString('base64') }
}

const section = (language: 'ar' | 'en', title: string, clauses: readonly string[]): string =>
  `<section lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}"><h1>${title}</h1><ol>${clauses.map((clause) => `<li>${clause}</li>`).join('')}</ol></section>`

/** A value of the terms, kept apart from the direction of the sentence around it. */
const value = (text: string | number): string => `<bdi>${escaped(String(text))}</bdi>`

function arabicClauses(terms: Terms, contactName: string): readonly string[] {
  const { commissionPercent: percent, conditions } = terms
  return [
    `<strong>الطرفان.</strong> الطرف الأول: ${value(organisation.name.ar)}، الرقم الموحد ${value(organisation.unifiedNumber)}، ويمثلها ${value(organisation.signatory.name.ar)}. الطرف الثاني: ${value(terms.company)}، ${value(registrationInWords(terms.registration, 'ar'))}، ويمثلها ${value(contactName)}.`,
    `<strong>الغرض.</strong> اتفق الطرفان على ${partnershipWords[terms.partnership].ar} لتسويق منتجات الطرف الأول وخدماته وفق أحكام هذه الاتفاقية.`,
    `<strong>النطاق الجغرافي والحصرية.</strong> يشمل نطاق الاتفاقية: ${value(territoriesInWords(terms.territories, 'ar'))}. ${terms.exclusive ? 'ويكون التعاون حصريًا ضمن هذا النطاق.' : 'ولا يكون التعاون حصريًا.'}`,
    percent === 0
      ? '<strong>المقابل المالي.</strong> لا تُستحق بموجب هذه الاتفاقية أي عمولة لأيٍّ من الطرفين.'
      : `<strong>المقابل المالي.</strong> يستحق الطرف الثاني عمولة قدرها ${value(`${percent}%`)} من صافي المبالغ المحصّلة، غير شاملة ضريبة القيمة المضافة، وتُصرف بالريال السعودي خلال ${value(terms.paymentDays)} يومًا من تاريخ التحصيل.`,
    `<strong>المدة.</strong> مدة الاتفاقية ${value(terms.termMonths)} شهرًا تبدأ من تاريخ آخر توقيع عليها.`,
    '<strong>السرية وحماية البيانات.</strong> يلتزم كل طرف بسرية ما يطلع عليه من معلومات الطرف الآخر، وبنظام حماية البيانات الشخصية ولوائحه.',
    ...conditions.map((condition) => `<strong>شرط خاص.</strong> ${value(condition)}`),
    '<strong>النظام الواجب التطبيق.</strong> تخضع هذه الاتفاقية لأنظمة المملكة العربية السعودية، وتختص محاكمها بالفصل في ما ينشأ عنها من نزاع.',
    '<strong>اللغة.</strong> حُررت هذه الاتفاقية بالعربية والإنجليزية، ويُعتمد النص العربي عند الاختلاف.',
  ]
}

function englishClauses(terms: Terms, contactName: string): readonly string[] {
  const { commissionPercent: percent, conditions } = terms
  return [
    `<strong>Parties.</strong> First party: ${value(organisation.name.en)}, unified number ${value(organisation.unifiedNumber)}, represented by ${value(organisation.signatory.name.en)}. Second party: ${value(terms.company)}, ${value(registrationInWords(terms.registration, 'en'))}, represented by ${value(contactName)}.`,
    `<strong>Purpose.</strong> The parties agree on a ${partnershipWords[terms.partnership].en} to market the products and services of the first party under this agreement.`,
    `<strong>Territory and exclusivity.</strong> This agreement covers: ${value(territoriesInWords(terms.territories, 'en'))}. ${terms.exclusive ? 'The partnership is exclusive within this territory.' : 'The partnership is not exclusive.'}`,
    percent === 0
      ? '<strong>Consideration.</strong> No commission is due to either party under this agreement.'
      : `<strong>Consideration.</strong> The second party is entitled to a commission of ${value(`${percent}%`)} of net receipts, excluding value added tax, paid in Saudi riyals within ${value(terms.paymentDays)} days of receipt.`,
    `<strong>Term.</strong> This agreement lasts ${value(terms.termMonths)} months from the date of the last signature.`,
    '<strong>Confidentiality and data protection.</strong> Each party keeps the information of the other confidential, and complies with the Personal Data Protection Law and its regulations.',
    ...conditions.map((condition) => `<strong>Special condition.</strong> ${value(condition)}`),
    '<strong>Governing law.</strong> This agreement is governed by the laws of the Kingdom of Saudi Arabia, whose courts decide any dispute that arises from it.',
    '<strong>Language.</strong> This agreement is made in Arabic and English. Where they differ, the Arabic text prevails.',
  ]
}
