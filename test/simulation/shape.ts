/** A workflow whose shape is drawn: its input says what it does, in which order and in which branches. */
import { z } from 'zod'
import type { Envelope } from '../../src/connectors/systems.ts'
import '../../src/engine/services.ts'
import {
  call,
  contract,
  days,
  type Flow,
  gate,
  message,
  minutes,
  none,
  record,
  repeat,
  seconds,
  signal,
  step,
  workflow,
} from '../../src/flow/index.ts'
import type { Random } from './random.ts'

const title = { en: 'Part', ar: 'جزء' } as const
const Text = z.string()
const Count = z.object({ n: z.number() })
const Sent = z.object({ messageId: Text })
const envelope: Envelope = { subject: '', message: '', document: { name: '', contentBase64: '' }, signers: [] }

const plain = ['note', 'keep', 'enlist', 'mail', 'chat', 'sign', 'offer', 'tell'] as const
type Plain = (typeof plain)[number]

/** What a flow does next. */
export type Part =
  | { readonly do: Plain }
  | { readonly do: 'ask' }
  | { readonly do: 'hear'; readonly seconds: number }
  | { readonly do: 'remind'; readonly seconds: number }
  | { readonly do: 'sleep'; readonly seconds: number }
  | { readonly do: 'all' | 'race'; readonly branches: readonly (readonly Part[])[] }
  | { readonly do: 'pivot' }
  | { readonly do: 'abandon' }
// Drawn by us and kept by the ledger: the form is not in doubt.
const Parts = z.array(z.custom<Part>(() => true))
const Shape = z.object({ parts: Parts })

export const shapeContract = contract({
  name: 'shape',
  version: 1,
  title,
  lasts: { from: days(1), to: days(2) },
  input: Shape,
  output: z.array(Text),
  endings: { over: title },
  gates: {
    ask: gate({
      title,
      packet: z.object({ about: Text, size: z.enum(['small', 'large']) }),
      subject: 'about',
      decision: z.object({}),
      approvers: {
        by: 'size',
        table: { small: { anyOf: ['manager', 'director'] }, large: { every: ['director', 'legal'] } },
      },
      quorum: 2,
      within: minutes(2),
      escalate: { after: minutes(1), to: 'c-level' },
      onExpiry: 'undo',
      onReturn: 'value',
      authorises: { approved: ['offer'] },
    }),
  },
  signals: {
    go: signal({ title, payload: Count }),
    stop: signal({ title, payload: Count }),
    done: signal({ title, payload: Count, pivot: true }),
  },
})

const retry = { attempts: 4, firstWait: seconds(1), longestWait: seconds(8) }

export const shapeSteps = {
  note: step({ title, effect: none, input: Text, output: Text, do: async (_ctx, text) => text }),
  keep: step({
    title,
    effect: record('thing'),
    input: Text,
    output: Text,
    retry,
    do: async (ctx, id) => {
      ctx.kept.put(id, { before: (await ctx.kept.get(id)) ?? null })
      return id
    },
    undo: async (ctx, id) => ctx.kept.put(id, { gone: true }),
  }),
  /** The other side refuses doubles of the key. */
  enlist: step({
    title,
    effect: call('crm', 'enlist'),
    input: Text,
    output: z.object({ recordId: Text, created: z.boolean() }),
    timeout: seconds(10),
    retry,
    do: (ctx, id) => ctx.crm.savePartner({ externalId: id, stage: 'applicant', properties: {} }),
    undo: async (ctx, id) => void (await ctx.crm.savePartner({ externalId: id, stage: 'closed', properties: {} })),
  }),
  /** Nobody can be asked. */
  mail: step({
    title,
    effect: message('email', 'mail', 'outside'),
    input: Text,
    output: Sent,
    timeout: seconds(6),
    retry,
    do: (ctx, subject) => ctx.email.send({ to: 'x', subject, text: '', language: 'en' }),
    undo: async (ctx) => void (await ctx.email.send({ to: 'x', subject: 'retraction', text: '', language: 'en' })),
  }),
  /** The other side only confirms. */
  chat: step({
    title,
    effect: message('whatsapp', 'chat', 'outside'),
    input: Text,
    output: Sent,
    timeout: seconds(12),
    retry,
    do: (ctx) => ctx.whatsapp.sendTemplate({ to: 'x', template: 'x', language: 'en', parameters: [] }),
    irreversible: 'what was said stays said',
  }),
  /** The other side can be asked. */
  sign: step({
    title,
    effect: call('esign', 'sign', 'contract'),
    input: Text,
    output: z.object({ envelopeId: Text }),
    timeout: seconds(10),
    retry,
    do: (ctx) => ctx.esign.sendEnvelope(envelope),
    undo: async (ctx, _input, { envelopeId }) => void (await ctx.esign.voidEnvelope({ envelopeId, reason: 'undone' })),
  }),
  /** Needs a decision that lists it. */
  offer: step({
    title,
    effect: call('esign', 'offer', 'contract'),
    input: z.object({ about: Text }),
    subject: 'about',
    output: z.object({ envelopeId: Text }),
    timeout: seconds(10),
    retry,
    do: (ctx) => ctx.esign.sendEnvelope(envelope),
    undo: async (ctx, _input, { envelopeId }) => void (await ctx.esign.voidEnvelope({ envelopeId, reason: 'undone' })),
  }),
  /** Says beforehand that a second one does no harm. */
  tell: step({
    title,
    effect: message('email', 'tell', 'outside'),
    input: Text,
    output: Sent,
    timeout: seconds(6),
    retry,
    whenInDoubt: repeat('it repeats itself'),
    do: (ctx, subject) => ctx.email.send({ to: 'x', subject, text: '', language: 'en' }),
    irreversible: 'what was said stays said',
  }),
  pivot: step({
    title,
    effect: call('esign', 'pivot', 'contract'),
    input: Text,
    output: z.object({ envelopeId: Text }),
    pivot: true,
    timeout: seconds(10),
    retry,
    do: (ctx) => ctx.esign.sendEnvelope(envelope),
    irreversible: 'all have signed',
  }),
}
/** Actions that run by themselves; every other needs a decision. */
export const shapePolicies = ['enlist', 'mail', 'chat', 'sign', 'tell', 'pivot'] as const
/** Steps of which a second one does no harm. */
export const harmless: readonly string[] = ['tell']
/** What takes each step back at its vendor. */
export const undoneBy: Readonly<Record<string, string>> = {
  enlist: 'crm.savePartner',
  mail: 'email.send',
  sign: 'esign.voidEnvelope',
  offer: 'esign.voidEnvelope',
}

interface ShapeFlow extends Flow<typeof shapeContract, typeof shapeSteps> {}

async function takeShape(flow: ShapeFlow, { parts }: z.infer<typeof Shape>): Promise<string[]> {
  return take(flow, parts)
}

async function take(flow: ShapeFlow, parts: readonly Part[]): Promise<string[]> {
  const told: string[] = []
  for (const part of parts) told.push(await takePart(flow, part))
  return told
}

async function takePart(flow: ShapeFlow, part: Part): Promise<string> {
  switch (part.do) {
    case 'note':
    case 'keep':
    case 'enlist':
    case 'mail':
    case 'chat':
    case 'sign':
    case 'tell':
    case 'pivot':
      return JSON.stringify(await flow[part.do](flow.id()))
    case 'offer':
      return offer(flow)
    case 'ask':
      return JSON.stringify(await flow.ask({ about: flow.id(), size: flow.random() < 0.7 ? 'small' : 'large' }))
    case 'hear':
      return JSON.stringify(await flow.go({ within: seconds(part.seconds) }))
    case 'remind':
      return remind(flow, part.seconds)
    case 'sleep':
      await flow.sleep(seconds(part.seconds))
      return 'slept'
    case 'all':
      return JSON.stringify(await flow.all(branchesOf(part.branches)))
    case 'race': {
      const { winner } = await flow.race({
        ...branchesOf(part.branches),
        stop: async (branch) => [String((await branch.stop()).n)],
      })
      return winner
    }
    case 'abandon':
      throw flow.abandon('over')
  }
}

/** Asks until it is approved, at most three times. */
async function offer(flow: ShapeFlow): Promise<string> {
  for (let round = 1; round <= 3; round += 1) {
    const about = flow.id()
    const { outcome } = await flow.ask({ about, size: flow.random() < 0.7 ? 'small' : 'large' })
    if (outcome === 'approved') return (await flow.offer({ about })).envelopeId
  }
  throw flow.abandon('over')
}

async function remind(flow: ShapeFlow, after: number): Promise<string> {
  const heard = await flow.go({
    within: seconds(3 * after),
    remind: { after: [seconds(after), seconds(2 * after)], by: (steps) => steps.tell('a reminder') },
  })
  return JSON.stringify(heard)
}

const branchesOf = (branches: readonly (readonly Part[])[]) =>
  Object.fromEntries(
    branches.map((parts, index) => [`b${index + 1}`, (branch: ShapeFlow): Promise<string[]> => take(branch, parts)]),
  )

export const shapeWorkflow = workflow({ contract: shapeContract, steps: shapeSteps, flow: takeShape })

/** One to six parts, now and then in branches, now and then with a pivot or an end of its own accord. */
export function drawShape(random: Random): { readonly parts: readonly Part[] } {
  const parts = drawParts(random, random.whole(1, 5), 2)
  const end = random.fraction()
  if (end < 0.25) return { parts: [...parts, { do: 'abandon' }] }
  if (end < 0.4) return { parts: [...parts, { do: 'pivot' }, ...drawParts(random, random.whole(0, 2), 1)] }
  return { parts }
}

const drawParts = (random: Random, count: number, depth: number): readonly Part[] =>
  Array.from({ length: count }, () => drawPart(random, depth))

function drawPart(random: Random, depth: number): Part {
  const kind = random.fraction()
  if (kind < 0.6) return { do: random.pick(plain) }
  if (kind < 0.66) return { do: 'ask' }
  if (kind < 0.74) return { do: 'hear', seconds: random.whole(1, 40) }
  if (kind < 0.78) return { do: 'remind', seconds: random.whole(3, 15) }
  if (kind < 0.84) return { do: 'sleep', seconds: random.whole(1, 30) }
  if (depth === 0) return { do: 'note' }
  const branches = Array.from({ length: random.whole(1, 3) }, () => drawParts(random, random.whole(1, 2), depth - 1))
  return { do: random.chance(0.5) ? 'all' : 'race', branches }
}
