import { z } from 'zod'
import type { Part } from '../drawn/flow.ts'
import { contract, days, gate, signal, workingDays } from '../../../src/flow/index.ts'

const Text = z.string()
const drilled = { en: 'Drill', ar: 'تمرين' } as const

export const Drill = z.object({
  id: Text,
  items: z.array(z.object({ id: Text })),
  // Drawn by us: the form is not in doubt.
  parts: z.array(z.custom<Part>(() => true)).optional(),
})
export type Drill = z.output<typeof Drill>

const Packet = z.object({ about: Text })

/** What every drill may ask people and wait for. */
export const drillContract = (name: string) =>
  contract({
    name,
    version: 1,
    title: drilled,
    lasts: { from: days(1), to: days(30) },
    input: Drill,
    deal: 'id',
    output: z.unknown(),
    endings: { over: drilled },
    gates: {
      /** Escalates after a day; nobody answers: the run ends and is undone. */
      review: gate({
        title: { en: 'Review', ar: 'مراجعة' },
        packet: Packet,
        subject: 'about',
        decision: z.object({ note: Text.optional() }),
        approvers: 'manager',
        within: days(3),
        escalate: { after: days(1), to: 'director' },
        onExpiry: 'undo',
        onReturn: 'value',
        authorises: { approved: ['offer'] },
      }),
      /** Only yes or no; nobody answers: the flow decides. */
      consult: gate({
        title: { en: 'Consultation', ar: 'استشارة' },
        packet: Packet,
        subject: 'about',
        decision: z.object({}),
        approvers: 'legal',
        within: days(2),
        onExpiry: 'value',
        onReturn: 'never',
        authorises: {},
      }),
      /** Everybody must say yes, in days of the calendar. */
      board: gate({
        title: { en: 'Board', ar: 'مجلس الإدارة' },
        packet: Packet,
        subject: 'about',
        decision: z.object({}),
        approvers: { every: ['director', 'legal'] },
        within: workingDays(5),
        onExpiry: 'undo',
        onReturn: 'never',
        authorises: {},
      }),
    },
    signals: {
      reply: signal({ title: { en: 'Reply', ar: 'رد' }, payload: z.object({ text: Text }) }),
      signed: signal({ title: { en: 'Signed', ar: 'توقيع' }, payload: z.object({}), pivot: true }),
    },
  })

export type DrillContract = ReturnType<typeof drillContract>
