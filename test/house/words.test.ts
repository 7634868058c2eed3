import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filesOf, isTest, isTypeScript, read } from './repository.ts'
import { assertsSomething, findBareCasts, findOnly, isDrawer } from './words.ts'

const files = filesOf()
const tests = files.filter((path) => path.endsWith('.test.ts'))

test('no file is a drawer', () => {
  assert.deepEqual(files.filter(isDrawer), [])
})

test('a drawer is known by its name', () => {
  for (const path of [
    'src/utils.ts',
    'src/http/util/a.ts',
    'src/ledger/row-helpers.ts',
    'src/common/a.ts',
    'test/Misc.ts',
  ]) {
    assert.ok(isDrawer(path), path)
  }
  for (const path of ['src/flow/step.ts', 'src/compliance/commons.ts', 'src/http/utility-bill.ts'])
    assert.ok(!isDrawer(path), path)
})

test('every cast in src gives its reason', () => {
  const sources = files.filter((path) => path.startsWith('src/') && isTypeScript(path) && !isTest(path))
  assert.deepEqual(
    sources.flatMap((path) => findBareCasts(path, read(path))),
    [],
  )
})

test('a reason stands beside the cast or right above its statement', () => {
  const bare = [
    'const id = text as RunId',
    '// far away\n\n\nconst id = text as RunId',
    'const f = (a: unknown) =>\n  a as string',
  ]
  for (const text of bare) assert.equal(findBareCasts('src/a.ts', text).length, 1, text)
  const fine = [
    'const id = text as RunId // checked above',
    '// The parser is the only way in.\nconst id = text as RunId',
    '// The table was checked.\nconst row = {\n  a: 1,\n  ...(rows as Row),\n}',
    "const kinds = ['a', 'b'] as const",
    'const row = { a: 1 } satisfies Row',
    "import { a as b } from './a.ts'",
  ]
  for (const text of fine) assert.deepEqual(findBareCasts('src/a.ts', text), [], text)
})

test('every test asserts something', () => {
  assert.deepEqual(
    tests.filter((path) => !assertsSomething(path, read(path))),
    [],
  )
})

test('an assertion is a call, not a word', () => {
  assert.ok(assertsSomething('a.test.ts', "test('a', () => assert.equal(1, 1))"))
  assert.ok(assertsSomething('a.test.ts', "test('a', (t) => t.assert.equal(1, 1))"))
  assert.ok(assertsSomething('a.test.ts', "import { ledgerSuite } from './ledger.suite.ts'\nledgerSuite(open)"))
  assert.ok(
    !assertsSomething('a.test.ts', "import assert from 'node:assert/strict'\ntest('a', () => { /* assert.ok(1) */ })"),
  )
})

test('no test is singled out', () => {
  assert.deepEqual(
    tests.flatMap((path) => findOnly(path, read(path))),
    [],
  )
  assert.equal(findOnly('a.test.ts', "test.only('a', () => {})").length, 1)
  assert.deepEqual(findOnly('a.test.ts', "// test.only('a')\ntest('only one', () => {})"), [])
})
