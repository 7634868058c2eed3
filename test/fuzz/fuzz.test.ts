import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { SAMPLE_TENANT } from '../../src/seed/organisation.ts'
import { fuzzBroken, type FuzzOptions } from './fuzz.ts'
import { type Answer, type FuzzWorld, openFuzzWorld } from './fuzz-world.ts'
import { fuzzPermitted } from './permitted.ts'
import { fuzzBytes } from './raw-bytes.ts'

/** The same each time: what it finds is then found by everybody. `npm run test:fuzz` takes another one. */
const SEED = 20_260_101

suite('the interface under broken requests', { timeout: 300_000 }, () => {
  let world: FuzzWorld
  before(async () => {
    world = await openFuzzWorld()
  })
  after(() => world.close())

  const fuzz = (requests: number, more: Partial<FuzzOptions> = {}) =>
    fuzzBroken({ world, seed: SEED, requests, ...more })

  test('refuses each as it is described, and nothing is changed', async () => {
    const { sent, faults, tally } = await fuzz(1_500)
    assert.deepEqual(faults, [])
    assert.ok(sent >= 1_500 && tally.size > 20)
  })

  test('survives bytes that are no request', async () => {
    const { faults } = await fuzzBytes({ world, seed: SEED, requests: 0 })
    assert.deepEqual(faults, [])
  })

  test('is found out when a route throws', async () => {
    const answer: Answer = (request) =>
      request.url.endsWith('/retry') ? Promise.resolve(new Response('no', { status: 500 })) : world.answer(request)
    const { faults } = await fuzz(1_000, { answer })
    assert.match(faults[0]?.what ?? '', /answered with 500/)
    assert.match(faults[0]?.curl ?? '', /curl .*\/retry/)
  })

  test('is found out when a refusal leaves something behind', async () => {
    const { database } = world.served.sijil
    const answer: Answer = async (request) => {
      const response = await world.answer(request)
      if (response.status === 409 && request.url.includes('/cancel'))
        await database.transaction({ role: 'owner' }, (session) =>
          session.query({ name: '', text: "select sijil.note($1, 'x', 'x', null, 'x', null, null, 'x', null)" }, [
            SAMPLE_TENANT,
          ]),
        )
      return response
    }
    const { faults } = await fuzz(1_000, { answer })
    assert.match(faults[0]?.what ?? '', /it changed audit/)
    assert.match(faults[0]?.operation ?? '', /cancel/)
  })

  test('is found out when a refusal has no stable code', async () => {
    const answer: Answer = async (request) => {
      const response = await world.answer(request)
      return response.status === 403 ? Response.json({ error: 'no' }, response) : response
    }
    const { faults } = await fuzz(1_000, { answer })
    assert.match(faults[0]?.what ?? '', /not of the documented form/)
  })

  // Last: it changes what the others look at.
  test('does what it is asked by those who may, and the ledger proves it afterwards', async () => {
    const { sent, faults } = await fuzzPermitted({ world, seed: SEED, requests: 120 })
    assert.deepEqual(faults, [])
    assert.ok(sent >= 120)
  })
})
