import { days } from '../../flow/time.ts'
import { type Outline, outline } from '../outline.ts'
import { between } from '../traits.ts'

const weeks = (amount: number) => days(amount * 7)
const months = (amount: number) => days(amount * 30)

export const longOutlines: readonly Outline[] = [
  outline({
    name: 'partner-approval',
    title: { en: 'Partner approval', ar: 'اعتماد الشركاء' },
    does: {
      en: 'Assesses an application, has it approved, negotiates the terms, has them signed and activates the partner',
      ar: 'يدرس الطلب ويعرضه للموافقة ثم يفاوض على الشروط ويستكمل توقيعها ويفعّل الشريك',
    },
    declared: 'long',
    lasts: between(days(1), days(14)),
    steps: 5,
    externalSystems: ['crm', 'email', 'esign', 'whatsapp'],
    needsCompensation: true,
    pausesForApproval: true,
    commitments: ['contract', 'message'],
  }),
  outline({
    name: 'due-diligence-room',
    title: { en: 'Due-diligence room', ar: 'غرفة العناية الواجبة' },
    does: {
      en: 'Opens a data room, collects documents and figures, has them reviewed and reports the findings for a decision',
      ar: 'يفتح غرفة بيانات ويجمع المستندات والأرقام ويعرضها للمراجعة ثم يرفع النتائج لاتخاذ القرار',
    },
    declared: 'long',
    lasts: between(weeks(2), weeks(8)),
    steps: 4,
    externalSystems: ['documentStorage', 'financialData', 'legalReview'],
    needsCompensation: true,
    pausesForApproval: true,
    commitments: ['message'],
  }),
  outline({
    name: 'signature',
    title: { en: 'Signature and term sheet', ar: 'توقيع ورقة الشروط' },
    does: {
      en: 'Has a term sheet approved, sends it for signature, follows up and files what all have signed',
      ar: 'يعرض ورقة الشروط للموافقة ويرسلها للتوقيع ويتابع ثم يحفظها بعد توقيع جميع الأطراف',
    },
    declared: 'long',
    lasts: between(days(1), days(7)),
    steps: 4,
    externalSystems: ['crm', 'email', 'esign'],
    needsCompensation: true,
    pausesForApproval: true,
    commitments: ['contract', 'message'],
  }),
  outline({
    name: 'ma-offer',
    title: { en: 'M&A offer and negotiation', ar: 'عرض الاندماج والاستحواذ والتفاوض عليه' },
    does: {
      en: 'Prepares an offer, has it approved, submits it, negotiates and obtains the clearances',
      ar: 'يُعد العرض ويستصدر الموافقة عليه ثم يقدمه ويفاوض عليه ويستكمل موافقات الجهات التنظيمية',
    },
    declared: 'long',
    lasts: between(weeks(2), weeks(12)),
    steps: 5,
    externalSystems: ['advisors', 'counsel', 'regulators'],
    needsCompensation: true,
    pausesForApproval: true,
    commitments: ['contract', 'message'],
  }),
  outline({
    name: 'geographic-expansion',
    title: { en: 'Geographic expansion', ar: 'التوسع الجغرافي' },
    does: {
      en: 'Studies a market, has the entry approved, obtains licences, contracts partners and sets up the infrastructure',
      ar: 'يدرس السوق ويستصدر الموافقة على دخوله ثم يستكمل التراخيص ويتعاقد مع الشركاء ويجهز البنية التحتية',
    },
    declared: 'long',
    lasts: between(weeks(4), weeks(12)),
    steps: 5,
    externalSystems: ['infrastructure', 'partners', 'regulators'],
    needsCompensation: true,
    pausesForApproval: true,
    commitments: ['contract', 'message'],
  }),
  outline({
    name: 'post-merger-integration',
    title: { en: 'Post-merger integration', ar: 'التكامل بعد الاندماج' },
    does: {
      en: 'Plans the integration, has it approved, and moves people, finance, IT, legal and customer records together',
      ar: 'يضع خطة التكامل ويستصدر الموافقة عليها ثم يوحد شؤون الموظفين والمالية والتقنية والشؤون القانونية وسجلات العملاء',
    },
    declared: 'long',
    lasts: between(months(3), months(6)),
    steps: 7,
    externalSystems: ['crm', 'finance', 'hr', 'it', 'legal'],
    needsCompensation: true,
    pausesForApproval: true,
  }),
]
