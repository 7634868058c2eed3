/** A flow whose shape is drawn: its input says what it does, in which order and in which branches. Pure, for Temporal's sandbox. */
import { seconds, StepFailed } from '../../../src/flow/index.ts'
import type { Drill } from '../drill/contract.ts'
import type { DrillFlow } from '../drill/flows.ts'

export const plain = ['look', 'keep', 'enlist', 'mail', 'chat', 'file', 'sign', 'tell'] as const
export type Plain = (typeof plain)[number]

/** What a flow does next. */
export type Part =
  | { readonly do: Plain | 'consult' | 'board' | 'offer' | 'signed' | 'seal' | 'abandon' }
  | { readonly do: 'hear' | 'remind' | 'sleep'; readonly seconds: number }
  /** A step that may fail, and another way. */
  | { readonly do: 'catch'; readonly step: Plain }
  | { readonly do: 'all' | 'race'; readonly branches: readonly (readonly Part[])[] }

export async function drawn(flow: DrillFlow, { parts = [] }: Drill): Promise<unknown> {
  return take(flow, parts)
}

async function take(flow: DrillFlow, parts: readonly Part[]): Promise<string[]> {
  const told: string[] = []
  for (const part of parts) told.push(JSON.stringify(await takePart(flow, part)))
  return told
}

async function takePart(flow: DrillFlow, part: Part): Promise<unknown> {
  switch (part.do) {
    case 'look':
    case 'keep':
    case 'enlist':
    case 'mail':
    case 'chat':
    case 'file':
    case 'sign':
    case 'tell':
    case 'seal':
      return flow[part.do](flow.id())
    case 'consult':
      return (await flow.consult({ about: flow.id() })).outcome
    case 'board':
      return (await flow.board({ about: flow.id() })).by
    case 'offer':
      return offer(flow)
    case 'signed':
      return flow.signed()
    case 'hear':
      return flow.reply({ within: seconds(part.seconds) })
    case 'remind':
      return flow.reply({
        within: seconds(3 * part.seconds),
        remind: { after: [seconds(part.seconds), seconds(2 * part.seconds)], by: (rung) => rung.tell('a reminder') },
      })
    case 'sleep':
      return flow.sleep(seconds(part.seconds))
    case 'catch':
      return caught(flow, part.step)
    case 'all':
      return flow.all(branchesOf(part.branches))
    case 'race':
      return flow.race(branchesOf(part.branches))
    case 'abandon':
      throw flow.abandon('over')
  }
}

/** Asks until it is approved, at most three times. */
async function offer(flow: DrillFlow): Promise<unknown> {
  for (let round = 1; round <= 3; round += 1) {
    const about = flow.id()
    const { outcome } = await flow.review({ about })
    if (outcome === 'approved') return flow.offer({ about })
  }
  throw flow.abandon('over')
}

async function caught(flow: DrillFlow, step: Plain): Promise<unknown> {
  try {
    return await flow[step](flow.id())
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    return flow.look(`${error.step} failed with ${error.code}`)
  }
}

const branchesOf = (branches: readonly (readonly Part[])[]) =>
  Object.fromEntries(
    branches.map((parts, index) => [`b${index + 1}`, (branch: DrillFlow): Promise<string[]> => take(branch, parts)]),
  )
