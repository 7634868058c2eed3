import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { EffectHeldBack } from '../../flow/failure.ts'
import type { Turns, Wanted } from '../../ledger/rate-limits.ts'
import { type Cut, type Timing, TurnTaker } from './turn-taker.ts'

/** Time that passes only from ring to ring. */
class Simulated implements Timing {
  #now = 0
  #rings: { readonly at: number; readonly ring: () => void }[] = []
  now(): number {
    return this.#now
  }
  after(ms: number, ring: () => void): () => void {
    const entry = { at: this.#now + ms, ring }
    this.#rings.push(entry)
    return () => {
      this.#rings = this.#rings.filter((other) => other !== entry)
    }
  }
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve))
  }
  /** `lateMs`: by how much the process is late at a ring. */
  /** The process works, and nothing else happens meanwhile. */
  work(ms: number): void {
    this.#now += ms
  }
  async run(until: number, lateMs: () => number): Promise<void> {
    for (;;) {
      await nextTurn()
      const next = this.#rings.toSorted((one, other) => one.at - other.at)[0]
      if (next === undefined || next.at > until) return
      this.#rings = this.#rings.filter((other) => other !== next)
      this.#now = Math.max(this.#now, next.at + lateMs())
      next.ring()
    }
  }
}

/** What the ledger does, in few words; that the ledger does it has a test of its own. */
class Row {
  readonly #turns: number[] = []
  take({ size, windowMs }: Cut, { wanted, ahead, horizonMs }: Wanted, now: number): Turns {
    const given: number[] = []
    for (;;) {
      const spread = given.length >= wanted ? windowMs / size : 0
      const next = Math.max(now, (this.#turns.at(-1) ?? 0) + spread, (this.#turns.at(-size) ?? -Infinity) + windowMs)
      if (given.length >= wanted + ahead || next > now + horizonMs) return { turns: given, next, now, held: false }
      given.push(next)
      this.#turns.push(next)
    }
  }
}

const numbers = (stream: fc.Stream<number>) => (): number => {
  const next = stream.next()
  return next.done === true ? 0 : next.value
}

const LEDGER_AHEAD_MS = 123_456

test('within any span of a limit no more calls begin than it allows, in several processes that are late or busy', () =>
  fc.assert(
    fc.asyncProperty(
      fc.record({ calls: fc.integer({ min: 1, max: 30 }), perMs: fc.integer({ min: 60, max: 1_500 }) }),
      fc.array(fc.record({ at: fc.integer({ min: 0, max: 3_000 }), process: fc.nat(2) }), {
        minLength: 1,
        maxLength: 150,
        size: 'max',
      }),
      fc.infiniteStream(fc.integer({ min: 0, max: 30 })),
      fc.infiniteStream(fc.oneof({ weight: 8, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(200) })),
      fc.infiniteStream(fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(200) })),
      async (rate, calls, ways, delays, efforts) => {
        const timing = new Simulated()
        const row = new Row()
        const way = numbers(ways)
        const effort = numbers(efforts)
        const ask = async (cut: Cut, wanted: Wanted): Promise<Turns> => {
          await timing.pause(way())
          const answer = row.take(cut, wanted, Math.floor(timing.now() + LEDGER_AHEAD_MS))
          await timing.pause(way())
          return answer
        }
        const takers = [0, 1, 2].map(() => new TurnTaker({ name: 'vendor', rate, take: ask, timing }))
        const begun: number[] = []
        let heldBack = 0
        for (const { at, process } of calls)
          timing.after(at, () => {
            takers[process]
              ?.turn(2_000, async () => {
                begun.push(timing.now())
                timing.work(effort())
              })
              .catch((error: unknown) => {
                assert.ok(error instanceof EffectHeldBack)
                heldBack += 1
              })
          })
        await timing.run(20_000, numbers(delays))
        assert.equal(begun.length + heldBack, calls.length, 'nobody waits for ever')
        begun.sort((one, other) => one - other)
        for (const [place, at] of begun.entries()) {
          const earlier = begun[place - rate.calls]
          assert.ok(earlier === undefined || at - earlier >= rate.perMs, `${rate.calls} calls from ${earlier} to ${at}`)
        }
      },
    ),
    { numRuns: 100 },
  ))

test('calls begin in the order in which they came, and a steady stream does not ask the ledger for each', async () => {
  const timing = new Simulated()
  const row = new Row()
  let asked = 0
  const taker = new TurnTaker({
    name: 'vendor',
    rate: { calls: 80, perMs: 1_000 },
    take: async (cut, wanted) => {
      asked += 1
      await timing.pause(1)
      return row.take(cut, wanted, Math.floor(timing.now()))
    },
    timing,
  })
  const begun: number[] = []
  for (let place = 0; place < 700; place += 1)
    timing.after(place * 14, () => void taker.turn(3_000, async () => begun.push(place)))
  await timing.run(15_000, () => 0)
  assert.deepEqual(begun, [...Array(700).keys()])
  assert.ok(asked < 700 / 4, `${asked} questions`)
})

test('who would wait too long is held back at once, each with a turn of its own to come back at', async () => {
  const timing = new Simulated()
  const row = new Row()
  const taker = new TurnTaker({
    name: 'vendor',
    rate: { calls: 10, perMs: 1_000 },
    take: async (cut, wanted) => row.take(cut, wanted, timing.now()),
    timing,
  })
  const backIn: number[] = []
  let begun = 0
  for (let place = 0; place < 60; place += 1)
    taker
      .turn(2_000, async () => {
        begun += 1
      })
      .catch((error: unknown) => {
        assert.ok(error instanceof EffectHeldBack && error.code === 'RATE_LIMITED')
        backIn.push(error.retryAfterMs)
      })
  await timing.run(0, () => 0)
  assert.equal(begun, 10)
  assert.ok(backIn.length >= 30, `${backIn.length} were held back at once`)
  for (const [place, ms] of backIn.entries()) assert.ok(place === 0 || ms - (backIn[place - 1] ?? 0) >= 99)
  await timing.run(5_000, () => 0)
  assert.equal(begun + backIn.length, 60)
})
