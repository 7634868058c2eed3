import { setTimeout as pause } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { bar } from '../bar.ts'
import { CommandFailed, EXIT } from '../exit.ts'
import { connect, type Server } from '../server.ts'
import type { Terminal } from '../terminal.ts'
import { AS, type Options, WHY } from './options.ts'

interface MoveOptions extends Options {
  readonly to: 'local' | 'temporal'
  readonly why: string
  readonly all?: boolean
}

export function addMoveCommand(run: Command, terminal: Terminal): void {
  run
    .command('move [run]')
    .description('give a run, or all of them, to another engine; stop and repeat it as you like')
    .addOption(new Option('--to <engine>', 'which').choices(['local', 'temporal']).makeOptionMandatory())
    .option('--all', 'every run that has not ended and is not there')
    .requiredOption(...WHY)
    .option(...AS)
    .action(async (id: string | undefined, { to, why, all, ...options }: MoveOptions) => {
      if ((id === undefined) !== (all === true))
        throw new CommandFailed('Name one run, or say --all. Nothing was moved.', EXIT.invalid)
      const server = connect(terminal.env, options)
      if (id === undefined) return tell(await moveAll(server, { to, why }, terminal), to, options, terminal)
      const answer = await server.post(`/runs/${id}/move`, { to, why })
      if (options.json === true) terminal.json(answer)
      terminal.say(`${id} goes on there. See it with: sijil run show ${id}`)
    })
}

/** As the server presents it. */
interface Page {
  readonly moved: number
  readonly busy: readonly string[]
  readonly refused: readonly { readonly run: string; readonly code: string }[]
  readonly next?: string
  readonly left: number
}

interface Drained {
  readonly moved: number
  readonly left: number
  readonly busy: readonly string[]
  readonly refused: Page['refused']
  readonly stopped: boolean
}

/** So many rounds in a row that moved nothing, and those that are busy are left to a later time. */
const IDLE_ROUNDS_MAX = 30
const ROUND_MS = 1_000

/** Round after round over what is not there yet, until nothing is, nothing moves any more, or somebody stops it. */
async function moveAll(server: Server, wanted: Pick<MoveOptions, 'to' | 'why'>, terminal: Terminal): Promise<Drained> {
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  process.once('SIGINT', stop)
  try {
    let total: Drained = { moved: 0, left: 0, busy: [], refused: [], stopped: false }
    for (let idleRounds = 0; idleRounds < IDLE_ROUNDS_MAX; ) {
      const { moved } = total
      total = await round(server, wanted, moved, stopping.signal, terminal)
      if (total.stopped || total.left <= total.refused.length) break
      idleRounds = total.moved === moved ? idleRounds + 1 : 0
      await pause(ROUND_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
    terminal.progress('')
    return { ...total, stopped: stopping.signal.aborted }
  } finally {
    process.off('SIGINT', stop)
  }
}

async function round(
  server: Server,
  wanted: Pick<MoveOptions, 'to' | 'why'>,
  movedBefore: number,
  stop: AbortSignal,
  terminal: Terminal,
): Promise<Drained> {
  const busy: string[] = []
  const refused: Page['refused'][number][] = []
  let moved = movedBefore
  let page: Page | undefined
  do {
    page = await server.post<Page>('/runs/moves', page?.next === undefined ? wanted : { ...wanted, after: page.next })
    moved += page.moved
    busy.push(...page.busy)
    refused.push(...page.refused)
    terminal.progress(`${bar(moved, moved + page.left)} ${moved} moved, ${page.left} left`)
  } while (page.next !== undefined && !stop.aborted)
  return { moved, left: page.left, busy, refused, stopped: stop.aborted }
}

function tell(drained: Drained, to: string, { json }: Options, terminal: Terminal): void {
  const { moved, left, busy, refused, stopped } = drained
  if (json === true) terminal.json({ moved, left, busy, refused })
  const reasons = [
    ...(busy.length === 0 ? [] : [`${busy.length} are busy`]),
    ...[...Map.groupBy(refused, ({ code }) => code)].map(([code, runs]) => `${runs.length} ${code}`),
  ]
  const done = `${moved} runs moved to ${to}`
  if (left === 0) return terminal.say(`${done}; none is left.`)
  const why = reasons.length === 0 ? '' : ` (${reasons.join(', ')})`
  throw new CommandFailed(
    `${stopped ? 'Stopped: ' : ''}${done}; ${left} are left${why}. The same command goes on with them.`,
    EXIT.conflict,
  )
}
