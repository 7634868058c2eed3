import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TrailRow } from '../ledger/reading/trail.ts'
import { messageOf } from './message.ts'

const row: TrailRow = {
  leaf: 7,
  hash: 'aa',
  at: Date.UTC(2026, 10, 22, 9),
  what: 'run.ended',
  new: 'completed',
  run: '01990f6e-0000-7000-8000-000000000000',
  workflow: 'deal',
  version: 2,
  task: null,
  gate: null,
  taskState: null,
  step: null,
  kind: null,
}
const of = (more: Partial<TrailRow> = {}, endpoint = 'one', events: readonly string[] = ['run.completed']) =>
  messageOf('tenant', endpoint, { ...row, ...more }, events)

test('a row that an endpoint asked for is a message with an id of its own and a body that stays', () => {
  const message = of()
  assert.deepEqual(of(), message)
  assert.match(message?.id ?? '', /^msg_[0-9a-f]{40}$/)
  assert.equal(
    message?.body,
    '{"type":"run.completed","timestamp":"2026-11-22T09:00:00.000Z","data":{"tenant":"tenant","sequence":7,"run":"01990f6e-0000-7000-8000-000000000000","workflow":"deal","version":2}}',
  )
  assert.notEqual(of({}, 'other')?.id, message?.id)
})

test('another row at the same place, as in a ledger that was restored, has another id', () => {
  assert.notEqual(of({ hash: 'bb' })?.id, of()?.id)
})

test('what nobody asked for, is of no run, or is of use within the organisation only, is no message', () => {
  assert.equal(of({}, 'one', ['run.stopped']), undefined)
  assert.equal(of({ run: null }), undefined)
  for (const what of ['task.read', 'signal.received', 'effect.started', 'webhook.added', 'wait.opened'])
    assert.equal(of({ what }, 'one', ['run.completed', 'task.opened']), undefined, what)
})
