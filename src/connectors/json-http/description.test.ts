import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { readAccounts } from '../settings.ts'
import { readDescription } from './description.ts'
import { bodyWith, pathWith, queryWith } from './template.ts'

const example = readFileSync(new URL('../../../docs/connectors/company-registry.json', import.meta.url), 'utf8')

const title = { en: 'One', ar: 'واحد' }
const operation = {
  title,
  path: 'things/{id}',
  parameters: { id: { pattern: '[0-9]+' } },
  answer: '',
  schema: { type: 'object' },
  classification: 'public',
}
const problemsOf = (operationOrSource: object, isSource = false): readonly string[] => {
  const source = { title, base: 'https://one.example', operations: { read: operation } }
  const described = isSource
    ? { ...source, ...operationOrSource }
    : { ...source, operations: { read: { ...operation, ...operationOrSource } } }
  const read = readDescription(JSON.stringify({ sources: { one: described } }))
  return 'problems' in read ? read.problems : []
}

suite('the description of sources', () => {
  test('the example of the documentation is a good one', () => {
    const read = readDescription(example)
    assert.deepEqual('problems' in read ? read.problems : Object.keys(read.sources), [
      'company-registry',
      'financial-statements',
    ])
    assert.deepEqual(problemsOf({}), [])
  })

  const place = 'sources.one.operations.read'
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{ path: '/things/{id}' }, /\.path is not a path below the base/],
    [{ path: '../{id}' }, /\.path leads upwards/],
    [{ path: 'things/{id}?all=1' }, /\.path is not a path/],
    [{ path: 'things/{name}' }, /uses \{name\}, which is none of its parameters/],
    [{ path: 'things' }, /never uses its parameter id/],
    [{ parameters: { id: { pattern: '[0-9]+', optional: true } } }, /has \{id\} in its path, so it cannot be optional/],
    [{ parameters: { id: { pattern: '[0-9' } } }, /\.parameters\.id\.pattern is not a regular expression/],
    [{ method: 'DELETE' }, /\.method /],
    [{ method: 'POST' }, /is a POST: say "changesNothing": true/],
    [{ body: {} }, /is a GET and has a body/],
    [{ answer: 'company' }, /\.answer /],
    [{ answer: { name: 'name' } }, /\.answer/],
    [{ schema: { type: 'thing' } }, /\.schema is not a JSON Schema/],
    [{ classification: 'secret' }, /\.classification /],
    [{ cacheSeconds: -1 }, /\.cacheSeconds /],
    [{ cache: 5 }, /has fields that nobody knows: cache/],
  ]
  for (const [part, expected] of wrong)
    test(`${JSON.stringify(part)} is told with its place`, () => {
      const problems = problemsOf(part)
      assert.ok(
        problems.some((problem) => problem.startsWith(place) && expected.test(problem)),
        problems.join('\n'),
      )
    })

  test('a source speaks https, and cannot set what the exchange sets', () => {
    assert.match(problemsOf({ base: 'http://one.example' }, true).join(), /sources\.one\.base must begin with https/)
    assert.match(
      problemsOf({ auth: { header: 'Host' } }, true).join(),
      /sources\.one\.auth\.header is not a header that may be set/,
    )
    assert.match(problemsOf({ auth: { header: 'apikey', key: 'hunter2' } }, true).join(), /nobody knows: key/)
  })

  test('its problems are told with those of all settings, and no key is', () => {
    const told = (settings: Record<string, string>) => {
      try {
        readAccounts(settings)
      } catch (error) {
        return error instanceof Error ? error.message : ''
      }
      return ''
    }
    const keys = { SIJIL_RESEARCH_KEYS: 'hunter2' }
    assert.match(
      told({ SIJIL_RESEARCH_DESCRIPTION: '{"sources":{"one":{}}}' }),
      /SIJIL_RESEARCH_DESCRIPTION: sources\.one\.title/,
    )
    assert.match(
      told({ SIJIL_RESEARCH_DESCRIPTION: '/no/such/file' }),
      /SIJIL_RESEARCH_DESCRIPTION: names a file that cannot be read/,
    )
    assert.match(told({ ...keys, SIJIL_RESEARCH_DESCRIPTION: example }), /SIJIL_RESEARCH_KEYS: must be name=key/)
    assert.doesNotMatch(told({ ...keys, SIJIL_RESEARCH_DESCRIPTION: '{' }), /hunter2/)
  })
})

suite('templates', () => {
  test('a value stays one part of the path', () => {
    assert.equal(pathWith('a/{x}/b', { x: 'ج/د?e#f g' }), 'a/%D8%AC%2F%D8%AF%3Fe%23f%20g/b')
  })
  test('what was not given is left out, and a value of its own keeps its type', () => {
    assert.deepEqual(queryWith({ a: '{a}', b: 'x-{b}', c: 'c' }, { a: 1 }), { a: '1', c: 'c' })
    assert.deepEqual(bodyWith({ n: '{n}', t: 'no {n}', deep: [{ o: '{o}' }, '{o}', '{b}'] }, { n: 5, b: true }), {
      n: 5,
      t: 'no 5',
      deep: [{}, true],
    })
  })
})
