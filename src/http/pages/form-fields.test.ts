import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { z } from 'zod'
import { formsOf, inOrderOf, issuesIn, valueOf } from './form-fields.ts'

const Reply = z.discriminatedUnion('answer', [
  z.object({ answer: z.literal('accept'), round: z.int() }),
  z.object({
    answer: z.literal('counter'),
    round: z.int(),
    percent: z.number().min(0).max(50),
    days: z.int().optional(),
    note: z.string().max(2_000).default(''),
    urgent: z.boolean(),
    wishes: z.array(z.string()),
    ship: z.object({ city: z.enum(['riyadh', 'jeddah']) }),
  }),
])

suite('a form made from a schema', () => {
  const [accept, counter] = formsOf(Reply, ['round'])

  test('has one way to answer for each alternative, without what is fixed', () => {
    assert.deepEqual(accept, { choice: { field: 'answer', value: 'accept' }, fields: [] })
    assert.deepEqual(
      counter?.fields.map(({ name, kind, required }) => [name, kind, required]),
      [
        ['percent', 'number', true],
        ['days', 'number', false],
        ['note', 'text', false],
        ['urgent', 'yes or no', true],
        ['wishes', 'lines', true],
        ['ship', 'group', true],
      ],
    )
  })

  test('gives back what was filled in, in digits of either kind, and leaves out what was left empty', () => {
    assert.ok(counter !== undefined)
    const filled = new URLSearchParams({
      'value.percent': '١٢٫٥',
      'value.days': '',
      'value.note': ' line one\r\nline two ',
      'value.wishes': 'a\r\n\r\n b ',
      'value.ship.city': 'riyadh',
      'value.unasked': 'x',
      verdict: 'y',
    })
    assert.deepEqual(valueOf(counter, filled), {
      answer: 'counter',
      percent: 12.5,
      note: 'line one\nline two',
      urgent: false,
      wishes: ['a', 'b'],
      ship: { city: 'riyadh' },
    })
  })

  test('leaves a number that is none to the schema, which refuses it', () => {
    assert.ok(counter !== undefined)
    const value = valueOf(counter, new URLSearchParams({ 'value.percent': 'many' }))
    assert.equal(value['percent'], 'many')
    assert.equal(Reply.safeParse({ ...value, round: 1 }).success, false)
  })

  test('tells what is wrong in the language of the reader', () => {
    const tooMuch = { answer: 'accept', round: 'one' }
    assert.match(issuesIn('ar', Reply, tooMuch)?.[0]?.message ?? '', /\p{Script=Arabic}/u)
    assert.match(issuesIn('en', Reply, tooMuch)?.[0]?.message ?? '', /expected/)
  })

  test('shows fields in the order of the schema', () => {
    const schema = z.object({
      z: z.object({ b: z.int(), a: z.int() }),
      list: z.array(z.object({ y: z.int(), x: z.int() })),
    })
    const value = { list: [{ x: 1, y: 2 }], z: { a: 1, b: 2 }, unknown: 1 }
    assert.equal(JSON.stringify(inOrderOf(schema, value)), JSON.stringify(value))
    const known = { list: [{ x: 1, y: 2 }], z: { a: 1, b: 2 } }
    assert.equal(JSON.stringify(inOrderOf(schema, known)), '{"z":{"b":2,"a":1},"list":[{"y":2,"x":1}]}')
  })
})
