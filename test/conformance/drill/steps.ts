/** One step of each kind of effect, and of each way in which a vendor can be asked what it did. */
import { z } from 'zod'
import '../../../src/connectors/systems.ts'
import '../../../src/engine/services.ts'
import { call, document, message, none, record, repeat, seconds, step } from '../../../src/flow/index.ts'

const Text = z.string()
const About = z.object({ about: Text })
const Sent = z.object({ messageId: Text })
const Saved = z.object({ recordId: Text })
const Enveloped = z.object({ envelopeId: Text })

const retry = { attempts: 3, firstWait: seconds(1), longestWait: seconds(8) }
const title = { en: 'Drilled step', ar: 'خطوة تمرين' } as const
const mailOf = (subject: string) => ({ to: 'x@example.com', subject, text: '', language: 'en' }) as const
const envelopeOf = (subject: string) => ({
  subject,
  message: '',
  document: { name: 'paper', contentBase64: '' },
  signers: [],
})

/** Pure. */
export const look = step({
  title: { en: 'Look', ar: 'نظر' },
  effect: none,
  input: Text,
  output: Text,
  do: async (_, text) => `saw ${text}`,
})
export const keep = step({
  title,
  effect: record('thing'),
  input: Text,
  output: Text,
  retry,
  do: async (ctx, id) => {
    ctx.kept.put(`${ctx.run} ${id}`, { before: (await ctx.kept.get(`${ctx.run} ${id}`)) ?? null })
    return id
  },
  undo: async (ctx, id) => ctx.kept.put(`${ctx.run} ${id}`, { gone: true }),
})
/** The other side refuses doubles of the key. */
export const enlist = step({
  title,
  effect: call('crm', 'enlist'),
  input: Text,
  output: Saved,
  retry,
  do: async (ctx, id) => {
    const { recordId } = await ctx.crm.savePartner({ externalId: id, stage: 'applicant', properties: {} })
    return { recordId }
  },
  undo: async (ctx, id) => void (await ctx.crm.savePartner({ externalId: id, stage: 'closed', properties: {} })),
})
/** Nobody can be asked. */
export const mail = step({
  title: { en: 'Send the mail', ar: 'إرسال البريد' },
  effect: message('email', 'mail', 'outside'),
  input: Text,
  output: Sent,
  retry,
  do: (ctx, subject) => ctx.email.send(mailOf(subject)),
  undo: async (ctx, subject) => void (await ctx.email.send(mailOf(`retraction of ${subject}`))),
})
/** The other side only confirms. */
export const chat = step({
  title,
  effect: message('whatsapp', 'chat', 'outside'),
  input: Text,
  output: Sent,
  retry,
  do: (ctx, text) => ctx.whatsapp.sendTemplate({ to: 'x', template: 'chat', language: 'ar', parameters: [text] }),
  irreversible: 'what was said stays said',
})
export const file = step({
  title,
  effect: document('crm', 'file'),
  input: Text,
  output: Saved,
  retry,
  do: async (ctx, id) => {
    const { recordId } = await ctx.crm.savePartner({ externalId: id, stage: 'active', properties: {} })
    return { recordId }
  },
  undo: async (ctx, id) => void (await ctx.crm.savePartner({ externalId: id, stage: 'closed', properties: {} })),
})
/** The other side can be asked. */
export const sign = step({
  title,
  effect: call('esign', 'sign', 'contract'),
  input: Text,
  output: Enveloped,
  timeout: seconds(1),
  retry,
  do: (ctx, subject) => ctx.esign.sendEnvelope(envelopeOf(subject)),
  undo: async (ctx, _, { envelopeId }) => void (await ctx.esign.voidEnvelope({ envelopeId, reason: 'undone' })),
})
/** Needs a decision that lists it. */
export const offer = step({
  title,
  effect: call('esign', 'offer', 'contract'),
  input: About,
  subject: 'about',
  output: Enveloped,
  retry,
  do: (ctx, { about }) => ctx.esign.sendEnvelope(envelopeOf(about)),
  undo: async (ctx, _, { envelopeId }) => void (await ctx.esign.voidEnvelope({ envelopeId, reason: 'undone' })),
})
/** Says beforehand that a second one does no harm. */
export const tell = step({
  title,
  effect: message('email', 'tell', 'outside'),
  input: Text,
  output: Sent,
  retry,
  whenInDoubt: repeat('it repeats itself'),
  do: (ctx, subject) => ctx.email.send(mailOf(subject)),
  irreversible: 'what was said stays said',
})
/** From here on the run only goes forward, or to a person. */
export const seal = step({
  title,
  effect: call('esign', 'seal', 'contract'),
  input: Text,
  output: Enveloped,
  pivot: true,
  retry,
  do: (ctx, subject) => ctx.esign.sendEnvelope(envelopeOf(subject)),
  irreversible: 'all have signed',
})
