import type { Session, Statement } from '../database/database.ts'

/** The few facts of a run that a command on it must know. */
export interface RunFacts {
  readonly workflow: string
  readonly version: number
  readonly requester: string
}

const facts: Statement = {
  name: 'reading.run_facts',
  text: 'select workflow, version, requester from sijil.runs where tenant = $1 and id = $2',
}
const started: Statement = {
  name: 'reading.started_run',
  text: "select answer as run from sijil.idempotency where tenant = $1 and scope = 'start' and key = $2",
}
const step: Statement = {
  name: 'reading.effect_step',
  text: 'select step, of is not null as "isUndo" from sijil.effects where tenant = $1 and run = $2 and key = $3',
}

export const readRunFacts = async (session: Session, tenant: string, run: string): Promise<RunFacts | undefined> =>
  (await session.query<RunFacts>(facts, [tenant, run]))[0]

/** The run that was started with a caller's idempotency key, if any was. */
export const findStartedRun = async (session: Session, tenant: string, key: string): Promise<string | undefined> =>
  (await session.query<{ readonly run: string }>(started, [tenant, key]))[0]?.run

/** Which step made an effect, and whether the effect is itself an undo. */
export const readEffectStep = async (
  session: Session,
  tenant: string,
  run: string,
  key: string,
): Promise<{ readonly step: string; readonly isUndo: boolean } | undefined> =>
  (await session.query<{ readonly step: string; readonly isUndo: boolean }>(step, [tenant, run, key]))[0]

const signal: Statement = {
  name: 'reading.has_signal',
  text: 'select 1 as found from sijil.signals where tenant = $1 and run = $2 and id = $3',
}

/** Whether a signal with this id was received. */
export const hasSignal = async (session: Session, tenant: string, run: string, id: string): Promise<boolean> =>
  (await session.query(signal, [tenant, run, id])).length > 0
