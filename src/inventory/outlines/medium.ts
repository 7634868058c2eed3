import { days, hours, minutes } from '../../flow/time.ts'
import { type Outline, outline } from '../outline.ts'
import { between } from '../traits.ts'

export const mediumOutlines: readonly Outline[] = [
  outline({
    name: 'lead-qualification',
    title: { en: 'Lead qualification', ar: 'تأهيل العملاء المحتملين' },
    does: {
      en: 'Captures a lead, enriches it with company research, scores it, routes it and notifies its owner',
      ar: 'يسجل العميل المحتمل ويثري بياناته من أبحاث الشركات ثم يقيّمه ويوجهه ويُشعر المسؤول عنه',
    },
    declared: 'medium',
    lasts: between(minutes(1), minutes(5)),
    steps: 5,
    // The inventory says "company research APIs" and names none: counted as one system. A second would make this long.
    externalSystems: ['companyResearch'],
  }),
  outline({
    name: 'multi-channel-outreach',
    title: { en: 'Multi-channel outreach', ar: 'التواصل عبر قنوات متعددة' },
    does: {
      en: 'Picks a template, personalises it, sends it, waits for an answer and follows up',
      ar: 'يختار القالب ويخصصه ويرسله ثم ينتظر الرد ويتابع',
    },
    declared: 'medium',
    // The inventory says "hours to days": the shortest reading of it is taken.
    lasts: between(hours(2), days(2)),
    steps: 5,
    externalSystems: ['email', 'sms', 'whatsapp'],
    commitments: ['message'],
  }),
  outline({
    name: 'meeting-booking',
    title: { en: 'Meeting booking', ar: 'حجز الاجتماعات' },
    does: {
      en: 'Proposes times to the other party, negotiates, confirms and enters the meeting in the calendar',
      ar: 'يقترح على الطرف الآخر مواعيد ويتفاوض معه عليها ثم يؤكد الاجتماع ويدرجه في التقويم',
    },
    declared: 'medium',
    lasts: between(minutes(2), minutes(10)),
    steps: 4,
    externalSystems: ['calendar'],
    commitments: ['message'],
  }),
  outline({
    name: 'proposal-generation',
    title: { en: 'Proposal generation', ar: 'إعداد العروض' },
    does: {
      en: 'Reads the deal, drafts a proposal with a language model, prices it, makes the PDF and notifies the owner',
      ar: 'يقرأ بيانات الصفقة ويصوغ العرض بنموذج لغوي ثم يسعّره ويُخرجه ملف PDF ويُشعر المسؤول عنه',
    },
    declared: 'medium',
    lasts: between(minutes(5), minutes(15)),
    steps: 5,
    externalSystems: ['llm'],
  }),
  outline({
    name: 'affiliate-onboarding',
    title: { en: 'Affiliate onboarding', ar: 'ضم المسوّقين بالعمولة' },
    does: {
      en: 'Takes an application, evaluates it, has it approved or rejected, provisions the account and tells the applicant',
      ar: 'يستقبل الطلب ويقيّمه ويعرضه للقبول أو الرفض ثم يهيئ الحساب ويبلّغ مقدم الطلب',
    },
    declared: 'medium',
    lasts: between(minutes(10), minutes(30)),
    steps: 5,
    externalSystems: ['email'],
    pausesForApproval: true,
    commitments: ['message'],
  }),
  outline({
    name: 'compliance-scan',
    title: { en: 'Compliance scan', ar: 'فحص الامتثال' },
    does: {
      en: 'Checks the records against the controls and writes down what was found',
      ar: 'يفحص السجلات على ضوء الضوابط ويقيّد ما يجده',
    },
    declared: 'medium',
    lasts: between(minutes(2), minutes(5)),
    steps: 2,
    internalServices: ['database'],
  }),
  outline({
    name: 'evidence-pack-assembly',
    title: { en: 'Evidence pack assembly', ar: 'تجميع حزمة الأدلة' },
    does: {
      en: 'Gathers the records of six or more tables, hashes them and stores the pack',
      ar: 'يجمع السجلات من ستة جداول أو أكثر ويحسب بصماتها الرقمية ويحفظ الحزمة',
    },
    declared: 'medium',
    lasts: between(minutes(1), minutes(5)),
    steps: 3,
    internalServices: ['database', 'objectStore'],
  }),
  outline({
    name: 'contradiction-scan',
    title: { en: 'Contradiction scan', ar: 'كشف التناقضات' },
    does: {
      en: 'Reads documents, has a language model compare what they claim and flags what contradicts',
      ar: 'يقرأ المستندات ويقارن ما تقرره بنموذج لغوي ثم يضع علامة على ما تناقض منها',
    },
    declared: 'medium',
    lasts: between(minutes(5), minutes(30)),
    steps: 3,
    externalSystems: ['llm'],
  }),
]
