import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dealOf, misnamedDeal } from './deal.ts'

const RUN = '01990f6e-0000-7000-8000-000000000000'

test('a run is of the deal that its input names', () => {
  for (const id of ['nakheel-2026', 'd1', RUN]) {
    assert.equal(dealOf({ deal: 'deal' }, { deal: id }, 'run'), id)
    assert.equal(misnamedDeal({ deal: 'deal' }, { deal: id }), undefined)
  }
})

test('a run of a workflow that names no deal begins one', () => {
  assert.equal(dealOf({}, { deal: 'other' }, RUN), RUN)
  assert.equal(misnamedDeal({}, { deal: 'Sara Al-Otaibi' }), undefined)
})

test('what may be somebody is no name of a deal', () => {
  for (const deal of [
    'Sara Al-Otaibi',
    'سارة',
    'sara@nakheel.example',
    '0501234567',
    '1012345678',
    '',
    'x'.repeat(64),
    7,
    null,
  ])
    assert.equal(misnamedDeal({ deal: 'deal' }, { deal }), 'deal', String(deal))
  assert.equal(misnamedDeal({ deal: 'deal' }, { deal: { sealed: 'v1.x' } }), 'deal')
  assert.equal(misnamedDeal({ deal: 'deal' }, 'text'), 'deal')
})
