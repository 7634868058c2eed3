import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startParkedSweep } from './parked-sweep.ts'

test('what is parked is looked at again for each tenant, also after trouble, until it is stopped', async () => {
  const matched: string[] = []
  const trouble: unknown[] = []
  let looks = 0
  const sweep = await new Promise<ReturnType<typeof startParkedSweep>>((resolve) => {
    const started = startParkedSweep({
      everyMs: 1,
      tenants: async () => {
        looks += 1
        if (looks === 1) throw new Error('the database is away')
        if (looks === 3) resolve(started)
        return ['one', 'two']
      },
      match: async (tenant) => matched.push(tenant),
      onTrouble: (error) => trouble.push(error),
    })
  })
  await sweep.stop()
  const looksAtStop = looks
  assert.equal(trouble.length, 1)
  assert.deepEqual(matched.slice(0, 2), ['one', 'two'])
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  assert.equal(looks, looksAtStop)
})
