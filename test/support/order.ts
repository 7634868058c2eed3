/** A small order with a personal value, two deciders, an answer by link and a vendor's event: for suites of commands and decisions. */
import { z } from 'zod'
import '../../src/connectors/systems.ts'
import {
  call,
  contract,
  days,
  type Flow,
  gate,
  message,
  seconds,
  signal,
  step,
  workflow,
} from '../../src/flow/index.ts'
import { personal } from '../../src/trust/personal.ts'

const Goods = z.object({ id: z.string().min(1), amount: z.number().positive() })
const Supplier = z.object({ email: personal(z.email(), { identifies: true }), name: personal(z.string().min(2)) })
const Order = z.object({ goods: Goods, supplier: Supplier })
type Order = z.output<typeof Order>

export const orderContract = contract({
  name: 'order',
  version: 1,
  title: { en: 'Order', ar: 'طلب شراء' },
  lasts: { from: days(1), to: days(14) },
  input: Order,
  output: z.object({ envelope: z.string(), accepts: z.boolean() }),
  endings: {},
  gates: {
    approval: gate({
      title: { en: 'Approval of the order', ar: 'اعتماد الطلب' },
      packet: Order,
      subject: 'goods',
      decision: z.object({ budget: z.string().min(2) }),
      approvers: { every: ['manager', 'legal'] },
      within: days(3),
      onExpiry: 'undo',
      onReturn: 'value',
      authorises: { approved: ['place', 'tell'] },
    }),
    release: gate({
      title: { en: 'Release', ar: 'الإفراج' },
      packet: z.object({ goods: Goods }),
      subject: 'goods',
      decision: z.object({}),
      approvers: 'director',
      within: days(3),
      onExpiry: 'value',
      onReturn: 'never',
      authorises: {},
    }),
  },
  signals: {
    answer: signal({
      title: { en: 'Answer of the supplier', ar: 'رد المورّد' },
      payload: z.object({ accepts: z.boolean(), round: z.number() }),
    }),
    placed: signal({
      title: { en: 'Order signed', ar: 'توقيع الطلب' },
      payload: z.object({ reference: z.string() }),
      from: { system: 'esign', event: 'signed' },
    }),
  },
})

export const orderSteps = {
  open: step({
    title: { en: 'Open the order', ar: 'فتح الطلب' },
    effect: call('crm', 'open_order'),
    input: Goods,
    output: z.object({ recordId: z.string(), created: z.boolean() }),
    do: (ctx, { id }) => ctx.crm.savePartner({ externalId: id, stage: 'applicant', properties: {} }),
    undo: async (ctx, { id }) => void (await ctx.crm.savePartner({ externalId: id, stage: 'closed', properties: {} })),
  }),
  place: step({
    title: { en: 'Place the order', ar: 'إرسال الطلب' },
    effect: call('esign', 'place_order', 'contract'),
    input: z.object({ goods: Goods }),
    subject: 'goods',
    output: z.object({ envelopeId: z.string() }),
    timeout: seconds(2),
    do: (ctx) =>
      ctx.esign.sendEnvelope({ subject: '', message: '', document: { name: '', contentBase64: '' }, signers: [] }),
    undo: async (ctx, _input, { envelopeId }) => void (await ctx.esign.voidEnvelope({ envelopeId, reason: 'undone' })),
  }),
  tell: step({
    title: { en: 'Tell the supplier', ar: 'إبلاغ المورّد' },
    effect: message('whatsapp', 'tell_supplier', 'outside'),
    input: z.object({ goods: Goods }),
    subject: 'goods',
    output: z.object({ messageId: z.string() }),
    timeout: seconds(2),
    do: (ctx) => ctx.whatsapp.sendTemplate({ to: 'x', template: 'told', language: 'ar', parameters: [] }),
    irreversible: 'what was said stays said',
  }),
}

interface OrderFlow extends Flow<typeof orderContract, typeof orderSteps> {}

async function order(flow: OrderFlow, { goods, supplier }: Order): Promise<{ envelope: string; accepts: boolean }> {
  await flow.open(goods)
  await flow.approval({ goods, supplier })
  const { envelopeId } = await flow.place({ goods })
  const placed = await flow.placed({ within: days(30) })
  await flow.tell({ goods })
  const answer = await flow.answer()
  await flow.release({ goods })
  return { envelope: placed.timedOut ? envelopeId : placed.value.reference, accepts: answer.accepts }
}

export const orderWorkflow = workflow({ contract: orderContract, steps: orderSteps, flow: order })
export const orderPolicies = { open_order: 'A', place_order: 'B', tell_supplier: 'B' } as const

/** As a caller sends it. */
export const anOrder = (id = 'PO-1') => ({
  goods: { id, amount: 1_500 },
  supplier: { email: 'huda@example.sa', name: 'هدى' },
})
