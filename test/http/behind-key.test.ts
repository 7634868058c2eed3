/** Every address asks for a key, but for those that are listed here with what they ask for instead. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { httpApp } from '../../src/http/app.ts'
import { freePort } from '../support/free-port.ts'
import { openServedWorld, type ServedWorld } from './served-world.ts'

/** What proves itself otherwise, or tells nothing of anybody. A new one needs a reason. */
const open: readonly (readonly [address: RegExp, why: string])[] = [
  [/^\/health$/, 'a monitor has no key, and it tells of no organisation'],
  [/^\/openapi\.json$/, 'the description of the interface'],
  [/^\/webhooks\//, 'a vendor proves itself by its signature'],
  [/^\/[dasw]\//, 'a personal link is the proof'],
  [/^\/sijil\.css$/, 'how the pages look'],
]

suite('an address of the server', { timeout: 120_000 }, () => {
  let world: ServedWorld
  before(async () => {
    world = await openServedWorld({
      SIJIL_TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`,
      SIJIL_TEMPORAL_CODEC: 'on',
    })
  })
  after(() => world.close())

  test('asks for a key, or is listed with its reason', async () => {
    const routes = httpApp(world.served.sijil).routes.filter(({ method }) => method !== 'ALL')
    assert.ok(routes.length > 20 && routes.some(({ path }) => path === '/temporal/decode'))
    const guarded = routes.filter(({ path }) => !open.some(([address]) => address.test(path)))
    const answers = guarded.map(async ({ method, path }) => {
      const answer = await fetch(`${world.url}${path.replace(/:\w+(\{[^}]*\})?/g, 'x')}`, {
        method,
        ...(method === 'GET' ? {} : { headers: { 'content-type': 'application/json' }, body: '{}' }),
      })
      const code = z.object({ error: z.object({ code: z.string() }) }).safeParse(await answer.json()).data?.error.code
      return `${method} ${path}: ${answer.status} ${code}`
    })
    assert.deepEqual(
      await Promise.all(answers),
      guarded.map(({ method, path }) => `${method} ${path}: 401 NO_KEY`),
    )
    const unused = open.filter(([address]) => !routes.some(({ path }) => address.test(path)))
    assert.deepEqual(unused, [], 'is not there')
  })
})
