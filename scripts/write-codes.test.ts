import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'node:test'

test('docs/codes.md is what the code says', () => {
  const check = spawnSync(process.execPath, [join(import.meta.dirname, 'write-codes.ts'), '--check'], {
    encoding: 'utf8',
  })
  assert.equal(check.status, 0, check.stderr)
})
