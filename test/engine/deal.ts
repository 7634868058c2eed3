/** A small deal that uses every construct of the language once: what the suites of the engine drive. */
import { z } from 'zod'
import '../../src/connectors/systems.ts'
import {
  call,
  contract,
  days,
  type Flow,
  gate,
  message,
  none,
  record,
  seconds,
  signal,
  step,
  workflow,
} from '../../src/flow/index.ts'

export const Deal = z.object({ id: z.string(), size: z.enum(['small', 'large']), price: z.number() })
export type Deal = z.infer<typeof Deal>
const Reply = z.object({ accepts: z.boolean() })
const Note = z.object({ note: z.string().optional() })
const Sent = z.object({ messageId: z.string() })
const Packet = z.object({ deal: Deal, size: z.enum(['small', 'large']) })
const title = { en: 'Part', ar: 'جزء' } as const

export const dealContract = contract({
  name: 'deal',
  version: 1,
  title: { en: 'Deal', ar: 'صفقة' },
  lasts: { from: days(1), to: days(14) },
  input: Deal,
  output: z.object({ record: z.string(), envelope: z.string(), reminders: z.number() }),
  endings: { declined: { en: 'Declined', ar: 'مرفوضة' }, 'no answer': { en: 'No answer', ar: 'لا رد' } },
  gates: {
    review: gate({
      title,
      packet: Packet,
      subject: 'deal',
      decision: Note,
      approvers: { by: 'size', table: { small: 'manager', large: { every: ['director', 'legal'] } } },
      within: days(3),
      escalate: { after: days(2), to: 'c-level' },
      onExpiry: 'undo',
      onReturn: 'value',
      authorises: { approved: ['offer', 'sign', 'welcome', 'remind'] },
    }),
  },
  signals: {
    reply: signal({ title, payload: Reply }),
    signed: signal({ title, payload: z.object({}), pivot: true, from: { system: 'esign', event: 'signed' } }),
    withdrawn: signal({ title, payload: z.object({}) }),
  },
})

export const dealSteps = {
  open: step({
    title,
    effect: call('crm', 'open_deal'),
    input: Deal,
    output: z.object({ recordId: z.string(), created: z.boolean() }),
    do: (ctx, { id }) => ctx.crm.savePartner({ externalId: id, stage: 'applicant', properties: {} }),
    undo: async (ctx, { id }) => void (await ctx.crm.savePartner({ externalId: id, stage: 'closed', properties: {} })),
  }),
  score: step({ title, effect: none, input: Deal, output: z.number(), do: async (_ctx, { price }) => price / 2 }),
  revise: step({
    title,
    effect: none,
    input: Deal,
    output: Deal,
    do: async (_ctx, deal) => ({ ...deal, price: deal.price + 1 }),
  }),
  offer: step({
    title,
    effect: message('email', 'send_offer', 'outside'),
    input: z.object({ deal: Deal }),
    subject: 'deal',
    output: Sent,
    do: (ctx, { deal: { id } }) => ctx.email.send({ to: 'x', subject: 'offer', text: id, language: 'en' }),
    undo: async (ctx) => void (await ctx.email.send({ to: 'x', subject: 'retraction', text: '', language: 'en' })),
  }),
  remind: step({
    title,
    effect: message('email', 'remind', 'outside'),
    input: z.object({ deal: Deal }),
    subject: 'deal',
    output: Sent,
    do: (ctx) => ctx.email.send({ to: 'x', subject: 'reminder', text: '', language: 'en' }),
    irreversible: 'a reminder promises nothing',
  }),
  sign: step({
    title,
    effect: call('esign', 'send_for_signature', 'contract'),
    input: z.object({ deal: Deal }),
    subject: 'deal',
    output: z.object({ envelopeId: z.string() }),
    timeout: seconds(2),
    do: (ctx) =>
      ctx.esign.sendEnvelope({ subject: '', message: '', document: { name: '', contentBase64: '' }, signers: [] }),
    undo: async (ctx, _input, { envelopeId }) => void (await ctx.esign.voidEnvelope({ envelopeId, reason: 'undone' })),
  }),
  grant: step({
    title,
    effect: record('access'),
    input: Deal,
    output: z.string(),
    do: async (ctx, { id }) => {
      ctx.kept.put(id, { granted: true })
      return id
    },
  }),
  welcome: step({
    title,
    effect: message('whatsapp', 'welcome', 'outside'),
    input: z.object({ deal: Deal }),
    subject: 'deal',
    output: Sent,
    do: (ctx) => ctx.whatsapp.sendTemplate({ to: 'x', template: 'welcome', language: 'en', parameters: [] }),
    irreversible: 'it is the last step',
  }),
}

interface DealFlow extends Flow<typeof dealContract, typeof dealSteps> {}

async function takeDeal(flow: DealFlow, input: Deal): Promise<{ record: string; envelope: string; reminders: number }> {
  const opened = await flow.open(input)
  await flow.all({ score: (branch) => branch.score(input), again: (branch) => branch.score(input) })
  const agreed = await agree(flow, input)
  await flow.offer({ deal: agreed })
  let reminders = 0
  const reply = await flow.reply({
    within: days(7),
    remind: {
      after: [days(2), days(5)],
      by: async (steps) => {
        reminders += 1
        await steps.remind({ deal: agreed })
      },
    },
  })
  if (reply.timedOut) throw flow.abandon('no answer')
  if (!reply.value.accepts) throw flow.abandon('declined')
  const envelope = await flow.sign({ deal: agreed })
  const first = await flow.race({
    signed: (branch) => branch.signed(),
    withdrawn: (branch) => branch.withdrawn({ within: days(5) }),
  })
  if (first.winner === 'withdrawn') throw flow.abandon('declined')
  await flow.grant(agreed)
  await flow.welcome({ deal: agreed })
  return { record: opened.recordId, envelope: envelope.envelopeId, reminders }
}

/** Returned with comments: another round, with other terms. */
async function agree(flow: DealFlow, input: Deal): Promise<Deal> {
  let agreed = input
  for (;;) {
    const review = await flow.review({ deal: agreed, size: agreed.size })
    if (review.outcome === 'approved') return agreed
    agreed = await flow.revise(agreed)
  }
}

export const dealWorkflow = workflow({ contract: dealContract, steps: dealSteps, flow: takeDeal })
export const dealPolicies = {
  open_deal: 'A',
  send_offer: 'B',
  send_for_signature: 'B',
  welcome: 'B',
  remind: 'B',
} as const
