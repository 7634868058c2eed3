import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePersonId, parseTenantId } from '../../ledger/ids.ts'
import { demand, permissions } from './permissions.ts'
import { Refusal, refusalKinds, refusalOf } from './refusal.ts'

test('a refusal speaks both languages and names what it is about', () => {
  const refusal = new Refusal('NO_SUCH_RUN', { run: 'r-1' })
  assert.equal(refusal.message, 'There is no run r-1. Nothing was changed.')
  assert.match(refusal.words.ar, /r-1/)
  assert.deepEqual([refusal.words.en, refusal.httpStatus, refusal.exitCode], [refusal.message, 404, 3])
})

test('a detail is given in the language of the sentence', () => {
  const actor = { tenant: 'madar', person: 'x', roles: ['requester'], source: 'test' } as const
  const asked = () => demand({ ...actor, tenant: parseTenantId('madar'), person: parsePersonId('x') }, 'retry')
  assert.throws(asked, (error: unknown) => {
    assert.ok(error instanceof Refusal)
    assert.match(error.words.en, /may not retry runs here: it needs one of the roles operator/)
    assert.doesNotMatch(error.words.ar, /[a-z]/)
    return true
  })
})

test('every refusal names the same details in both languages', () => {
  const details = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).toSorted()
  for (const [code, { en, ar, exitCode }] of Object.entries(refusalKinds)) {
    assert.deepEqual(details(en), details(ar), code)
    assert.match(ar, /[\u0600-\u06ff]/, code)
    assert.ok(exitCode > 1, code)
  }
})

test('a code that the ledger cannot answer is a bug, not a refusal', () => {
  assert.equal(refusalOf('AFTER_PIVOT', { run: 'r' }).code, 'AFTER_PIVOT')
  assert.throws(() => refusalOf('toString', {}), /unknown code/)
})

test('whoever keeps things running neither asks nor decides', () => {
  assert.equal(permissions.start.roles.includes('operator'), false)
  for (const act of ['retry', 'resolve', 'signal', 'cancel'] as const)
    assert.deepEqual(permissions[act].roles, ['operator'], act)
})
