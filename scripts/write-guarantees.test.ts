import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..')

test('docs/guarantees.md lists the guards that there are', () => {
  const check = spawnSync(process.execPath, [join(import.meta.dirname, 'write-guarantees.ts'), '--check'], {
    encoding: 'utf8',
  })
  assert.equal(check.status, 0, check.stderr)
})

test('every file that docs/guarantees.md names is there', () => {
  const page = readFileSync(join(root, 'docs/guarantees.md'), 'utf8')
  const files = [...page.matchAll(/`((?:src|test|sandbox|bench|scripts)\/[\w./-]+)`/g)].map(([, path = '']) => path)
  assert.ok(files.length > 20)
  assert.deepEqual(
    files.filter((path) => !existsSync(join(root, path))),
    [],
  )
})
