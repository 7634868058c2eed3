import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { inspect } from 'node:util'
import { readAccounts } from '../src/connectors/settings.ts'
import type { Systems } from '../src/flow/effect.ts'
import { EffectNotMade, EffectRefused, EffectUnknown, NeverHappened, SafeToRepeat } from '../src/flow/failure.ts'
import type { FaultKind } from './faults.ts'
import { startWorld, until, type World } from './test-world.ts'

/**
 * One changing operation, and what its vendor can tell. Every connector passes the same suite, and its process may die at any
 * moment (`test/connectors/crash-windows.test.ts`): a vendor keeps its subjects in `subjects.ts`, for both.
 */
export interface Subject {
  readonly vendor: string
  readonly operation: string
  /** What must have happened on the vendor's side before, such as somebody writing to us first. */
  readonly opens?: (world: World) => Promise<void>
  /** Makes what the operation changes, such as the envelope that it voids. Its answer is given to every `call` of one key. */
  readonly prepare?: (systems: Systems) => Promise<string>
  /** Makes or probes the operation, always with the same request. */
  readonly call: (systems: Systems, prepared: string) => Promise<unknown>
  /** Its answer is a status and nothing else, so that nothing in it can be wrong or missing. */
  readonly answersNothing?: true
  /** It is a mail, whatever it says: a mail server knows only one thing to do. */
  readonly overMail?: true
  /** What `call` makes the vendor do. */
  readonly action: string
  /** What a probe says when the vendor had acted. */
  readonly acted: 'done' | 'unknown'
  /** What a probe says when it had not. */
  readonly notActed: 'never' | 'repeat' | 'unknown'
  /** What a failure that the vendor reports before acting means. */
  readonly failure: typeof EffectUnknown | typeof EffectNotMade
  /** Undefined where the vendor has no way to ask us to wait. */
  readonly retryAfterMs: number | undefined
  /** Settings with which the vendor does not let us in. */
  readonly wrongCredentials: (world: World) => Readonly<Record<string, string>>
  /** Nothing is known that the vendor could be asked with them and that changes nothing. */
  readonly healthNeedsNoCredentials?: true
  /** Texts of the request and the settings that no error may show. */
  readonly neverShown: (world: World) => readonly string[]
}

const AFTER_ACTING: readonly FaultKind[] = [
  'hang after acting',
  'drop after acting',
  'fail after acting',
  'malformed after acting',
  'missing fields after acting',
]
const IN_THE_ANSWER: ReadonlySet<FaultKind> = new Set(['malformed after acting', 'missing fields after acting'])
const afterActing = ({ answersNothing }: Subject) =>
  answersNothing ? AFTER_ACTING.filter((kind) => !IN_THE_ANSWER.has(kind)) : AFTER_ACTING

export function connectorSuite(subject: Subject): void {
  suite(`${subject.vendor} ${subject.operation}`, () => {
    let world: World
    before(async () => {
      world = await startWorld({ settingsFor: [subject.vendor] })
      await subject.opens?.(world)
    })
    after(() => world.close())

    let keys = 0
    const prepared = new Map<string, string>()
    const newKey = async () => {
      const key = `0198c0de-0000-7000-8000-${String(++keys).padStart(12, '0')}/${subject.operation}#1`
      prepared.set(key, await preparedFor(subject, world, key))
      return key
    }
    const called = (key: string, systems: Systems) => subject.call(systems, prepared.get(key) ?? '')
    const acts = (key: string) =>
      world.sandbox.acts().filter((act) => act.key === key && act.action === subject.action).length
    const make = (key: string) => called(key, world.open({ mode: 'make', key }))
    const probe = (key: string) => called(key, world.open({ mode: 'probe', key }))
    const withFault = async (kind: FaultKind, key: string): Promise<unknown> => {
      const { vendor, operation } = subject
      const seen = world.sandbox.requests().length
      world.sandbox.faults.add({ vendor, operation: subject.overMail === true ? 'send' : operation, kind })
      const attempt = new AbortController()
      const failed = failureOf(called(key, world.open({ mode: 'make', key, abort: attempt.signal })))
      if (kind === 'hang')
        await until(() =>
          world.sandbox
            .requests()
            .slice(seen)
            .some(({ fault }) => fault === kind),
        )
      if (kind === 'hang after acting') await until(() => acts(key) > 0)
      if (kind.startsWith('hang')) attempt.abort()
      return failed
    }

    test('acts once, with our key, and not before the engine was told', async () => {
      const key = await newKey()
      const actsWhenBegun: number[] = []
      await called(key, world.open({ mode: 'make', key, begin: () => actsWhenBegun.push(acts(key)) }))
      assert.deepEqual(actsWhenBegun, [0])
      assert.equal(acts(key), 1)
    })

    test('sends nothing when the engine takes its leave back', async () => {
      const key = await newKey()
      const begin = () => {
        throw new Error('the lease is lost')
      }
      await assert.rejects(called(key, world.open({ mode: 'make', key, begin })), /the lease is lost/)
      assert.equal(acts(key), 0)
    })

    test('sends nothing when its time is over', async () => {
      const key = await newKey()
      const late = failureOf(called(key, world.open({ mode: 'make', key, now: 1_000, deadline: 1_000 })))
      assert.ok((await late) instanceof EffectNotMade)
      assert.equal(acts(key), 0)
    })

    test('a refusal is definite', async () => {
      const key = await newKey()
      assert.ok((await withFault('refuse', key)) instanceof EffectRefused)
      assert.equal(acts(key), 0)
    })

    test('a limit means not made, and says when to come back', async () => {
      const key = await newKey()
      const failure = await withFault('limit', key)
      assert.ok(failure instanceof EffectNotMade)
      assert.equal(failure.retryAfterMs, subject.retryAfterMs)
      assert.equal(acts(key), 0)
    })

    test('a failure before acting is not taken for more than it says', async () => {
      assert.ok((await withFault('fail', await newKey())) instanceof subject.failure)
    })

    for (const kind of afterActing(subject))
      test(`${kind}: the effect is unknown, and the probe does not lead to a second one`, async () => {
        const key = await newKey()
        assert.ok((await withFault(kind, key)) instanceof EffectUnknown)
        assert.equal(acts(key), 1)
        if (subject.acted === 'done') {
          await world.sandbox.webhooks.settled()
          assert.ok(await probe(key))
        } else assert.ok((await failureOf(probe(key))) instanceof EffectUnknown)
        assert.equal(acts(key), 1)
      })

    for (const kind of ['hang', 'drop'] as const)
      test(`${kind} before acting: the probe says no more than the vendor knows`, async () => {
        const key = await newKey()
        const failure = await withFault(kind, key)
        // A mail session tells exactly whether the message had begun; a lost HTTP request does not.
        assert.ok(failure instanceof (subject.overMail === true ? EffectNotMade : EffectUnknown))
        const said = await failureOf(probe(key))
        if (subject.notActed === 'never') assert.ok(said instanceof NeverHappened && said.settlingMs > 0)
        else assert.ok(said instanceof (subject.notActed === 'repeat' ? SafeToRepeat : EffectUnknown))
        assert.equal(acts(key), 0)
      })

    test('a probe changes nothing and gives the answer of the first time', async () => {
      const key = await newKey()
      const answer = await make(key)
      await world.sandbox.webhooks.settled()
      if (subject.acted === 'done') assert.deepEqual(await probe(key), answer)
      else assert.ok((await failureOf(probe(key))) instanceof EffectUnknown)
      assert.equal(acts(key), 1)
    })

    test('an answer that comes late is waited for', async () => {
      const key = await newKey()
      world.sandbox.faults.add({ vendor: subject.vendor, kind: 'delay' })
      const answer = await make(key)
      if (subject.answersNothing !== true) assert.ok(answer)
      assert.equal(acts(key), 1)
    })

    test('fields that the vendor adds are tolerated', async () => {
      const key = await newKey()
      world.sandbox.faults.add({ vendor: subject.vendor, operation: subject.operation, kind: 'unknown fields' })
      assert.ok(await make(key))
    })

    test('wrong credentials: not made, a probe says nothing, the health is down', async () => {
      const key = await newKey()
      const open = (mode: 'make' | 'probe') =>
        called(key, world.openWith(subject.wrongCredentials(world), { mode, key }))
      const failure = await failureOf(open('make'))
      assert.ok(failure instanceof EffectNotMade)
      assert.equal(failure.code, 'CREDENTIALS_REFUSED')
      assert.ok((await failureOf(open('probe'))) instanceof EffectUnknown)
      assert.equal(acts(key), 0)
      if (subject.healthNeedsNoCredentials === true) return
      const health = await healthOf(subject, world, subject.wrongCredentials(world))
      assert.deepEqual(health?.state === 'down' && health.code, 'CREDENTIALS_REFUSED')
    })

    test('errors show neither secrets nor personal data', async () => {
      const kinds: readonly FaultKind[] = ['refuse', 'limit', 'fail', ...afterActing(subject)]
      for (const kind of kinds) {
        const failure = await withFault(kind, await newKey())
        assert.ok(failure instanceof Error)
        // As a log would show it, with all that caused it.
        const shown = inspect(failure, { depth: Number.POSITIVE_INFINITY, showHidden: true })
        for (const text of subject.neverShown(world)) assert.ok(!shown.includes(text), shown)
      }
    })

    test('a second change in one attempt is refused before it is sent', async () => {
      const key = await newKey()
      const systems = world.open({ mode: 'make', key })
      await called(key, systems)
      await assert.rejects(called(key, systems), { code: 'SECOND_CHANGE' })
      assert.equal(acts(key), 1)
    })

    test('its health is up', async () => {
      assert.deepEqual(await healthOf(subject, world), { state: 'up' })
    })

    test('calls and errors are counted', async () => {
      const counts = world.metrics.snapshot()[`${subject.vendor}.${subject.operation}`]
      assert.ok(counts !== undefined && counts.calls > 10)
      assert.ok((counts.errors['REFUSED'] ?? 0) >= 1)
    })
  })

  test(`${subject.vendor} ${subject.operation}: a vendor that cannot be reached was not asked`, async () => {
    const world = await startWorld({ settingsFor: [subject.vendor] })
    await subject.opens?.(world)
    const prepared = await preparedFor(subject, world, 'run/step#1')
    const configured = world.connector(subject.vendor)
    assert.equal((await configured.health(AbortSignal.timeout(10_000))).state, 'up')
    await world.close()
    // Asked anew, whatever it had said before.
    assert.equal((await configured.health(AbortSignal.timeout(10_000))).state, 'down')
    const failure = await failureOf(subject.call(world.open({ mode: 'make', key: 'run/step#1' }), prepared))
    assert.ok(failure instanceof EffectNotMade)
  })
}

const preparedFor = async ({ prepare }: Subject, world: World, key: string): Promise<string> =>
  prepare === undefined ? '' : prepare(world.open({ mode: 'make', key: `${key}/prepared` }))

const healthOf = ({ vendor }: Subject, { sandbox }: World, settings: Readonly<Record<string, string>> = {}) =>
  readAccounts({ ...sandbox.settings, ...settings })
    .all.find(({ connector }) => connector.key === vendor)
    ?.health(AbortSignal.timeout(10_000))

/** What a call threw. A call that succeeds fails the test. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call
  } catch (error) {
    return error
  }
  assert.fail('the call succeeded')
}
