import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { marksOf, readPage } from './report/page.ts'
import { runCase } from './run-case.ts'
import { scenarios, scenariosOnRequest } from './scenarios/index.ts'
import { casesOf, type Case } from './scenarios/scenario.ts'

/** One mode is enough to see that a scenario works; the first is the one that every scenario has. */
const quickCases = (scenario: (typeof scenarios)[number]): readonly Case[] =>
  casesOf(scenario)
    .filter(({ durability }) => durability === 'travelling')
    .map((of) => ({ ...of, isQuick: true }))

suite('Every scenario of the bench', { concurrency: 2 }, () => {
  for (const scenario of scenarios) {
    for (const of of quickCases(scenario)) {
      test(`${scenario.name} gives its figures on ${of.database}`, async () => {
        const shares: number[] = []
        const figures = await runCase({ ...of, scenario: scenario.name }, (share) => shares.push(share))
        assert.ok(figures.length > 1)
        for (const { what, value } of figures) assert.ok(Number.isFinite(value) && value >= 0, `${what} is ${value}`)
        const whats = figures.map(({ what }) => what)
        assert.deepEqual(whats, [...new Set(whats)], 'two figures have one name')
        assert.ok(shares.every((share) => share >= 0 && share <= 1))
      })
    }
  }

  test('has its place in RESULTS.md', () => {
    const page = readPage()
    for (const { name } of [...scenarios, ...scenariosOnRequest]) {
      const [begin, end] = marksOf(name)
      assert.ok(page.includes(begin) && page.indexOf(begin) < page.indexOf(end), name)
    }
  })
})
