import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Systems } from '../src/flow/effect.ts'
import { EffectNotMade, EffectRefused } from '../src/flow/failure.ts'
import { failureOf } from './connector-suite.ts'
import { FAULTS, type FaultKind } from './faults.ts'
import { startWorld, until, type World } from './test-world.ts'

/** One operation that only reads. Whatever goes wrong, nothing was changed and it may be asked again, or never answers otherwise. */
export interface ReadingSubject {
  readonly vendor: string
  readonly operation: string
  readonly call: (systems: Systems) => Promise<unknown>
  /** Who asks, where what one has read is not asked again. Default: always the same tenant. */
  readonly newTenant?: () => string
  /** What a refusal by the vendor means. */
  readonly refusal: typeof EffectRefused | typeof EffectNotMade
  readonly retryAfterMs: number | undefined
  /** Settings with which the vendor does not let us in. */
  readonly wrongCredentials: (world: World) => Readonly<Record<string, string>>
  /** Texts of the request, the answer and the settings that no error may show. */
  readonly neverShown: (world: World) => readonly string[]
}

const TOLERATED = ['delay', 'unknown fields'] as const satisfies readonly FaultKind[]

export function readingSuite(subject: ReadingSubject): void {
  const { vendor, operation } = subject
  suite(`${vendor} ${operation}`, () => {
    let world: World
    before(async () => {
      world = await startWorld({ settingsFor: [vendor] })
    })
    after(() => world.close())

    const read = (abort?: AbortSignal) => subject.call(world.open({ ...attemptOf(subject), ...(abort && { abort }) }))
    const withFault = async (kind: FaultKind): Promise<unknown> => {
      const seen = world.sandbox.requests().length
      world.sandbox.faults.add({ vendor, operation, kind })
      const attempt = new AbortController()
      const failed = failureOf(read(attempt.signal))
      if (!kind.startsWith('hang')) return failed
      await until(() =>
        world.sandbox
          .requests()
          .slice(seen)
          .some(({ fault }) => fault === kind),
      )
      attempt.abort()
      return failed
    }

    test('reads, and changes nothing at the vendor', async () => {
      assert.ok(await read())
      assert.deepEqual(world.sandbox.acts(), [])
    })

    for (const kind of FAULTS.filter((one) => !TOLERATED.some((tolerated) => tolerated === one)))
      test(`${kind}: says what it means for the reader, and shows neither secrets nor personal data`, async () => {
        const failure = await withFault(kind)
        assert.ok(failure instanceof (kind === 'refuse' ? subject.refusal : EffectNotMade), String(failure))
        if (kind === 'limit')
          assert.equal(failure instanceof EffectNotMade && failure.retryAfterMs, subject.retryAfterMs)
        for (const text of subject.neverShown(world)) assert.ok(!String(failure).includes(text), String(failure))
      })

    for (const kind of TOLERATED)
      test(`${kind}: is tolerated`, async () => {
        world.sandbox.faults.add({ vendor, operation, kind })
        assert.ok(await read())
      })

    test('wrong credentials: not read, and said to be a matter of the settings', async () => {
      const failure = await failureOf(subject.call(world.openWith(subject.wrongCredentials(world), attemptOf(subject))))
      assert.ok(failure instanceof EffectNotMade)
      assert.equal(failure.code, 'CREDENTIALS_REFUSED')
    })

    test('its health is up', async () => {
      assert.deepEqual(await world.connector(vendor).health(AbortSignal.timeout(10_000)), { state: 'up' })
    })

    test('calls and errors are counted', () => {
      const counts = world.metrics.snapshot()[`${vendor}.${operation}`]
      assert.ok(counts !== undefined && counts.calls > FAULTS.length)
      assert.ok(Object.keys(counts.errors).length > 0)
    })
  })

  test(`${vendor} ${operation}: a vendor that cannot be reached was not asked`, async () => {
    const world = await startWorld({ settingsFor: [vendor] })
    await world.close()
    const failure = await failureOf(subject.call(world.open(attemptOf(subject))))
    assert.ok(failure instanceof EffectNotMade)
  })
}

const attemptOf = ({ newTenant }: ReadingSubject) =>
  ({ mode: 'make', key: 'run/read#1', tenant: newTenant?.() ?? 'demo' }) as const
