import { z } from 'zod'
import type { OutsideEffect } from '../../../flow/effect.ts'
import { call, message, none, record, seconds, step, workingDays } from '../../../flow/index.ts'
import type { StepContext } from '../../../flow/step.ts'
import { agreementOf } from './agreement.ts'
import { CounterOffer, Fit, PartnerApplication, PortalAccess, Terms } from './contract.ts'
import { fitOf } from './fit.ts'
import {
  closedLetter,
  receivedLetter,
  reminderLetter,
  retractionLetter,
  signatureReminderLetter,
  termsLetter,
  welcomeLetter,
} from './letters.ts'
import { post } from './mail.ts'
import { organisation } from './organisation.ts'
import { amendmentOf, draftOf, revisionOf } from './terms.ts'
import { registrationInWords } from './words.ts'

const Sent = z.object({ messageId: z.string() })
const OfTerms = z.object({ terms: Terms })

/** The record is of this application, so that its undo closes what this run has opened and nothing else. */
export const openRecord = step({
  title: { en: 'Open the CRM record', ar: 'فتح سجل الشريك' },
  effect: call('crm', 'open_partner_record'),
  input: PartnerApplication,
  output: z.object({ recordId: z.string() }),
  do: async (ctx, application) => {
    const { recordId } = await ctx.crm.savePartner({
      externalId: ctx.run,
      stage: 'applicant',
      properties: propertiesOf(application),
    })
    return { recordId }
  },
  undo: async (ctx, application) => {
    await ctx.crm.savePartner({ externalId: ctx.run, stage: 'closed', properties: propertiesOf(application) })
  },
})

/** Its undo is how the partner learns, once, that the run has ended without an agreement. */
export const acknowledge = step({
  title: { en: 'Acknowledge the application', ar: 'الإشعار بتسلّم الطلب' },
  effect: message('email', 'acknowledge_application', 'outside'),
  input: PartnerApplication,
  output: Sent,
  do: (ctx, application) => post(ctx, application, receivedLetter(application)),
  undo: async (ctx, application) => {
    await post(ctx, application, closedLetter(application))
  },
})

export const scoreFit = step({
  title: { en: 'Score the fit', ar: 'تقييم مدى الملاءمة' },
  effect: none,
  input: PartnerApplication,
  output: Fit,
  do: async (_ctx, application) => fitOf(application),
})

export const draftTerms = step({
  title: { en: 'Draft the term sheet', ar: 'صياغة ورقة الشروط' },
  effect: none,
  input: z.object({ application: PartnerApplication, fit: Fit }),
  output: Terms,
  do: async (_ctx, { application, fit }) => draftOf(application, fit),
})

export const amendTerms = step({
  title: { en: 'Amend the terms as the legal review asks', ar: 'تعديل الشروط وفق المراجعة القانونية' },
  effect: none,
  input: z.object({ terms: Terms, comments: z.string() }),
  output: Terms,
  do: async (_ctx, { terms, comments }) => amendmentOf(terms, comments),
})

export const reviseTerms = step({
  title: { en: 'Revise the terms after a counter-offer', ar: 'مراجعة الشروط بعد العرض المقابل' },
  effect: none,
  input: z.object({ terms: Terms, counterOffer: CounterOffer }),
  output: Terms,
  do: async (_ctx, { terms, counterOffer }) => revisionOf(terms, counterOffer),
})

export const sendTerms = step({
  title: { en: 'Send the terms', ar: 'إرسال الشروط' },
  effect: message('email', 'send_term_sheet', 'outside'),
  subject: 'terms',
  input: OfTerms,
  output: Sent,
  do: (ctx, { terms }) => offer(ctx, terms),
  undo: async (ctx, { terms }) => {
    await post(ctx, terms, retractionLetter(terms))
  },
})

export const sendRevisedTerms = step({
  title: { en: 'Send the revised terms', ar: 'إرسال الشروط المعدّلة' },
  effect: message('email', 'send_term_sheet', 'outside'),
  subject: 'terms',
  input: OfTerms,
  output: Sent,
  do: (ctx, { terms }) => offer(ctx, terms),
  irreversible:
    'the retraction of the first terms withdraws the offer in all its rounds, so that the partner is told once',
})

export const noticeByWhatsApp = step({
  title: { en: 'Notice by WhatsApp', ar: 'إشعار عبر واتساب' },
  effect: message('whatsapp', 'notify_terms', 'outside'),
  subject: 'terms',
  input: OfTerms,
  output: Sent,
  // Nobody waits for it: an hour of trying would hold up the partner's answer.
  retry: { attempts: 3, firstWait: seconds(5), longestWait: seconds(30) },
  do: async (ctx, { terms }) =>
    ctx.whatsapp.sendTemplate({
      to: await ctx.personal.open(terms.contact.mobile),
      template: 'partner_terms_sent',
      language: terms.language,
      parameters: [await ctx.personal.open(terms.contact.name), terms.company],
    }),
  irreversible: 'a notice that was read cannot be unread; the retraction goes by e-mail',
})

export const remindPartner = step({
  title: { en: 'Remind the partner', ar: 'تذكير الشريك' },
  effect: message('email', 'remind_partner', 'outside'),
  subject: 'terms',
  input: z.object({ terms: Terms, workingDaysLeft: z.int().min(1) }),
  output: Sent,
  do: async (ctx, { terms, workingDaysLeft }) =>
    post(ctx, terms, reminderLetter(terms, workingDaysLeft, await ctx.links.answer(answerTo(terms, workingDaysLeft)))),
  irreversible: 'a reminder promises nothing that the terms do not',
})

export const sendEnvelope = step({
  title: { en: 'Send the agreement for signature', ar: 'إرسال الاتفاقية للتوقيع' },
  effect: call('esign', 'send_envelope', 'contract'),
  subject: 'terms',
  input: OfTerms,
  output: z.object({ envelopeId: z.string() }),
  do: async (ctx, { terms }) => {
    const { company, language, contact } = terms
    const { signatory } = organisation
    const name = await ctx.personal.open(contact.name)
    const email = await ctx.personal.open(contact.email)
    return ctx.esign.sendEnvelope({
      ...(language === 'ar'
        ? { subject: `اتفاقية الشراكة مع ${company}`, message: 'نأمل الاطلاع على الاتفاقية المرفقة وتوقيعها.' }
        : { subject: `Partnership agreement with ${company}`, message: 'Please read and sign the agreement.' }),
      document: agreementOf(terms, name),
      signers: [
        { name, email, language },
        { ...signatory, name: signatory.name[signatory.language] },
      ],
    })
  },
  undo: async (ctx, { terms }, { envelopeId }) => {
    const reason =
      terms.language === 'ar' ? 'أُلغي المظروف لعدم إتمام الاتفاقية' : 'Voided because the agreement was not concluded'
    await ctx.esign.voidEnvelope({ envelopeId, reason })
  },
})

export const remindSigner = step({
  title: { en: 'Remind the partner to sign', ar: 'تذكير الشريك بالتوقيع' },
  effect: message('email', 'remind_partner', 'outside'),
  subject: 'terms',
  input: OfTerms,
  output: Sent,
  do: (ctx, { terms }) => post(ctx, terms, signatureReminderLetter(terms)),
  irreversible: 'a reminder promises nothing that the envelope does not',
})

export const activateRecord = step({
  title: { en: 'Activate the CRM record', ar: 'تفعيل سجل الشريك' },
  effect: call('crm', 'activate_partner'),
  subject: 'terms',
  input: OfTerms,
  output: z.object({ recordId: z.string() }),
  do: async (ctx, { terms }) => {
    const { recordId } = await ctx.crm.savePartner({
      externalId: ctx.run,
      stage: 'active',
      properties: {
        ...propertiesOf(terms),
        commission_percent: String(terms.commissionPercent),
        term_months: String(terms.termMonths),
      },
    })
    return { recordId }
  },
  irreversible: 'all have signed: ending the partnership is a decision of its own',
})

export const grantPortalAccess = step({
  title: { en: 'Grant access to the partner portal', ar: 'منح صلاحية الدخول إلى بوابة الشركاء' },
  effect: record('portal_access'),
  input: OfTerms,
  output: PortalAccess,
  do: async (ctx, { terms }) => {
    const { company, contact, partnership, language } = terms
    ctx.kept.put(ctx.run, { company, partnership, language, signInBy: contact.email, grantedAt: ctx.now })
    return { account: ctx.run }
  },
})

export const welcome = step({
  title: { en: 'Welcome the partner', ar: 'الترحيب بالشريك' },
  effect: message('email', 'welcome_partner', 'outside'),
  subject: 'terms',
  input: z.object({ terms: Terms, access: PortalAccess }),
  output: Sent,
  do: (ctx, { terms, access }) => post(ctx, terms, welcomeLetter(terms, access.account)),
  irreversible: 'all have signed, and a welcome is true from then on',
})

async function offer(ctx: StepContext<OutsideEffect<'email'>>, terms: Terms): Promise<{ messageId: string }> {
  return post(ctx, terms, termsLetter(terms, await ctx.links.answer(answerTo(terms, 7))))
}

/** The contact stays in the ledger: the CRM is told of the company only. */
const propertiesOf = ({ company, registration, partnership, language }: Terms | PartnerApplication) => ({
  name: company,
  registration: registrationInWords(registration, 'en'),
  partnership,
  language,
})

/** The partner answers to this round, by a link that is good for as long as the answer is waited for. */
const answerTo = ({ round, language }: Terms, workingDaysLeft: number) => ({
  signal: 'partnerReply',
  fixed: { round },
  within: workingDays(workingDaysLeft),
  language,
})
