import { MalformedId, parseRunId, type RunId } from '../../ledger/ids.ts'
import { type RunFacts, readRunFacts } from '../../ledger/reading/run-facts.ts'
import type { Definition } from '../definitions.ts'
import type { Actor } from './actor.ts'
import type { CommandParts } from './command-parts.ts'
import { Refusal } from './refusal.ts'

export interface KnownRun extends RunFacts {
  readonly id: RunId
}

/** A run of the actor's tenant. Throws `Refusal` NO_SUCH_RUN, also for a text that is no id: there can be no such run. */
export async function knownRun(
  { database }: Pick<CommandParts, 'database'>,
  { tenant }: Pick<Actor, 'tenant'>,
  text: string,
): Promise<KnownRun> {
  const id = runIdOf(text)
  const facts = await database.transaction({ role: 'member', tenant }, (session) => readRunFacts(session, tenant, id))
  if (facts === undefined) throw new Refusal('NO_SUCH_RUN', { run: text })
  return { id, ...facts }
}

function runIdOf(text: string): RunId {
  try {
    return parseRunId(text)
  } catch (error) {
    if (error instanceof MalformedId) throw new Refusal('NO_SUCH_RUN', { run: text }, { cause: error })
    throw error
  }
}

/** The definition that a run goes by. Throws `Refusal` UNKNOWN_WORKFLOW when this process does not have it. */
export function definitionOf(
  { definitions }: Pick<CommandParts, 'definitions'>,
  { workflow, version }: Pick<RunFacts, 'workflow' | 'version'>,
): Definition {
  const definition = definitions.find(workflow, version)
  if (definition === undefined) throw new Refusal('UNKNOWN_WORKFLOW', { workflow: `${workflow}@${version}` })
  return definition
}
