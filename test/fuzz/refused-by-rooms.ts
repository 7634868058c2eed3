/** Requests by somebody who may, in the described form, that the room behind the door must refuse. */
import fc from 'fast-check'
import { z } from 'zod'
import { sampleApplication } from '../../scripts/start/sample.ts'
import type { Schema } from '../../src/flow/schema.ts'
import { type Body, jsonBody } from './broken-bodies.ts'
import { bearer, keyOf } from './credentials.ts'
import { nearly } from './from-schema.ts'
import type { FuzzWorld } from './fuzz-world.ts'
import { hostilePathPart, hostileText, hostileValue } from './hostile.ts'
import type { Header } from './http-request.ts'

/** A request to an operation, without what is odd and breaks nothing. */
export interface Parts {
  readonly flaw: string
  readonly who: readonly Header[]
  /** Of the path, as they travel. */
  readonly places: Readonly<Record<string, string>>
  readonly body: Body | undefined
}
type Refused = (world: FuzzWorld) => fc.Arbitrary<Parts>

const reasons = fc.oneof(
  fc.constantFrom('', ' \n', 'x'.repeat(2_001), '\uD800', 'because \0', '\u00A0'),
  hostileText.map((text) => `${text}\0`),
)
const unknownName = hostileText.filter((text) => !/^(partner-approval|partnerReply)$/.test(text))
/** What the first gate asks its decider to fill in. */
const Note = z.object({ note: z.string().trim().max(2_000).default('') })

const by = (
  world: FuzzWorld,
  person: string,
  flaw: string,
  places: fc.Arbitrary<Parts['places']>,
  body: fc.Arbitrary<unknown>,
  headers: fc.Arbitrary<readonly Header[]> = fc.constant([]),
): fc.Arbitrary<Parts> =>
  fc.record({ places, body, headers }).map(({ places: where, body: value, headers: more }) => ({
    flaw,
    who: [...bearer(keyOf(world, person)), ...more],
    places: where,
    body: value === undefined ? undefined : jsonBody(flaw, value),
  }))

const anyRun = ({ runs }: FuzzWorld) => fc.constantFrom(...Object.values(runs)).map((run) => ({ run }))

const starts: Refused = (world) =>
  fc.oneof(
    by(
      world,
      'noura',
      'no such workflow',
      fc.constant({}),
      fc.record({ workflow: unknownName, input: fc.oneof(hostileValue, fc.constant(sampleApplication)) }),
    ),
    by(
      world,
      'noura',
      'an input that the workflow does not take',
      fc.constant({}),
      nearly(fc.constant(sampleApplication))
        .filter((input) => !isTaken(contractOf(world).input, input))
        .map((input) => ({ workflow: 'partner-approval', input })),
    ),
    by(
      world,
      'noura',
      'an absurd idempotency key',
      fc.constant({}),
      fc.constant({ workflow: 'partner-approval', input: sampleApplication }),
      fc.constantFrom<readonly Header[]>(
        [['idempotency-key', '']],
        [['idempotency-key', 'two words']],
        [['idempotency-key', 'x'.repeat(256)]],
        [['idempotency-key', 'x'.repeat(9_000)]],
        [['idempotency-key', '\u00E9']],
        [
          ['idempotency-key', 'a'],
          ['idempotency-key', 'b'],
        ],
      ),
    ),
    by(
      world,
      'noura',
      'an idempotency key of another request',
      fc.constant({}),
      fc.record({ employees: fc.integer({ min: 1, max: 9 }), of: fc.nat() }).map(({ employees, of: other }) => ({
        workflow: 'partner-approval',
        input: {
          ...sampleApplication,
          employees,
          contact: { ...sampleApplication.contact, email: `person-${other}@noor-gulf.example` },
        },
      })),
      fc.constant([['idempotency-key', 'fuzz-manager']]),
    ),
  )

const cancels: Refused = (world) =>
  fc.oneof(
    by(world, 'yousef', 'no reason', anyRun(world), fc.record({ undo: fc.boolean(), why: reasons })),
    by(
      world,
      'yousef',
      'it has ended',
      fc.constant({ run: world.runs.ended }),
      fc.record({ undo: fc.boolean(), why: hostileText }),
    ),
  )

const retries: Refused = (world) =>
  fc.oneof(
    by(world, 'yousef', 'no reason', anyRun(world), fc.record({ why: reasons })),
    by(world, 'yousef', 'it is not stuck', anyRun(world), fc.record({ why: hostileText })),
  )

const signals: Refused = (world) =>
  fc.oneof(
    by(
      world,
      'yousef',
      'no such signal',
      fc.record({ run: fc.constantFrom(...Object.values(world.runs)), signal: hostilePathPart }),
      fc.record({ id: hostileText.filter((text) => text !== ''), payload: hostileValue }),
    ),
    by(
      world,
      'yousef',
      'a payload that the workflow does not take',
      fc.record({ run: fc.constantFrom(...Object.values(world.runs)), signal: fc.constant('partnerReply') }),
      nearly(fc.constant({ answer: 'counter', round: 1, commissionPercent: 12 }))
        .filter((payload) => !isTaken(contractOf(world).signals['partnerReply']?.payload, payload))
        .map((payload) => ({ id: 'fuzz', payload })),
    ),
    by(
      world,
      'yousef',
      'an id that cannot be kept',
      fc.record({ run: fc.constantFrom(...Object.values(world.runs)), signal: fc.constant('partnerReply') }),
      hostileText.map((text) => ({ id: `${text}\uDC00\uDC00`, payload: { answer: 'accept', round: 1 } })),
    ),
  )

const resolutions: Refused = (world) =>
  by(
    world,
    'yousef',
    'no such effect, or none in doubt',
    anyRun(world),
    fc.record({
      key: fc.oneof(hostileText, fc.constantFrom('openRecord', 'acknowledge', 'sendTerms', 'scoreFit')),
      resolution: fc.oneof(
        hostileValue.map((output) => ({ outcome: 'happened', output })),
        fc.constantFrom({ outcome: 'never' }, { outcome: 'abandon' }, { outcome: 'happened' }),
      ),
      why: fc.oneof(hostileText, fc.constant('because')),
    }),
  )

const decisions: Refused = (world) =>
  fc.oneof(
    by(
      world,
      'faisal',
      'a digest of something else',
      fc.constant({ task: world.tasks.atManager.id }),
      fc.record({
        verdict: fc.constantFrom('approve', 'return', 'reject'),
        digest: hostileText,
        value: fc.oneof(hostileValue, fc.constant({})),
        comments: hostileText,
      }),
    ),
    by(
      world,
      'faisal',
      'a value that the gate does not take',
      fc.constant({ task: world.tasks.atManager.id }),
      nearly(fc.constant({ note: 'yes' }))
        .filter((value) => !isTaken(Note, value))
        .map((value) => ({ verdict: 'approve', digest: world.tasks.atManager.digest, value })),
    ),
    by(
      world,
      'faisal',
      'no comments, or ones that cannot be kept',
      fc.constant({ task: world.tasks.atManager.id }),
      fc.record({
        verdict: fc.constantFrom('return', 'reject'),
        digest: fc.constant(world.tasks.atManager.digest),
        comments: fc.constantFrom('', ' ', '\0', '\uD800', 'x'.repeat(10_001)),
      }),
    ),
    by(
      world,
      'maha',
      'it is closed',
      fc.constant({ task: world.tasks.closed.id }),
      fc.record({
        verdict: fc.constantFrom('approve', 'reject'),
        digest: fc.oneof(fc.constant(world.tasks.closed.digest), hostileText),
        comments: hostileText,
      }),
    ),
  )

const sides = fc.constantFrom('local', 'temporal')
const moves: Refused = (world) =>
  fc.oneof(
    by(world, 'yousef', 'no reason', anyRun(world), fc.record({ to: sides, why: reasons })),
    by(
      world,
      'yousef',
      'there is no cluster',
      anyRun(world),
      fc.record({ to: fc.constant('temporal'), why: hostileText }),
    ),
    by(world, 'yousef', 'it is there', anyRun(world), fc.record({ to: fc.constant('local'), why: hostileText })),
  )
const allMoves: Refused = (world) =>
  fc.oneof(
    by(world, 'yousef', 'no reason', fc.constant({}), fc.record({ to: sides, why: reasons })),
    by(
      world,
      'yousef',
      'there is no cluster',
      fc.constant({}),
      fc.record({ to: fc.constant('temporal'), why: hostileText }),
    ),
  )

const links: Refused = (world) =>
  by(world, 'faisal', 'it is closed', fc.constant({ task: world.tasks.closed.id }), fc.constant(undefined))

export const refusedByRooms: Readonly<Record<string, Refused>> = {
  'POST /runs': starts,
  'POST /runs/{run}/cancel': cancels,
  'POST /runs/{run}/retry': retries,
  'POST /runs/{run}/move': moves,
  'POST /runs/moves': allMoves,
  'POST /runs/{run}/signals/{signal}': signals,
  'POST /runs/{run}/effects/resolve': resolutions,
  'POST /tasks/{task}/decisions': decisions,
  'POST /tasks/{task}/link': links,
}

function contractOf({ served: { sijil } }: FuzzWorld) {
  const definition = sijil.definitions.newest('partner-approval')
  if (definition === undefined) throw new Error('there is no partner-approval')
  return definition.workflow.contract
}

/** What the workflow's own schema says, which is what the door must ask. Ours answer at once. */
function isTaken(schema: Schema | undefined, value: unknown): boolean {
  if (schema === undefined) return false
  try {
    const verdict = schema['~standard'].validate(value)
    return verdict instanceof Promise || verdict.issues === undefined
  } catch {
    // A schema library may stumble over what the door must refuse.
    return false
  }
}
