import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { EffectHeldBack, EffectNotMade, EffectRefused, EffectUnknown } from '../../flow/failure.ts'
import { migrate } from '../../ledger/migrate.ts'
import { onBothDatabases } from '../../../test/support/databases.ts'
import { ConnectorMetrics } from '../metrics.ts'
import { type CallLimits, DEFAULT_LIMITS } from './call-limits.ts'
import { Facade } from './facade.ts'

const by = { tenant: 'paused', person: 'operator', source: 'test' }
const plenty = { calls: 1_000, perMs: 1_000 }

onBothDatabases('The facade', (database) => {
  let accounts = 0
  before(() => migrate(database()))

  /** An account of its own, as `count` processes serve it. */
  function served(count: number, limits: Partial<CallLimits> = {}) {
    const account = { tenant: '', connector: 'vendor', account: `a${(accounts += 1)}` }
    const metrics = new ConnectorMetrics()
    const facades = Array.from(
      { length: count },
      () => new Facade({ database: database(), metrics, limitsOf: () => ({ ...DEFAULT_LIMITS, ...limits }) }),
    )
    const call = <Answer>(
      work: () => Promise<Answer>,
      { process = 0, rate = plenty, tenant = 'paused', deadline = 60_000 } = {},
    ) => {
      const facade = facades[process] ?? assert.fail()
      return facade.through({ account, operation: 'send', rate }, { mode: 'make', tenant, now: 0, deadline }, work)
    }
    return { account, facades, metrics, call, counts: () => metrics.snapshot()['vendor.send'] }
  }

  const heldBack = (code: string) => (error: unknown) =>
    error instanceof EffectHeldBack && error.code === code && error.retryAfterMs > 0

  test('lets nothing begin while it is paused, makes or questions, for this tenant alone, and goes on when it is resumed', async () => {
    const { account, facades, call, counts } = served(1)
    const pauses = facades[0]?.pauses ?? assert.fail()
    assert.equal(await call(async () => 'made'), 'made')
    assert.equal(await pauses.pause(by, account, 'the vendor asked us to'), 'PAUSED')
    assert.equal(await pauses.pause(by, account, 'again'), 'ALREADY_PAUSED')
    await assert.rejects(
      call(() => assert.fail('nothing may begin')),
      heldBack('CONNECTOR_PAUSED'),
    )
    assert.equal(await call(async () => 'made', { tenant: 'another' }), 'made')
    assert.deepEqual(
      (await pauses.list('paused')).map(({ person, why }) => [person, why]),
      [['operator', 'the vendor asked us to']],
    )
    assert.deepEqual(counts()?.heldBack, { CONNECTOR_PAUSED: 1 })
    assert.deepEqual(await pauses.resume(by, account, 'mended'), { answer: 'RESUMED', runs: [] })
    assert.deepEqual(await pauses.resume(by, account, 'mended'), { answer: 'NOT_PAUSED', runs: [] })
    assert.equal(await call(async () => 'made'), 'made')
    const trail = await database().transaction({ role: 'member', tenant: 'paused' }, (session) =>
      session.query<{ what: string; why: string }>(
        { name: '', text: 'select what, why from sijil.audit where subject = $1 order by id' },
        [`vendor/${account.account}`],
      ),
    )
    assert.deepEqual(trail, [
      { what: 'connector.paused', why: 'the vendor asked us to' },
      { what: 'connector.resumed', why: 'mended' },
    ])
  })

  test('leaves a vendor alone that has failed several times in a row, until one call has come through', async () => {
    const { facades, account, call, counts } = served(1, { breakAfter: 3, breakMs: 40 })
    const failures = [
      new EffectUnknown('TIMED_OUT', 'no answer'),
      new EffectNotMade('UNREACHABLE', 'refused the connection'),
      new EffectRefused('REFUSED', 'it answered'),
      new EffectUnknown('VENDOR_FAILED', '500'),
      new EffectUnknown('PROBE_UNANSWERED', 'could not be asked', { cause: new EffectNotMade('UNREACHABLE', 'x') }),
      new EffectNotMade('UNREACHABLE', 'refused the connection'),
    ]
    for (const failure of failures)
      await assert.rejects(
        call(() => Promise.reject(failure)),
        failure,
      )
    assert.equal(facades[0]?.circuitOf(account), 'open')
    await assert.rejects(
      call(() => assert.fail('nothing may begin')),
      heldBack('CIRCUIT_OPEN'),
    )
    assert.equal((await facades[0]?.holdsBack('paused', account))?.code, 'CIRCUIT_OPEN')
    while ((await facades[0]?.holdsBack('paused', account)) !== undefined);
    const tried = Promise.withResolvers<string>()
    const trying = call(() => tried.promise)
    while (counts()?.heldBack['CIRCUIT_OPEN'] !== 2)
      await call(() => assert.fail('one tries, the others wait')).catch((error: unknown) =>
        assert.ok(heldBack('CIRCUIT_OPEN')(error)),
      )
    tried.resolve('back')
    assert.equal(await trying, 'back')
    assert.equal(facades[0]?.circuitOf(account), 'closed')
    assert.equal(await call(async () => 'made'), 'made')
  })

  test('leaves a vendor alone for as long as he asks, in every process', async () => {
    const { call } = served(2)
    await assert.rejects(
      call(() => Promise.reject(new EffectNotMade('NOT_NOW', '429', { retryAfterMs: 60_000 }))),
      EffectNotMade,
    )
    for (const process of [0, 1])
      await assert.rejects(
        call(() => assert.fail('nothing may begin'), { process }),
        (error) => heldBack('RATE_LIMITED')(error) && error instanceof EffectHeldBack && error.retryAfterMs > 50_000,
      )
  })

  test('has only so many calls under way at a time', async () => {
    const { call, counts } = served(1, { inFlight: 3 })
    const answers = Promise.withResolvers<void>()
    let underWay = 0
    let most = 0
    const work = async (): Promise<void> => {
      underWay += 1
      most = Math.max(most, underWay)
      await answers.promise
      underWay -= 1
    }
    const calls = Array.from({ length: 12 }, () =>
      call(work, { deadline: 200 }).then(
        () => 'made',
        (error: unknown) => heldBack('TOO_MANY_IN_FLIGHT')(error) && 'held back',
      ),
    )
    assert.deepEqual(await Promise.all(calls.slice(3)), Array(9).fill('held back'))
    answers.resolve()
    assert.deepEqual(await Promise.all(calls.slice(0, 3)), Array(3).fill('made'))
    assert.equal(most, 3)
    assert.deepEqual(counts()?.heldBack, { TOO_MANY_IN_FLIGHT: 9 })
  })

  test('shares a limit between processes, and counts who waited', async () => {
    const { call, counts } = served(3)
    const rate = { calls: 10, perMs: 200 }
    const begun: number[] = []
    const calls = Array.from({ length: 60 }, (_, place) =>
      call(async () => begun.push(performance.now()), { process: place % 3, rate }).catch((error: unknown) =>
        assert.ok(heldBack('RATE_LIMITED')(error)),
      ),
    )
    await Promise.all(calls)
    assert.ok(begun.length >= 20, `${begun.length} began`)
    begun.sort((one, other) => one - other)
    for (const [place, at] of begun.entries())
      assert.ok(place < 10 || at - (begun[place - 10] ?? 0) >= 200, `eleven calls within 200 ms`)
    assert.ok((counts()?.rateLimitWaits ?? 0) > 0 && (counts()?.rateLimitWaitMsTotal ?? 0) > 0)
  })
})
