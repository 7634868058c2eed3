/* oxlint-disable typescript/no-unsafe-call, typescript/no-unsafe-return, typescript/no-unsafe-member-access, eslint/no-unused-expressions -- the cases are wrong on purpose, and the compiler says so of each */
/**
 * What the compiler holds a workflow to. The first half must compile; in the second every case must not, and a case that
 * begins to compile is an error of its own. What no type can see (a forgotten await, the order of calls) is refused at run
 * time or by a rule of the house.
 */
import { z } from 'zod'
import type { ChoiceOn, FixedApprovers } from './gate.ts'
import {
  call,
  contract,
  days,
  document,
  type Flow,
  gate,
  message,
  minutes,
  none,
  type Personal,
  reads,
  record,
  repeat,
  seconds,
  signal,
  step,
  workflow,
  workingDays,
} from './index.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(..._proof: Equal<A, B> extends true ? [] : ['the types differ', A, B]): void => {}

same<string, string>()
// @ts-expect-error the proof itself can fail
same<string, number>()
// @ts-expect-error and it sees a modifier
same<{ readonly a: 1 }, { a: 1 }>()

const title = { en: 'Send', ar: 'إرسال' } as const
const input = z.object({ terms: z.object({ percent: z.number() }), to: z.string() })
const output = z.object({ messageId: z.string() })
const mail = { to: '', subject: '', text: '', language: 'ar' } as const

// — steps that hold ———————————————————————————————————————————————————————————————————————————————————————————————————

export const undone = step({
  title,
  effect: message('email', 'send_terms', 'outside'),
  subject: 'terms',
  input,
  output,
  do: (ctx, { to }) => ctx.email.send({ ...mail, to }),
  undo: async (_ctx, given, result) => {
    same<typeof given, { terms: { percent: number }; to: string }>()
    same<typeof result, { messageId: string }>()
  },
})
export const final = step({
  title,
  effect: message('email', 'remind', 'outside'),
  input,
  output,
  whenInDoubt: repeat('a second reminder harms nobody'),
  retry: { attempts: 2, firstWait: seconds(1), longestWait: minutes(1) },
  do: (ctx) => ctx.email.send(mail),
  irreversible: 'nobody can unread it',
})
export const pure = step({ title, effect: none, input, output: z.number(), do: async (_ctx, { to }) => to.length })
export const row = step({ title, effect: record('rows'), input, output: z.number(), do: async () => 1 })
export const undoneRow = step({
  title,
  effect: record('rows'),
  input,
  output: z.number(),
  do: async (ctx) => {
    ctx.kept.put('a', 1)
    return 1
  },
  undo: async (ctx) => ctx.kept.put('a', null),
})
export const look = step({ title, effect: reads('crm', 'email'), input, output: z.number(), do: async () => 1 })
export const anyOrder = step({ do: async () => 1, output: z.number(), input, effect: none, title })
same<ReturnType<typeof call>['idempotency'], 'key sent, else probe'>()
same<ReturnType<typeof message>['idempotency'], 'message id'>()
same<ReturnType<typeof document>['idempotency'], 'content digest'>()
same<ReturnType<typeof record>['idempotency'], 'upsert in the same transaction'>()

// — steps that do not compile —————————————————————————————————————————————————————————————————————————————————————————

const sent = async () => ({ messageId: '' })
const why = 'two words' as const
const taken = async (): Promise<void> => {}
const outside = { title, effect: message('email', 'send', 'outside'), input, output, do: sent } as const

// What the cases below leave out or add is all that is wrong with them:
step({ ...outside, irreversible: why })
step({ ...outside, undo: taken })
step({ ...outside, effect: call('crm', 'open'), irreversible: why })
step({ ...outside, effect: document('crm', 'store'), irreversible: why })

// @ts-expect-error neither undo nor irreversible (message)
step(outside)
// @ts-expect-error neither (call)
step({ ...outside, effect: call('crm', 'open') })
// @ts-expect-error neither (document)
step({ ...outside, effect: document('crm', 'store') })
// @ts-expect-error both
step({ ...outside, undo: taken, irreversible: why })
// @ts-expect-error an empty reason
step({ ...outside, irreversible: '' })
// @ts-expect-error a reason of one word
step({ ...outside, irreversible: 'because' })
// @ts-expect-error a reason to repeat of one word
step({ ...outside, irreversible: why, whenInDoubt: repeat('because') })
// @ts-expect-error no policy action (message)
message('email')
// @ts-expect-error no policy action (call)
call('crm')
// @ts-expect-error an empty action
call('crm', '')
// @ts-expect-error an empty action (message)
message('email', '', 'outside')
// @ts-expect-error an empty action (document)
document('crm', '')
// @ts-expect-error a message that does not say to whom it goes
message('email', 'send')
// @ts-expect-error an unknown system
call('erp', 'post')
// @ts-expect-error the subject is no field of the input
step({ ...outside, irreversible: why, subject: 'price' })
// @ts-expect-error inside there is nothing to authorise
step({ title, effect: none, input, output: z.number(), do: async () => 1, subject: 'terms' })
// @ts-expect-error inside nothing can be in doubt
step({ title, effect: none, input, output: z.number(), do: async () => 1, whenInDoubt: repeat('no harm done') })
// @ts-expect-error inside nothing is irreversible
step({ title, effect: none, input, output: z.number(), do: async () => 1, irreversible: why })
// @ts-expect-error reaches a system that its effect does not name
step({ ...outside, effect: call('crm', 'open'), irreversible: why, do: (ctx) => ctx.email.send(mail) })
// @ts-expect-error reaches a system although it names none
step({ title, effect: none, input, output, do: (ctx) => ctx.email.send(mail) })
// @ts-expect-error its undo reaches a system that its effect does not name
step({ ...outside, undo: async (ctx) => void ctx.crm })
// @ts-expect-error the result is not what the output says
step({ title, effect: none, input, output: z.number(), do: async () => 'one' })
// @ts-expect-error the input has no such field
step({ title, effect: none, input, output: z.number(), do: async (_ctx, given) => given.from.length })
// @ts-expect-error a Date does not survive the ledger
step({ title, effect: none, input, output: z.object({ at: z.date() }), do: async () => ({ at: new Date() }) })
// @ts-expect-error neither does a Map
step({ title, effect: none, input, output: z.map(z.string(), z.string()), do: async () => new Map<string, string>() })
// @ts-expect-error `any` would spread through every flow
step({ title, effect: none, input, output: z.any(), do: async () => 1 })
// @ts-expect-error an idempotency method cannot be chosen
step({ ...outside, effect: { ...call('crm', 'open'), idempotency: 'message id' }, irreversible: why })
declare const either: ReturnType<typeof call> | typeof none
// @ts-expect-error an effect that may be outside needs its way back too
step({ title, effect: either, input, output: z.number(), do: async () => 1 })
// @ts-expect-error a time-out is a duration
step({ title, effect: none, input, output: z.number(), do: async () => 1, timeout: 30 })

// — a contract that holds —————————————————————————————————————————————————————————————————————————————————————————————

const Packet = z.object({ kind: z.enum(['small', 'large']), terms: z.string(), amount: z.number() })
const base = {
  title,
  packet: Packet,
  subject: 'terms',
  decision: z.object({ note: z.string() }),
  approvers: 'legal',
  within: workingDays(3),
  onExpiry: 'undo',
  onReturn: 'never',
  authorises: {},
} as const
const Reply = z.discriminatedUnion('answer', [
  z.object({ answer: z.literal('accept') }),
  z.object({ answer: z.literal('counter'), percent: z.number() }),
])
const deal = contract({
  name: 'deal',
  version: 1,
  title,
  lasts: { from: days(1), to: days(2) },
  input: z.object({ company: z.string(), email: z.custom<Personal<string>>() }),
  output: z.object({ id: z.string() }),
  endings: { declined: { en: 'Declined', ar: 'رُفض' }, 'no answer': { en: 'No answer', ar: 'لم يرد' } },
  gates: {
    plain: gate({ ...base, authorises: { approved: ['undone'] } }),
    returns: gate({ ...base, onReturn: 'value', authorises: { approved: ['undone'], returned: ['final'] } }),
    expires: gate({ ...base, onExpiry: 'value' }),
    both: gate({ ...base, onExpiry: 'value', onReturn: 'value', escalate: { after: days(1), to: 'c-level' } }),
    table: gate({
      ...base,
      approvers: { by: 'kind', table: { small: 'manager', large: { every: ['c-level', 'legal'] } } },
    }),
  },
  signals: {
    reply: signal({ title, payload: Reply }),
    signed: signal({ title, payload: z.object({}), from: { system: 'esign', event: 'signed' }, pivot: true }),
  },
})
const steps = { undone, final, pure, row, look }
interface Deal extends Flow<typeof deal, typeof steps> {}
declare const packet: z.infer<typeof Packet>
declare const given: z.infer<typeof input>
declare const application: { readonly company: string; readonly email: Personal<string> }

export async function holds(flow: Deal): Promise<{ id: string }> {
  const receipt = await flow.undone(given)
  same<typeof receipt, { messageId: string }>()

  const plain = await flow.plain(packet) // neither returns nor expires as a value: there is no union to look at
  same<typeof plain.outcome, 'approved'>()
  same<typeof plain.value.note, string>()
  const returns = await flow.returns(packet)
  same<typeof returns.outcome, 'approved' | 'returned'>()
  if (returns.outcome === 'returned') same<typeof returns.comments, string>()
  const both = await flow.both(packet)
  same<typeof both.outcome, 'approved' | 'returned' | 'expired'>()

  const bare = await flow.reply()
  same<typeof bare, z.infer<typeof Reply>>()
  const reply = await flow.reply({
    within: days(7),
    remind: { after: [days(2)], by: (inner, rung) => inner.final({ ...given, to: String(rung) }) },
  })
  if (!reply.timedOut && reply.value.answer === 'counter') same<typeof reply.value.percent, number>()

  const all = await flow.all({
    steps: (inner) => inner.pure(given),
    wait: (inner) => inner.sleep(days(1)),
    deep: async (inner) => (await inner.all({ a: async () => 'x' })).a,
  })
  same<typeof all, { readonly steps: number; readonly wait: void; readonly deep: string }>()
  const first = await flow.race({ reply: (inner) => inner.reply(), patience: (inner) => inner.sleep(days(7)) })
  if (first.winner === 'reply') same<typeof first.value, z.infer<typeof Reply>>()
  const each = await flow.each([{ id: 'a', n: 1 }], async (inner, { n }) => ({ at: inner.now(), n }))
  same<typeof each, readonly { readonly id: string; readonly result: { at: number; n: number } }[]>()
  throw flow.abandon('declined')
}

// — flows that do not compile —————————————————————————————————————————————————————————————————————————————————————————

export async function doesNotCompile(flow: Deal): Promise<unknown> {
  // @ts-expect-error not listed
  await flow.payInvoice(given)
  // @ts-expect-error misspelt
  await flow.undon(given)
  // @ts-expect-error another input
  await flow.undone(packet)
  // @ts-expect-error no input
  await flow.undone()
  // @ts-expect-error the result is used as something else
  const wrong: number = await flow.undone(given)
  // @ts-expect-error the await is missing and the result is used
  await flow.undone({ ...given, terms: { percent: flow.pure(given) } })
  // @ts-expect-error another packet
  await flow.plain(given)
  const plain = await flow.plain(packet)
  // @ts-expect-error no field of this decision
  plain.value.clauses
  // @ts-expect-error this gate is never returned
  plain.outcome === 'returned'
  const returns = await flow.returns(packet)
  // @ts-expect-error comments are there only when it was returned
  returns.comments
  // @ts-expect-error it was not looked at whether it was returned
  returns.value
  const expires = await flow.expires(packet)
  // @ts-expect-error it was not looked at whether it expired
  expires.value
  const both = await flow.both(packet)
  if (both.outcome !== 'returned')
    // @ts-expect-error it may still have expired
    both.value
  const reply = await flow.reply({ within: days(7) })
  // @ts-expect-error it was not looked at whether it timed out
  reply.value
  // @ts-expect-error a deadline is a duration
  await flow.reply({ within: 7 })
  // @ts-expect-error reminders without a deadline
  await flow.reply({ remind: { after: [days(1)], by: () => Promise.resolve() } })
  // @ts-expect-error a reminder is a step, never another wait
  await flow.reply({ within: days(7), remind: { after: [days(1)], by: (inner) => inner.reply() } })
  // @ts-expect-error a reminder decides nothing
  await flow.reply({ within: days(7), remind: { after: [days(1)], by: (inner) => inner.plain(packet) } })
  // @ts-expect-error the contract names no such ending
  flow.abandon('bankrupt')
  // @ts-expect-error rejected is what a gate does
  flow.abandon('rejected')
  // @ts-expect-error a branch is a function of its own flow
  await flow.all({ a: flow.undone(given) })
  // @ts-expect-error an item of `each` has an id
  await flow.each([{ n: 1 }], async () => 1)
  // @ts-expect-error a flow cannot read what is sealed
  application.email.length
  // @ts-expect-error nor use it as what is inside
  const text: string = application.email
  return [wrong, text]
}

// — gates that do not compile —————————————————————————————————————————————————————————————————————————————————————————

const { onReturn: _return, ...withoutReturn } = base
const { onExpiry: _expiry, ...withoutExpiry } = base
const { within: _within, ...withoutDeadline } = base
const { authorises: _authorises, ...withoutAuthority } = base
const { subject: _subject, ...withoutSubject } = base
gate(base)
// @ts-expect-error says nothing about a return
gate(withoutReturn)
// @ts-expect-error says nothing about an expiry
gate(withoutExpiry)
// @ts-expect-error has no deadline
gate(withoutDeadline)
// @ts-expect-error does not say what follows
gate(withoutAuthority)
// @ts-expect-error does not say what is decided on
gate(withoutSubject)
// @ts-expect-error the subject is no field of the packet
gate({ ...base, subject: 'price' })
// @ts-expect-error expiry never approves
gate({ ...base, onExpiry: 'approve' })
// @ts-expect-error there is no such outcome
gate({ ...base, authorises: { ignored: ['undone'] } })
// @ts-expect-error no such role
gate({ ...base, approvers: 'janitor' })
// @ts-expect-error a requester does not decide
gate({ ...base, approvers: 'requester' })
// @ts-expect-error an operator does not decide
gate({ ...base, approvers: { anyOf: ['legal', 'operator'] } })
// @ts-expect-error nor is anything escalated to one
gate({ ...base, escalate: { after: days(1), to: 'operator' } })
// @ts-expect-error the table forgets `large`
gate({ ...base, approvers: { by: 'kind', table: { small: 'manager' } } })
// @ts-expect-error the table knows a value that is none
gate({ ...base, approvers: { by: 'kind', table: { small: 'manager', large: 'vp', huge: 'vp' } } })
// @ts-expect-error the packet has no such field
gate({ ...base, approvers: { by: 'size', table: { small: 'manager', large: 'vp' } } })
same<typeof deal.gates.table.approvers, FixedApprovers | ChoiceOn>()

// — titles ————————————————————————————————————————————————————————————————————————————————————————————————————————————

// @ts-expect-error gate without Arabic
gate({ ...base, title: { en: 'Only English' } })
// @ts-expect-error step without Arabic
step({ ...outside, title: { en: 'Only English' }, irreversible: why })
// @ts-expect-error signal without a title
signal({ payload: Reply })
// @ts-expect-error Arabic that is English
signal({ title: { en: 'Reply', ar: 'Reply' }, payload: Reply })
// @ts-expect-error English that begins in lower case
signal({ title: { en: 'reply', ar: 'رد' }, payload: Reply })
// @ts-expect-error a signal of an unknown system
signal({ title, payload: Reply, from: { system: 'erp', event: 'posted' } })
// @ts-expect-error a workflow without a title
contract({ name: 'x', version: 1, lasts: deal.lasts, input, output, endings: {}, gates: {}, signals: {} })
contract({
  name: 'x',
  version: 1,
  title,
  lasts: deal.lasts,
  input,
  output,
  // @ts-expect-error an ending without Arabic
  endings: { declined: { en: 'Declined' } },
  gates: {},
  signals: {},
})
contract({
  name: 'x',
  version: 1,
  title,
  lasts: deal.lasts,
  input: z.object({ email: z.custom<Personal<string>>(), deal: z.string() }),
  output,
  // @ts-expect-error a deal is named by a text, and what is personal is none
  deal: 'email',
  endings: {},
  gates: {},
  signals: {},
})

// — the join ——————————————————————————————————————————————————————————————————————————————————————————————————————————

workflow({ contract: deal, steps, flow: holds })
const { pure: _pure, ...withoutPure } = steps
// @ts-expect-error a step that the flow calls is missing
workflow({ contract: deal, steps: withoutPure, flow: holds })
const { undone: _undone, ...withoutUndone } = steps
// @ts-expect-error a gate authorises a step that does not exist
workflow({ contract: deal, steps: withoutUndone, flow: async () => ({ id: '' }) })
// @ts-expect-error a step has the name of a gate
workflow({ contract: deal, steps: { ...steps, plain: final }, flow: holds })
// @ts-expect-error a step has the name of a signal
workflow({ contract: deal, steps: { ...steps, signed: final }, flow: holds })
// @ts-expect-error a step has the name of a word of the language
workflow({ contract: deal, steps: { ...steps, race: final }, flow: holds })
// @ts-expect-error a step has the name `abandon`
workflow({ contract: deal, steps: { ...steps, abandon: final }, flow: holds })
// @ts-expect-error steps.ts exports something that is no step
workflow({ contract: deal, steps: { ...steps, sent }, flow: holds })
// @ts-expect-error the flow takes another input
workflow({ contract: deal, steps, flow: async (_flow, other: { readonly other: string }) => ({ id: other.other }) })
// @ts-expect-error the flow returns something else
workflow({ contract: deal, steps, flow: async () => 'done' })
