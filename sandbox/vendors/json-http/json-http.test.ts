import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LookUp } from '../../../src/connectors/systems.ts'
import { EffectRefused } from '../../../src/flow/failure.ts'
import { failureOf } from '../../connector-suite.ts'
import { readingSuite } from '../../reading-suite.ts'
import { startWorld, type World } from '../../test-world.ts'
import { jsonHttp } from './vendor.ts'

const byNumber = (number = '7001234567'): LookUp => ({
  source: 'company-registry',
  operation: 'by-number',
  parameters: { number },
})
const ofYear = (year: number): LookUp => ({
  source: 'financial-statements',
  operation: 'of-year',
  parameters: { number: '7001234567', year },
})

/** Read once, the example's answer counts for an hour: every question is another tenant's, so that it is asked. */
let tenants = 0
readingSuite({
  vendor: 'json-http',
  operation: 'lookUp',
  call: ({ research }) => research.lookUp(byNumber()),
  newTenant: () => `tenant-${++tenants}`,
  refusal: EffectRefused,
  retryAfterMs: 2_000,
  wrongCredentials: () => ({ SIJIL_RESEARCH_KEYS: 'company-registry=not-the-key,financial-statements=x' }),
  neverShown: ({ sandbox }) => [sandbox.of(jsonHttp).key, 'not-the-key', '7001234567', 'نجد'],
})

const withWorld = async (use: (world: World) => Promise<void>): Promise<void> => {
  const world = await startWorld({ settingsFor: ['json-http'] })
  try {
    await use(world)
  } finally {
    await world.close()
  }
}
const researchOf = (world: World, now = 1_000_000, tenant = 'demo') =>
  world.open({ mode: 'make', key: 'run/look#1', now, tenant, deadline: now + 60_000 }).research

test('a company is found by its number, in the words of the description', () =>
  withWorld(async (world) => {
    const { found, data, provenance } = await researchOf(world).lookUp(byNumber())
    assert.equal(found, true)
    assert.deepEqual(data, {
      number: '7001234567',
      commercialRegistration: '1010123456',
      nameAr: 'شركة نجد للتجارة المحدودة',
      nameEn: 'Najd Trading Company Ltd',
      capitalSar: 5_000_000,
      city: 'الرياض',
      status: 'active',
    })
    const { sha256, ...rest } = provenance
    assert.match(sha256, /^[0-9a-f]{64}$/)
    assert.deepEqual(rest, {
      source: 'company-registry',
      operation: 'by-number',
      at: 1_000_000,
      classification: 'public',
    })
  }))

test('what the source does not have is said, and a path that is wrong is no such answer', () =>
  withWorld(async (world) => {
    const { found, data } = await researchOf(world).lookUp(byNumber('7000000000'))
    assert.deepEqual({ found, data }, { found: false, data: null })
    const description = world.sandbox.settings['SIJIL_RESEARCH_DESCRIPTION'] ?? ''
    const elsewhere = { SIJIL_RESEARCH_DESCRIPTION: description.replace('"companies/{number}"', '"firms/{number}"') }
    const asked = world.openWith(elsewhere, { mode: 'make', key: 'run/look#1' }).research.lookUp(byNumber())
    await assert.rejects(asked, { name: 'EffectRefused', code: 'REFUSED' })
  }))

test('figures come from another source, with its own key and its own way to say no', () =>
  withWorld(async (world) => {
    const { data, provenance } = await researchOf(world).lookUp(ofYear(2025))
    assert.deepEqual(data, { revenueSar: 47_200_000, netIncomeSar: 3_900_000, isAudited: true })
    assert.equal(provenance.classification, 'confidential')
    assert.equal((await researchOf(world).lookUp(ofYear(2019))).found, false)
    assert.equal(world.sandbox.requests()[0]?.body, 'year=2025&currency=SAR')
  }))

test('a search is a POST that says it changes nothing; numbers stay numbers, and what was not given is left out', () =>
  withWorld(async (world) => {
    const search = (parameters: LookUp['parameters']) =>
      researchOf(world).lookUp({ source: 'company-registry', operation: 'by-name', parameters })
    assert.deepEqual((await search({ name: 'نجد', limit: 5 })).data, [
      { unifiedNumber: '7001234567', names: { ar: 'شركة نجد للتجارة المحدودة', en: 'Najd Trading Company Ltd' } },
    ])
    assert.deepEqual((await search({ name: 'شركة', limit: 5, city: 'جدة' })).data, [])
    assert.deepEqual(JSON.parse(world.sandbox.requests()[0]?.body ?? ''), {
      name: 'نجد',
      limit: 5,
      filter: { status: 'active' },
    })
  }))

test('an answer counts for as long as its description says, for the tenant who asked', () =>
  withWorld(async (world) => {
    const at = async (now: number, tenant?: string) =>
      (await researchOf(world, now, tenant).lookUp(byNumber())).provenance.at
    assert.equal(await at(1_000_000), 1_000_000)
    assert.equal(await at(1_000_000 + 3_599_999), 1_000_000)
    assert.equal(world.sandbox.requests().length, 1)
    assert.equal(await at(1_000_001, 'other'), 1_000_001)
    assert.equal(await at(1_000_000 + 3_600_000), 1_000_000 + 3_600_000)
    await researchOf(world).lookUp(ofYear(2025))
    await researchOf(world).lookUp(ofYear(2025))
    assert.equal(world.sandbox.requests().length, 5)
  }))

test('a look-up that does not fit its description is refused before anybody is asked, and no value is shown', () =>
  withWorld(async (world) => {
    const wrong: readonly (readonly [LookUp, string])[] = [
      [byNumber('1234567890'), 'BAD_PARAMETERS'],
      [byNumber('7001234567/../status'), 'BAD_PARAMETERS'],
      [{ ...byNumber(), parameters: {} }, 'BAD_PARAMETERS'],
      [{ ...byNumber(), parameters: { number: '7001234567', hidden: 'x' } }, 'BAD_PARAMETERS'],
      [{ ...byNumber(), operation: 'by-owner' }, 'NO_SUCH_LOOK_UP'],
      [{ ...byNumber(), source: 'constructor' }, 'NO_SUCH_LOOK_UP'],
    ]
    for (const [request, code] of wrong) {
      const failure = await failureOf(researchOf(world).lookUp(request))
      assert.ok(failure instanceof EffectRefused && failure.code === code, String(failure))
      assert.ok(!failure.message.includes('1234567'), failure.message)
    }
    assert.equal(world.sandbox.requests().length, 0)
  }))

test('a value never leads to another path, whatever the pattern lets through', () =>
  withWorld(async (world) => {
    const description = world.sandbox.settings['SIJIL_RESEARCH_DESCRIPTION'] ?? ''
    const loose = { SIJIL_RESEARCH_DESCRIPTION: description.replaceAll('7[0-9]{9}', '.*') }
    for (const number of ['.', '..'])
      await assert.rejects(
        world.openWith(loose, { mode: 'make', key: 'run/look#1' }).research.lookUp(byNumber(number)),
        { code: 'BAD_PARAMETERS' },
      )
    assert.equal(world.sandbox.requests().length, 0)
  }))

test('a source without its key is not asked, and the health says which', () =>
  withWorld(async (world) => {
    const keys = { SIJIL_RESEARCH_KEYS: `company-registry=${world.sandbox.of(jsonHttp).key}` }
    const { research } = world.openWith(keys, { mode: 'make', key: 'run/look#1' })
    await assert.rejects(research.lookUp(ofYear(2025)), { code: 'NOT_CONFIGURED', message: /financial-statements/ })
    assert.equal((await research.lookUp(byNumber())).found, true)
  }))
