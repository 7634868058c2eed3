import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isTest, read } from '../house/repository.ts'
import { claims } from './claims.ts'
import { type Guard, namedTest, readGuards, titleOf } from './guard.ts'
import { misplaced, takeOut } from './take-out.ts'
import { namesIn } from './test-names.ts'
import { tableOf, type TryGuards, tryGuards } from './try-guards.ts'

const guards = readGuards(join(import.meta.dirname, 'removed'))

test('every guard stands in the code exactly once, and taking it out changes something', () => {
  assert.deepEqual(misplaced(guards, read), [])
})

test('every test that a guard names is there', () => {
  const wrong = guards.flatMap(({ name, red }) => {
    if (!isTest(red.file)) return [`${name}: ${red.file} is no test`]
    const isSaid = namesIn(red.file, read(red.file))
    return red.path.filter((part) => !isSaid(part)).map((part) => `${name}: nothing in ${red.file} is called "${part}"`)
  })
  assert.deepEqual(wrong, [])
})

test('a name that a test has lost is missed, and one made of parts is found', () => {
  const isSaid = namesIn('a.test.ts', "onBoth('A lease', () => test(`is given up after ${ms} ms`, work))")
  assert.deepEqual(['A lease (postgres)', 'is given up after 30 ms', 'is kept'].map(isSaid), [true, true, false])
})

test('every claim has a guard, or says why it cannot have one yet', () => {
  const kept = new Set(guards.flatMap(({ keeps }) => keeps))
  const bare = Object.entries(claims).filter(([name, { notYet }]) => kept.has(name) === (notYet !== undefined))
  assert.deepEqual(
    bare.map(([name, { claim }]) => `${name}: ${claim}`),
    [],
  )
  assert.deepEqual(
    [...kept].filter((name) => claims[name] === undefined),
    [],
    'nothing else is claimed',
  )
})

test('a guard is taken out where it stands once, however the lines are broken', () => {
  const code = 'if (late)\n    refuse($1)\nelse go()'
  assert.equal(takeOut(code, { replace: 'if (late) refuse($1) else', by: '$&' }), '$& go()')
  for (const replace of ['refuse(x)', 'e']) assert.throws(() => takeOut(code, { replace, by: '' }), RangeError)
})

test('who tries the guards tells those that nobody misses, and those that could not be tried', async () => {
  const root = mkdtempSync(join(tmpdir(), 'sijil-guarded-'))
  try {
    for (const [name, text] of Object.entries(guarded)) writeFileSync(join(root, name), text)
    const told: string[] = []
    const wanted: TryGuards = {
      root,
      guards: [capped, uncapped, unreadable, misnamed, silent],
      jobs: 2,
      silenceMs: 500,
      openWorld: async () => ({ environment: {}, tidy: async () => {}, close: async () => void told.push('closed') }),
      onProgress: ({ done, of }) => void told.push(`${done}/${of}`),
    }
    const tried = await tryGuards(wanted)
    assert.deepEqual(
      tried.map(({ guard, verdict }) => [guard.name, verdict]),
      [
        ['capped', 'red'],
        ['uncapped', 'GREEN'],
        ['unreadable', 'untried'],
        ['misnamed', 'untried'],
        ['silent', 'red'],
      ],
    )
    assert.deepEqual(told.slice(-3), ['6/6', 'closed', 'closed'])
    const moved = aGuard('moved', 'Math.round', '', 'are capped')
    await assert.rejects(tryGuards({ ...wanted, guards: [capped, moved] }), /^RangeError: moved: .* 0 times/)
    assert.match(tableOf(tried), /^red +[\d.]+ s +capped +Timers +amounts > are capped$/m)
  } finally {
    rmSync(root, { recursive: true })
  }
})

const guarded = {
  'amounts.mjs': `export const capped = (n) => Math.min(n, 10)
export const positive = (n) => Math.max(n, 0)
export const answered = () => new Promise((resolve) => { resolve() })
`,
  'amounts.test.mjs': `import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { answered, capped, positive } from './amounts.mjs'
suite('amounts', () => {
  test('are capped', () => assert.equal(capped(11), 10))
  test('are positive', () => assert.equal(positive(1), 1))
  test('are answered', () => answered())
})
`,
}
const aGuard = (name: string, replace: string, by: string, says: string): Guard => ({
  name,
  guard: 'It holds.',
  keeps: ['Timers'],
  file: 'amounts.mjs',
  replace,
  by,
  red: namedTest(`amounts.test.mjs > amounts > ${says}`),
  redBy: 'failure',
})
const capped = aGuard('capped', 'Math.min(n, 10)', 'n', 'are capped')
const uncapped = aGuard('uncapped', 'Math.max(n, 0)', 'n', 'are positive')
const unreadable = aGuard('unreadable', 'Math.max(n, 0)', '((', 'are positive')
const misnamed = aGuard('misnamed', 'Math.max(n, 0)', 'n', 'are negative')
const silent: Guard = { ...aGuard('silent', 'resolve()', '', 'are answered'), redBy: 'never ends' }

test('a test is named by its file, its suites and itself', () => {
  assert.deepEqual(namedTest('a.test.ts > A (pglite) > b: c'), { file: 'a.test.ts', path: ['A (pglite)', 'b: c'] })
  assert.equal(titleOf(namedTest('a.test.ts > A > b')), 'A > b')
})
