/**
 * What the partner is written. Each letter exists in both languages and says the same in both. A letter that undoes does not
 * know why the run ended, and says nothing that would be wrong after a rejection, a refusal of the partner's own or an expiry.
 */
import type { PartnerApplication, Terms } from './contract.ts'
import { isolated } from './markup.ts'
import type { Letter } from './mail.ts'
import { organisation } from './organisation.ts'
import { partnershipWords, registrationInWords, territoriesInWords, workingDaysInWords } from './words.ts'

export function receivedLetter({ company, partnership, language }: PartnerApplication): Letter {
  const kind = partnershipWords[partnership][language]
  return language === 'ar'
    ? {
        subject: `تسلّمنا طلب الشراكة المقدم من ${company}`,
        body: [
          `نشكر لكم رغبتكم في التعاون معنا، ونفيدكم بأننا تسلّمنا الطلب المقدم باسم ${isolated(company)} ضمن برنامج ${kind}، وهو الآن قيد الدراسة.`,
          'وسنوافيكم بنتيجة الدراسة على هذا البريد، ولا يلزمكم أي إجراء في الوقت الحالي.',
        ],
      }
    : {
        subject: `We have received the partnership application of ${company}`,
        body: [
          `Thank you for your interest in working with us. We have received the application of ${isolated(company)} for a ${kind}, and it is now under review.`,
          'We will write to you at this address with the outcome. There is nothing that you need to do for now.',
        ],
      }
}

/** Tells the partner, once and whatever the cause, that the run has ended without an agreement. */
export function closedLetter({ company, language }: PartnerApplication): Letter {
  return language === 'ar'
    ? {
        subject: `إغلاق طلب الشراكة المقدم من ${company}`,
        body: [
          `نشكر لكم اهتمامكم بالشراكة معنا وما بذلتموه من وقت، ونفيدكم بأن الطلب المقدم باسم ${isolated(company)} قد أُغلق دون إبرام اتفاقية، ولن تُتخذ بشأنه إجراءات أخرى.`,
          'ويسعدنا استقبال طلب جديد منكم متى رأيتم ذلك مناسبًا، متمنين لكم دوام التوفيق.',
        ],
      }
    : {
        subject: `The partnership application of ${company} has been closed`,
        body: [
          `Thank you for your interest in a partnership with us and for the time that you have given to it. The application of ${isolated(company)} has been closed without an agreement, and no further steps will be taken on it.`,
          'You are welcome to apply again whenever it suits you. We wish you every success.',
        ],
      }
}

export function termsLetter(terms: Terms, answerUrl: string): Letter {
  const { company, language, round } = terms
  const facts = { facts: factsOf(terms) }
  if (language === 'ar')
    return {
      subject:
        round === 1 ? `شروط الشراكة المقترحة مع ${company}` : `الشروط المعدّلة للشراكة مع ${company} (الجولة ${round})`,
      body: [
        round === 1
          ? `إشارةً إلى الطلب المقدم باسم ${isolated(company)}، يسرّنا أن نعرض عليكم شروط الشراكة الموضحة أدناه.`
          : `إشارةً إلى عرضكم المقابل، يسرّنا أن نعرض عليكم الشروط المعدّلة أدناه، وهي تحلّ محلّ جميع ما أُرسل إليكم قبلها.`,
        facts,
        `نأمل الاطلاع وإفادتنا بقبولكم أو اعتذاركم أو عرضكم المقابل خلال ${workingDaysInWords(7, 'ar')} من تاريخ هذه الرسالة.`,
        { link: 'الرد على الشروط', url: answerUrl },
        'الرابط خاص بكم ويُستخدم مرة واحدة. ولا يُعدّ هذا العرض ملزمًا لأيٍّ من الطرفين إلا بعد توقيع الاتفاقية.',
      ],
    }
  return {
    subject:
      round === 1
        ? `Proposed terms for a partnership with ${company}`
        : `Revised terms for a partnership with ${company} (round ${round})`,
    body: [
      round === 1
        ? `With reference to the application of ${isolated(company)}, we are pleased to offer you the terms below.`
        : 'With reference to your counter-offer, we are pleased to offer you the revised terms below. They replace everything that we sent you before.',
      facts,
      `Please let us know within ${workingDaysInWords(7, 'en')} of this message whether you accept, decline, or wish to make a counter-offer.`,
      { link: 'Answer the terms', url: answerUrl },
      'The link is for you alone and can be used once. Neither side is bound by this offer until the agreement has been signed.',
    ],
  }
}

export function reminderLetter(terms: Terms, workingDaysLeft: number, answerUrl: string): Letter {
  const { company, language } = terms
  const left = workingDaysInWords(workingDaysLeft, language)
  return language === 'ar'
    ? {
        subject: `تذكير: شروط الشراكة مع ${company} بانتظار ردكم`,
        body: [
          `نود تذكيركم بشروط الشراكة التي أرسلناها إليكم، ونفيدكم بأن مهلة الرد عليها تنتهي بعد ${left}.`,
          { facts: factsOf(terms) },
          { link: 'الرد على الشروط', url: answerUrl },
        ],
      }
    : {
        subject: `Reminder: the partnership terms for ${company} await your answer`,
        body: [
          `May we remind you of the partnership terms that we sent you. They remain open for another ${left}.`,
          { facts: factsOf(terms) },
          { link: 'Answer the terms', url: answerUrl },
        ],
      }
}

/** Takes back the terms of every round. */
export function retractionLetter({ company, language }: Terms): Letter {
  return language === 'ar'
    ? {
        subject: `سحب شروط الشراكة المعروضة على ${company}`,
        body: [
          `إشارةً إلى شروط الشراكة التي عرضناها على ${isolated(company)}، نفيدكم بسحب هذا العرض بجميع جولاته، فلم يعد قائمًا ولا قابلًا للقبول اعتبارًا من تاريخ هذه الرسالة، ولا يترتب عليه أي التزام على أيٍّ من الطرفين.`,
        ],
      }
    : {
        subject: `Withdrawal of the partnership terms offered to ${company}`,
        body: [
          `With reference to the partnership terms that we offered to ${isolated(company)}: we hereby withdraw the offer in all its rounds. From the date of this message it is no longer open for acceptance, and neither side has any obligation under it.`,
        ],
      }
}

export function signatureReminderLetter({ company, language }: Terms): Letter {
  return language === 'ar'
    ? {
        subject: `تذكير: اتفاقية الشراكة مع ${company} بانتظار التوقيع`,
        body: [
          'نود تذكيركم بأن اتفاقية الشراكة أُرسلت إليكم للتوقيع عبر خدمة التوقيع الإلكتروني، ونأمل استكمال توقيعها من خلال الرسالة الواردة إليكم من الخدمة.',
          'وإن كنتم قد وقّعتموها فلا يلزمكم أي إجراء.',
        ],
      }
    : {
        subject: `Reminder: the partnership agreement with ${company} awaits signature`,
        body: [
          'The partnership agreement was sent to you by our electronic signature service. Please sign it through the message that you received from the service.',
          'If you have signed it already, there is nothing more that you need to do.',
        ],
      }
}

export function welcomeLetter({ company, language }: Terms, account: string): Letter {
  return language === 'ar'
    ? {
        subject: `أهلًا بكم شريكًا لنا: ${company}`,
        body: [
          `يسرّنا إبلاغكم باكتمال توقيع اتفاقية الشراكة مع ${isolated(company)} وتفعيل حسابكم في بوابة الشركاء.`,
          { facts: [['رقم الحساب', account]] },
          'للدخول أول مرة استخدموا عنوان هذا البريد، وسيصلكم رمز تحقق يُستخدم مرة واحدة؛ فلا حاجة إلى كلمة مرور.',
          { link: 'الدخول إلى بوابة الشركاء', url: organisation.portal },
          'نتطلع إلى تعاون مثمر بيننا.',
        ],
      }
    : {
        subject: `Welcome as our partner: ${company}`,
        body: [
          `We are pleased to tell you that the partnership agreement with ${isolated(company)} has been signed by all, and that your account in the partner portal is now active.`,
          { facts: [['Account number', account]] },
          'Sign in for the first time with this e-mail address. You will be sent a code that can be used once, so no password is needed.',
          { link: 'Open the partner portal', url: organisation.portal },
          'We look forward to working with you.',
        ],
      }
}

/** The terms as a person reads them. */
function factsOf(terms: Terms): readonly (readonly [label: string, value: string])[] {
  const { company, registration, partnership, language, commissionPercent: percent, conditions } = terms
  const kind = partnershipWords[partnership][language]
  const where = territoriesInWords(terms.territories, language)
  return language === 'ar'
    ? [
        ['الشريك', `${company}، ${registrationInWords(registration, 'ar')}`],
        ['نوع الشراكة', kind],
        ['النطاق الجغرافي', where],
        ['الحصرية', terms.exclusive ? 'حصرية ضمن النطاق الجغرافي' : 'غير حصرية'],
        ['مدة الاتفاقية', `${terms.termMonths} شهرًا`],
        [
          'العمولة',
          percent === 0 ? 'لا تُستحق عمولة' : `${percent}% من صافي المبالغ المحصّلة، غير شاملة ضريبة القيمة المضافة`,
        ],
        ...(percent === 0
          ? []
          : [['صرف العمولة', `بالريال السعودي، خلال ${terms.paymentDays} يومًا من التحصيل`] as const]),
        ...conditions.map((condition) => ['شرط خاص', condition] as const),
      ]
    : [
        ['Partner', `${company}, ${registrationInWords(registration, 'en')}`],
        ['Kind', kind],
        ['Territory', where],
        ['Exclusivity', terms.exclusive ? 'exclusive within the territory' : 'not exclusive'],
        ['Term', `${terms.termMonths} months`],
        ['Commission', percent === 0 ? 'none is due' : `${percent}% of net receipts, excluding value added tax`],
        ...(percent === 0
          ? []
          : [['Payment of commission', `in Saudi riyals, within ${terms.paymentDays} days of receipt`] as const]),
        ...conditions.map((condition) => ['Special condition', condition] as const),
      ]
}
