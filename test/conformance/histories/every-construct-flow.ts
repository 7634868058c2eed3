/**
 * One workflow that uses every construct of the language. Its histories are kept: what this flow does, and in which order, stays
 * as it is for good. A construct that is new to the language is shown by a flow beside it, with a history of its own.
 */
import { days, hours, StepFailed } from '../../../src/flow/index.ts'
import { type Workflow, workflow } from '../../../src/flow/workflow.ts'
import { type Drill, drillContract } from '../drill/contract.ts'
import type { DrillFlow } from '../drill/flows.ts'
import * as steps from '../drill/steps.ts'

export const NAME = 'every-construct'

export async function everyConstruct(flow: DrillFlow, { id, items }: Drill): Promise<unknown> {
  const before = flow.now()
  const drawn = { id: flow.id(), chance: flow.random() }
  const made = {
    look: await flow.look(id),
    keep: await flow.keep(id),
    enlist: await flow.enlist(id),
    mail: await flow.mail(id),
    file: await flow.file(id),
    sign: await flow.sign(id),
    tell: await flow.tell(id),
    chat: await chatOrLook(flow, id),
  }
  await flow.sleep(hours(1))
  const offered = await offer(flow, id)
  const answer = await flow.reply({
    within: days(5),
    remind: { after: [days(1), days(3)], by: async (rung, number) => void (await rung.tell(`reminder ${number}`)) },
  })
  const { by } = await flow.board({ about: id })
  const together = await branches(flow, id)
  const first = await againstTheClock(flow, id)
  const enlisted = await flow.each(items, (branch, item) => branch.enlist(item.id))
  if (!answer.timedOut && answer.value.text === 'no') throw flow.abandon('over')
  await flow.signed()
  const sealed = await flow.seal(id)
  return { drawn, took: flow.now() - before, made, offered, answer, by, together, first, enlisted, sealed }
}

/** A step that may fail, and another way. */
async function chatOrLook(flow: DrillFlow, id: string): Promise<unknown> {
  try {
    return await flow.chat(id)
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    return flow.look(error.code)
  }
}

/** In rounds, until the offer is approved. */
async function offer(flow: DrillFlow, id: string): Promise<unknown> {
  for (let round = 1; ; round += 1) {
    const about = `${id} in round ${round}`
    const answer = await flow.review({ about })
    if (answer.outcome === 'approved') return flow.offer({ about })
  }
}

const branches = (flow: DrillFlow, id: string): Promise<unknown> =>
  flow.all({
    papers: async (branch) => {
      await branch.sign(id)
      await branch.sleep(hours(2))
      return branch.look(branch.id())
    },
    people: async (branch) => {
      await branch.mail(id)
      return (await branch.consult({ about: id })).outcome
    },
  })

/** The loser is undone. */
const againstTheClock = (flow: DrillFlow, id: string): Promise<unknown> =>
  flow.race({
    word: async (branch) => {
      await branch.mail(id)
      return (await branch.reply()).text
    },
    clock: async (branch) => {
      await branch.enlist(id)
      await branch.sleep(days(2))
      return branch.look('too late')
    },
  })

export const everyConstructWorkflow: Workflow = workflow({ contract: drillContract(NAME), steps, flow: everyConstruct })
