import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'node:test'

test('docs/inventory.md is what the definitions say', () => {
  const check = spawnSync(process.execPath, [join(import.meta.dirname, 'write-inventory.ts'), '--check'], {
    encoding: 'utf8',
  })
  assert.equal(check.status, 0, check.stderr)
})
