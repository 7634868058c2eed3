import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'node:test'
import { connectors } from '../src/connectors/registry.ts'
import { readAccounts } from '../src/connectors/settings.ts'
import { evidence } from '../test/connectors/evidence.ts'
import { ACCOUNTS_EXAMPLE } from './connectors-page/accounts-example.ts'
import { evidenceOf } from './connectors-page/evidence-text.ts'

test('docs/connectors.md is what the connectors declare', () => {
  const script = join(import.meta.dirname, 'write-connectors.ts')
  const check = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
  assert.equal(check.status, 0, check.stderr)
})

test('what a connector was checked against names tests that are there', () => {
  const [first] = connectors
  assert.throws(() => evidenceOf(first.declaration, tmpdir()), /names a test that is not there/)
})

test('what was checked is on record for connectors that there are', () => {
  const keys = new Set(connectors.map(({ key }) => key))
  assert.deepEqual(
    Object.keys(evidence).filter((key) => !keys.has(key)),
    [],
  )
})

test('the file of accounts that the page shows is one', (t) => {
  const home = mkdtempSync(join(tmpdir(), 'sijil-accounts-'))
  t.after(() => rmSync(home, { recursive: true }))
  mkdirSync(join(home, 'secrets'))
  writeFileSync(join(home, 'secrets/najd-app-secret'), 'a secret\n')
  writeFileSync(join(home, 'connectors.json'), JSON.stringify(ACCOUNTS_EXAMPLE))
  const accounts = readAccounts({
    SIJIL_CONNECTORS: join(home, 'connectors.json'),
    NAJD_SALES_TOKEN: 'a token',
    NAJD_SUPPORT_TOKEN: 'another',
    NAJD_VERIFY: 'a word',
  })
  assert.equal(accounts.playing('najd', 'whatsapp')?.account.name, 'sales')
})
