/**
 * A run keeps the version that it began with, for months, and its keys are the names and the order in these files. So a released
 * version is frozen to the byte: its three files stand in `released.json` with their digests, and stay where they are for good.
 *
 * A change is a new version beside it: copy `partner-approval/` to `partner-approval-v2/`, raise `version` in its contract, and
 * add the workflow to `index.ts` below the old one. When it ships, add it to `released.json` (`sha256sum` makes the digests). Letters, rules and other files of the folder are not frozen: results are on record, and words may be mended;
 * a new version that needs other ones brings its own.
 */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { z } from 'zod'
import { workflows } from './index.ts'

const FILES = ['contract.ts', 'steps.ts', 'workflow.ts'] as const
const Released = z.array(
  z.strictObject({
    workflow: z.string(),
    version: z.int().min(1),
    folder: z.string(),
    digests: z.strictObject({ 'contract.ts': z.string(), 'steps.ts': z.string(), 'workflow.ts': z.string() }),
  }),
)
const released = Released.parse(JSON.parse(readFileSync(join(import.meta.dirname, 'released.json'), 'utf8')))

const digestsIn = (folder: string) =>
  Object.fromEntries(
    FILES.map((file) => [file, hash('sha256', readFileSync(join(import.meta.dirname, folder, file)), 'hex')]),
  )
const isLoaded = (workflow: string, version: number): boolean =>
  workflows.some(({ contract }) => contract.name === workflow && contract.version === version)

for (const { workflow, version, folder, digests } of released)
  suite(`${workflow} version ${version}`, () => {
    for (const file of FILES)
      test(`${file} is as it was released`, () =>
        assert.equal(
          digestsIn(folder)[file],
          digests[file],
          `${folder}/${file} was released and has changed: undo the change, and make it in a version of its own (see released.test.ts)`,
        ))

    test('can still be loaded', () =>
      assert.ok(isLoaded(workflow, version), 'index.ts must keep every released version'))
  })

test('no version is listed twice', () => {
  const listed = workflows.map(({ contract: { name, version } }) => `${name}@${version}`)
  assert.equal(new Set(listed).size, listed.length)
})

test('every version but the newest of its workflow has been released', () => {
  const newest = new Map<string, number>()
  for (const { contract } of workflows)
    newest.set(contract.name, Math.max(contract.version, newest.get(contract.name) ?? 0))
  const unreleased = workflows
    .map(({ contract: { name, version } }) => ({ name, version }))
    .filter(({ name, version }) => version !== newest.get(name))
    .filter(({ name, version }) => !released.some((one) => one.workflow === name && one.version === version))
  assert.deepEqual(unreleased, [])
})
