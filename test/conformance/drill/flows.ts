/** A flow for every construct of the language. Pure: it is bundled for Temporal's sandbox as it stands. */
import { days, type Flow, hours, StepFailed, workingDays } from '../../../src/flow/index.ts'
import { drawn } from '../drawn/flow.ts'
import type { Drill, DrillContract } from './contract.ts'
import type * as steps from './steps.ts'

export interface DrillFlow extends Flow<DrillContract, typeof steps> {}

type DrillFunction = (flow: DrillFlow, drill: Drill) => Promise<unknown>

/** Every kind of effect, one after another. */
async function effects(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  return {
    look: await flow.look(id),
    keep: await flow.keep(id),
    enlist: await flow.enlist(id),
    mail: await flow.mail(id),
    chat: await flow.chat(id),
    file: await flow.file(id),
    sign: await flow.sign(id),
    tell: await flow.tell(id),
  }
}

/** Everything that a flow may take from nowhere but the run. */
async function facts(flow: DrillFlow): Promise<unknown> {
  const before = flow.now()
  const ids = [flow.id(), flow.id()]
  const draw = flow.random()
  await flow.sleep(hours(1))
  await flow.sleep(workingDays(2))
  const slept = flow.now() - before
  await flow.look(JSON.stringify({ ids, draw, slept }))
  return { ids, draw, slept, run: flow.run }
}

/** Until the offer is approved, at most three times. */
async function review(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  await flow.enlist(id)
  for (let round = 1; round <= 3; round += 1) {
    const about = `${id} in round ${round}`
    const answer = await flow.review({ about })
    if (answer.outcome === 'approved') return { ...(await flow.offer({ about })), round, ...answer }
    await flow.look(answer.comments)
  }
  throw flow.abandon('over')
}

/** An expiry that the flow decides on, then everybody of several roles. */
async function council(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  await flow.keep(id)
  const heard = await flow.consult({ about: id })
  await flow.mail(heard.outcome)
  const board = await flow.board({ about: id })
  return { heard: heard.outcome, board: board.by }
}

/** An outside effect that nobody has decided on. */
async function unauthorised(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  await flow.keep(id)
  return flow.offer({ about: id })
}

/** A wait with reminders. */
async function ladder(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  await flow.enlist(id)
  const answer = await flow.reply({
    within: days(5),
    remind: {
      after: [days(1), days(3)],
      by: async (rung, number) => {
        await rung.look(`reminder ${number}`)
        await rung.tell(`reminder ${number}`)
      },
    },
  })
  if (answer.timedOut) throw flow.abandon('over')
  return answer
}

/** Two words, one after the other. */
async function words(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  await flow.mail(id)
  const first = await flow.reply()
  await flow.consult({ about: first.text })
  const second = await flow.reply({ within: days(2) })
  return { first, second }
}

/** Three branches: effects, a decision, a word. */
async function together(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  await flow.keep(id)
  return flow.all({
    papers: async (branch) => {
      await branch.sign(id)
      return branch.look(branch.id().endsWith('papers/id') ? 'its own name' : branch.id())
    },
    people: async (branch) => {
      await branch.enlist(id)
      return (await branch.consult({ about: id })).outcome
    },
    partner: async (branch) => {
      await branch.mail(id)
      return (await branch.reply()).text
    },
  })
}

/** A word against the clock; whatever the loser did is taken back. */
async function race(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  await flow.keep(id)
  const first = await flow.race({
    partner: async (branch) => {
      await branch.mail(id)
      return (await branch.reply()).text
    },
    clock: async (branch) => {
      await branch.enlist(id)
      await branch.sleep(days(2))
      return branch.look('too late')
    },
  })
  await flow.chat(first.winner)
  return first
}

/** A race within branches within a race. */
async function nested(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  return flow.race({
    work: (outer) =>
      outer.all({
        one: async (branch) => {
          await branch.sign(id)
          return branch.race({
            word: async (inner) => (await inner.reply()).text,
            gate: async (inner) => {
              await inner.mail(id)
              return (await inner.consult({ about: id })).outcome
            },
          })
        },
        other: async (branch) => {
          await branch.sleep(hours(3))
          return branch.enlist(id)
        },
      }),
    clock: async (outer) => {
      await outer.sleep(days(9))
      return null
    },
  })
}

/** The same for each item. */
async function each(flow: DrillFlow, { items }: Drill): Promise<unknown> {
  return flow.each(items, async (branch, { id }) => {
    await branch.enlist(id)
    await branch.sleep(hours(1))
    return branch.mail(id)
  })
}

async function abandon(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  await flow.keep(id)
  await flow.mail(id)
  await flow.chat(id)
  await flow.sign(id)
  throw flow.abandon('over')
}

/** A signal after which nothing is undone by itself. */
async function pivot(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  await flow.sign(id)
  await flow.signed()
  await flow.chat(id)
  return (await flow.consult({ about: id })).outcome
}

/** A step after which nothing is undone by itself; then the flow would end. */
async function sealed(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  await flow.sign(id)
  await flow.seal(id)
  throw flow.abandon('over')
}

/** A step that fails, and another way. */
async function caught(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  await flow.enlist(id)
  try {
    return await flow.mail(id)
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    return flow.chat(`${error.step} failed with ${error.code}`)
  }
}

/** Effects of which nobody may know what became of them, and a word at the end. */
async function doubt(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  const saved = await flow.enlist(id)
  const sent = await flow.mail(id)
  const signed = await flow.sign(id)
  const told = await flow.tell(id)
  const answer = await flow.consult({ about: id })
  return { saved, sent, signed, told, answer: answer.outcome }
}

/** An effect that may be made twice. */
async function announce(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  return flow.tell(id)
}

/** The loser of a race may be in doubt. */
async function lostInDoubt(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  return flow.race({
    word: async (branch) => (await branch.reply()).text,
    letter: async (branch) => {
      await branch.mail(id)
      return (await branch.consult({ about: id })).outcome
    },
  })
}

/** Gives two branches one name. */
async function unruly(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  await flow.enlist(id)
  return flow.each([{ id }, { id }], (branch) => branch.look(id))
}

/** Throws what is no ending. */
async function broken(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  await flow.enlist(id)
  throw new TypeError('the flow has a mistake')
}

/** Waits for something that is not of the flow. */
async function foreign(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  await flow.enlist(id)
  return new Promise(() => {})
}

/** Swallows whatever ends it. */
async function deaf(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  await flow.enlist(id)
  try {
    return await flow.reply()
  } catch {
    return 'heard nothing'
  }
}

/** More records than one page of memory holds. */
async function long(flow: DrillFlow, { items }: Drill): Promise<unknown> {
  let told = ''
  for (const { id } of items) told = (await flow.look(`${id} ${'x'.repeat(200_000)}`)).slice(0, 20)
  const answer = await flow.consult({ about: told })
  await flow.enlist(told)
  return { told, answer: answer.outcome }
}

export const drills = {
  drawn,
  effects,
  facts,
  review,
  council,
  unauthorised,
  ladder,
  words,
  together,
  race,
  nested,
  each,
  abandon,
  pivot,
  sealed,
  caught,
  doubt,
  announce,
  lostInDoubt,
  unruly,
  broken,
  foreign,
  deaf,
  long,
} satisfies Readonly<Record<string, DrillFunction>>

export type DrillName = keyof typeof drills
