/** What people, partners and time do to a drawn run whenever it has come to rest: drawn from what they see, so alike on every engine. */
import { Refusal } from '../../../src/engine/commands/refusal.ts'
import type { Role } from '../../../src/flow/gate.ts'
import type { RunView } from '../../../src/ledger/reading/run-view.ts'
import type { Random } from '../../simulation/random.ts'
import type { Stage } from '../scenario.ts'

const TURNS_MAX = 60
const roles: readonly Role[] = ['manager', 'legal', 'director']

/** What was seen at each rest and done then, one line each: where two engines part ways, the first line that differs says so. */
export async function play(stage: Stage, random: Random): Promise<readonly string[]> {
  const trail: string[] = []
  for (let turn = 0; ; turn += 1) {
    const view = await stage.run.view()
    if (view.status === 'ended') return [...trail, seen(view)]
    const [called, act] = turn < TURNS_MAX ? await next(stage, view, random) : end(stage)
    trail.push(`${seen(view)}; ${called}: ${await answered(act)}`)
    if (turn > 2 * TURNS_MAX) throw new Error(`the run does not end:\n${trail.join('\n')}`)
  }
}

type Act = readonly [called: string, act: () => Promise<unknown>]

const end = ({ run }: Stage): Act => ['the operator ends it', () => run.cancel({ undo: false })]

async function next(stage: Stage, view: RunView, random: Random): Promise<Act> {
  const { run } = stage
  if (random.chance(0.03)) {
    const undo = random.chance(0.7)
    return [`cancel, undo ${undo}`, () => run.cancel({ undo })]
  }
  const doubtful = view.effects.filter(({ state }) => state === 'in_doubt' || state === 'parked').toSorted(byKey)
  if (doubtful.length > 0 && random.chance(0.6)) return settle(stage, random.pick(doubtful), random)
  if (view.status === 'stuck') return random.chance(0.6) ? ['retry', () => run.retry()] : end(stage)
  const open = view.tasks.filter(({ state, kind }) => state === 'open' && kind === 'gate').toSorted(byKey)
  if (open.length > 0 && random.chance(0.5)) return decide(stage, random.pick(open).gate, random)
  const awaited = view.waits.filter(({ kind }) => kind === 'signal').map(({ name }) => name)
  if (random.chance(awaited.length > 0 ? 0.6 : 0.05)) {
    const name = awaited.length > 0 ? random.pick(awaited.toSorted()) : random.pick(['reply', 'signed'])
    const payload = name === 'reply' ? { text: String(random.whole(1, 9)) } : {}
    return [`signal ${name}`, () => run.signal(name, payload)]
  }
  return pass(stage, view)
}

/** To the next moment at which anything is due, by the record; where nothing is, time passes all the same. */
async function pass({ world }: Stage, { waits, id }: RunView): Promise<Act> {
  const [row] = await world.database.transaction({ role: 'owner' }, (session) =>
    session.query<{ readonly at: number | null }>(
      {
        name: '',
        text: 'select min(retry_ms) as at from sijil.effects where run = $1 and retry_ms > sijil.now_ms()',
      },
      [id],
    ),
  )
  const due = [row?.at ?? null, ...waits.map(({ dueAt }) => dueAt)].filter((at) => at !== null && at > world.now)
  const at = due.length === 0 ? world.now + PASSING_MS : Math.min(...due.map(Number))
  return [`${at - world.now} ms pass`, () => world.advanceTo(at)]
}
const PASSING_MS = 60_000

function settle({ run }: Stage, { key, of, state, step }: RunView['effects'][number], random: Random): Act {
  const output = OUTPUTS[step]
  const resolution =
    state === 'parked'
      ? ({ outcome: 'abandon' } as const)
      : random.chance(0.5)
        ? ({ outcome: 'never' } as const)
        : ({ outcome: 'happened', ...(of === null ? { output } : {}) } as const)
  return [`${key} is settled as ${resolution.outcome}`, () => run.resolve({ key, resolution, why: 'asked them' })]
}

/** What a person who looked it up would say that a step answered. */
const OUTPUTS: Readonly<Record<string, unknown>> = {
  enlist: { recordId: 'found' },
  file: { recordId: 'found' },
  mail: { messageId: 'found' },
  chat: { messageId: 'found' },
  tell: { messageId: 'found' },
  sign: { envelopeId: 'found' },
  offer: { envelopeId: 'found' },
  seal: { envelopeId: 'found' },
}

/** Now and then somebody who may not. */
function decide({ run }: Stage, gate: string, random: Random): Act {
  const role = random.pick(roles)
  const how = random.fraction()
  if (how < 0.7) return [`${role} approves ${gate}`, () => run.approveAs(role, {}, gate)]
  if (how < 0.85) return [`${role} returns ${gate}`, () => run.returnAs(role, 'again, please', gate)]
  return [`${role} rejects ${gate}`, () => run.rejectAs(role, 'no', gate)]
}

async function answered(act: () => Promise<unknown>): Promise<string> {
  try {
    await act()
    return 'done'
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

function seen({ status, outcome, undo, stuckCode, waits, tasks, effects, pivoted }: RunView): string {
  const open = tasks.filter(({ state }) => state === 'open')
  return JSON.stringify({
    status,
    outcome,
    undo,
    stuckCode,
    pivoted,
    waits: waits.map(({ key, dueAt }) => `${key} ${dueAt}`).toSorted(),
    open: open.map(({ key }) => key).toSorted(),
    effects: effects
      .map(({ key, state, attempt, generation }) => `${key} ${state} ${attempt} ${generation}`)
      .toSorted(),
  })
}

const byKey = (one: { readonly key: string }, other: { readonly key: string }): number =>
  one.key < other.key ? -1 : one.key > other.key ? 1 : 0
