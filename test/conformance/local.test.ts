/** Every scenario on the local engine: on the embedded database and on Postgres, with one and the same end. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { ledgerForSuite } from '../support/databases.ts'
import { conformancePage, PAGE } from './page.ts'
import { playIn } from './scenario.ts'
import { played, scenarios } from './scenarios.ts'

describe('Conformance of the local engine', () => {
  const pglite = ledgerForSuite('pglite')
  const postgres = ledgerForSuite('postgres')
  for (const scenario of scenarios)
    test(scenario.title, async () => {
      const embedded = await playIn({ ...played, database: pglite() }, scenario)
      const served = await playIn({ ...played, database: postgres() }, scenario)
      assert.deepEqual(served, embedded)
    })
})

test('the matrix lists exactly the scenarios, and every engine has passed each; `npm run test:temporal` writes it', () => {
  assert.equal(new Set(scenarios.map(({ title }) => title)).size, scenarios.length, 'a title is there twice')
  assert.equal(
    readFileSync(PAGE, 'utf8'),
    conformancePage(scenarios, () => true),
  )
})
