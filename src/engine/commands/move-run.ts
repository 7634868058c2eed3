import { parseRunId, type RunId } from '../../ledger/ids.ts'
import { askForMove, askForMoves, countElsewhere, type Side } from '../../ledger/requests/moves.ts'
import type { Actor } from './actor.ts'
import type { CommandParts } from './command-parts.ts'
import { knownRun } from './known-run.ts'
import { demand } from './permissions.ts'
import { reasonOf } from './reason.ts'
import { Refusal, type RefusalCode, refusalOf } from './refusal.ts'

export interface MoveCommand {
  readonly run: string
  readonly to: Side
  readonly why: string
}

/**
 * Gives a run to another engine, between two things that it does. Throws `Refusal` NO_SUCH_RUN, NOT_ALLOWED, NO_CLUSTER, RUN_ENDED,
 * ALREADY_THERE, VERSION_NOT_LOADABLE, RUN_BUSY (try again), INVALID_VALUE (without a reason).
 */
export async function moveRun(parts: CommandParts, actor: Actor, { run: text, to, why }: MoveCommand): Promise<void> {
  const { id, requester, workflow, version } = await knownRun(parts, actor, text)
  demand(actor, 'move', requester)
  const move = { to, loadable: loadableOn(parts, to), why: reasonOf(why) }
  const answer = await parts.database.transaction({ role: 'engine' }, (session) => askForMove(session, actor, id, move))
  if (answer !== 'MOVED') throw refusalOf(answer, { run: id, to, workflow: `${workflow}@${version}` })
  parts.engine.wake(id)
}

export interface MoveAllCommand {
  readonly to: Side
  readonly why: string
  /** `next` of the page before. */
  readonly after?: RunId | undefined
}

export interface MovedPage {
  readonly moved: number
  /** Something is under way in them: try again. */
  readonly busy: readonly string[]
  /** They cannot go there, and the code says why. */
  readonly refused: readonly { readonly run: string; readonly code: RefusalCode }[]
  /** After which run the next page begins; undefined when this was the last. */
  readonly next: RunId | undefined
  /** How many runs of the organisation have not ended and are not there yet. */
  readonly left: number
}

/** So many runs change sides in one commit: each is locked until then. */
const PAGE_MAX = 100

/**
 * Moves the next hundred of the organisation's runs that are not there yet. What it has moved stays moved, so whoever asks may stop
 * at any page and begin again. Throws `Refusal` NOT_ALLOWED, NO_CLUSTER, INVALID_VALUE (without a reason).
 */
export async function moveRuns(parts: CommandParts, actor: Actor, command: MoveAllCommand): Promise<MovedPage> {
  demand(actor, 'move')
  const { to, after } = command
  const move = { to, loadable: loadableOn(parts, to), why: reasonOf(command.why) }
  const runs = await parts.database.transaction({ role: 'engine' }, (session) =>
    askForMoves(session, actor, move, { after, limit: PAGE_MAX }),
  )
  const moved = runs.filter(({ answer }) => answer === 'MOVED')
  // Whichever engine is woken looks for everything that is due.
  const [one] = moved
  if (one !== undefined) parts.engine.wake(one.run)
  const last = runs.length < PAGE_MAX ? undefined : runs.at(-1)
  return {
    moved: moved.length,
    busy: runs.filter(({ answer }) => answer === 'RUN_BUSY').map(({ run }) => run),
    refused: runs.flatMap(({ run, answer }) =>
      SETTLED.has(answer) ? [] : [{ run, code: refusalOf(answer, {}).code }],
    ),
    next: last === undefined ? undefined : parseRunId(last.run),
    left: await parts.database.transaction({ role: 'member', tenant: actor.tenant }, (session) =>
      countElsewhere(session, actor.tenant, to),
    ),
  }
}

/** Not worth a word: it is there, or needs no place any more, or is told apart. */
const SETTLED = new Set(['MOVED', 'RUN_BUSY', 'RUN_ENDED', 'ALREADY_THERE'])

function loadableOn(parts: CommandParts, to: Side): readonly string[] {
  const loadable = parts.loadableOn(to)
  if (loadable === undefined) throw new Refusal('NO_CLUSTER')
  return loadable
}
