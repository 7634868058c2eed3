import type { Schema } from '../../flow/schema.ts'
import { newRunId, parseRunId, type RunId } from '../../ledger/ids.ts'
import { findStartedRun } from '../../ledger/reading/run-facts.ts'
import { DEAL_FORM, misnamedDeal } from '../deal.ts'
import type { Definition } from '../definitions.ts'
import { digestOf, digestOfText } from '../digest.ts'
import type { SessionEnd } from '../run/run-session.ts'
import type { Actor } from './actor.ts'
import { accepted } from './checked-value.ts'
import type { CommandParts } from './command-parts.ts'
import { demand } from './permissions.ts'
import { Refusal } from './refusal.ts'

export interface StartCommand {
  readonly workflow: string
  /** As the caller has it: personal values in clear. */
  readonly input: unknown
  /** A second start with the same key and the same input answers the first run. Kept for good. */
  readonly idempotencyKey?: string | undefined
}

export interface Started {
  readonly id: RunId
  /** The run had been started before, with the same idempotency key. */
  readonly known: boolean
  /** How this process sees the run end or stop; undefined for a run that is known. */
  readonly end: Promise<SessionEnd> | undefined
}

/**
 * Starts a run of the newest version; settles when it is durable. Throws `Refusal` NOT_ALLOWED, UNKNOWN_WORKFLOW,
 * INVALID_VALUE, VALUE_TOO_LARGE, TEXT_NOT_STORABLE, IDEMPOTENCY_KEY_REUSED; then nothing was started.
 */
export async function startRun(parts: CommandParts, actor: Actor, command: StartCommand): Promise<Started> {
  demand(actor, 'start')
  const definition = parts.definitions.newest(command.workflow)
  if (definition === undefined) throw new Refusal('UNKNOWN_WORKFLOW', { workflow: command.workflow })
  const idempotencyKey = checkedKey(command.idempotencyKey)
  const earlier = await startedWith(parts, actor, idempotencyKey)
  const input = await acceptedInput(parts, actor, earlier, definition.workflow.contract.input, {
    ...command,
    idempotencyKey,
  })
  demandDeal(definition.workflow.contract, input)
  const { workflow } = command
  const digest = digestOf({ workflow, input })
  const run = parts.engine.start({
    tenant: actor.tenant,
    workflow,
    version: definition.manifest.version,
    requester: actor.person,
    input,
    engine: parts.engineOf(workflow),
    ...(idempotencyKey === undefined ? {} : { idempotency: { key: idempotencyKey, digest } }),
  })
  const created = await run.created
  if (!created.known) return { id: run.id, known: false, end: run.end }
  if (created.digest !== digest) throw new Refusal('IDEMPOTENCY_KEY_REUSED', { run: created.id })
  return { id: parseRunId(created.id), known: true, end: undefined }
}

function demandDeal(contract: Definition['workflow']['contract'], input: unknown): void {
  const path = misnamedDeal(contract, input)
  if (path === undefined) return
  const what = { en: 'The id of the deal', ar: 'معرّف الصفقة' }
  throw new Refusal('INVALID_VALUE', { what }, { issues: [{ path, message: DEAL_FORM }] })
}

const startedWith = async (
  { database }: CommandParts,
  { tenant }: Actor,
  key: string | undefined,
): Promise<string | undefined> =>
  key === undefined
    ? undefined
    : database.transaction({ role: 'member', tenant }, (session) => findStartedRun(session, tenant, key))

/** `earlier`: the run of this key. Whom the ledger does not know yet was not in its input, and is given no key for a refusal. */
async function acceptedInput(
  parts: CommandParts,
  { tenant }: Actor,
  earlier: string | undefined,
  schema: Schema,
  { input, idempotencyKey }: StartCommand,
): Promise<unknown> {
  const what = { en: 'The input', ar: 'المدخلات' }
  const of = { tenant, owner: ownerOf(idempotencyKey), what, knownOnly: earlier !== undefined }
  try {
    return (await accepted(parts, of, schema, input)).value
  } catch (cause) {
    const isUnknown = cause instanceof Error && 'code' in cause && cause.code === 'PERSON_UNKNOWN'
    if (earlier === undefined || !isUnknown) throw cause
    throw new Refusal('IDEMPOTENCY_KEY_REUSED', { run: earlier }, { cause })
  }
}

/** With an idempotency key the same input is sealed to the same text, so that no digest of a clear value is ever made. */
const ownerOf = (idempotencyKey: string | undefined): string =>
  idempotencyKey === undefined ? newRunId() : `caller-${digestOfText(idempotencyKey).slice(0, 32)}`

function checkedKey(key: string | undefined): string | undefined {
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return key
  const message = 'must be 1 to 255 visible ASCII characters'
  throw new Refusal(
    'INVALID_VALUE',
    { what: { en: 'The idempotency key', ar: 'مفتاح منع التكرار' } },
    { issues: [{ path: '', message }] },
  )
}
