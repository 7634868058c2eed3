import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { PresentedRun } from '../http/present-run.ts'
import type { EffectView, RecordView, TaskRow } from '../ledger/reading/run-view.ts'
import { timeline } from './timeline.ts'

const at = Date.UTC(2026, 10, 22, 20, 59, 58) // two seconds before midnight in Riyadh
const record = (seq: number, name: string, more: Partial<RecordView> = {}): RecordView => ({
  seq,
  key: name,
  kind: 'step',
  name,
  digest: '',
  outcome: 'value',
  value: null,
  at: at + seq * 1_000,
  ...more,
})
const effect = (key: string, more: Partial<EffectView> = {}): EffectView => ({
  run: 'r',
  key,
  step: key,
  of: null,
  action: 'a',
  subject: null,
  undoable: true,
  input: null,
  state: 'done',
  generation: 1,
  attempt: 1,
  held: 0,
  deadlineAt: at,
  retryAt: null,
  problem: null,
  startedSeq: 1,
  startedAt: at,
  ...more,
})
const task: TaskRow = {
  id: 'task-1',
  kind: 'gate',
  run: 'r',
  workflow: 'w',
  version: 1,
  key: 'review',
  gate: 'review',
  state: 'rejected',
  packet: null,
  digest: '',
  subject: '',
  authorises: {},
  slots: [],
  requester: 'noura',
  openedAt: at,
  dueAt: null,
  decidedAt: at,
  escalatedFrom: null,
  decisions: [{ person: 'lina', verdict: 'reject', value: null, comments: 'too\nrisky', source: 'http', at }],
}
const run: PresentedRun = {
  id: 'r',
  workflow: 'w',
  version: 1,
  engine: 'local',
  status: 'ended',
  requester: 'noura',
  createdAt: at,
  endedAt: at + 9_000,
  outcome: 'rejected',
  undo: 'compensated',
  why: null,
  stuckCode: null,
  pivoted: false,
  input: null,
  result: null,
  records: [
    record(1, 'openRecord'),
    record(2, 'review', { kind: 'gate', outcome: 'rejected' }),
    record(3, 'choice', { kind: 'choice' }),
    record(4, 'undo/openRecord', { kind: 'undo', name: 'openRecord' }),
  ],
  effects: [effect('openRecord', { attempt: 3 }), effect('sendTerms', { state: 'in_doubt', problem: 'no answer' })],
  receipts: [
    {
      id: '00000000-0000-0000-0000-abcdefabcdef',
      key: 'openRecord',
      action: 'a',
      requestDigest: '',
      resultDigest: '',
      trace: '',
      at,
    },
  ],
  waits: [{ key: 'reply', kind: 'signal', name: 'reply', openedAt: at + 8_000, dueAt: at + 86_400_000 }],
  tasks: [task],
  signals: [],
  audit: [],
  titles: {
    workflow: { en: 'Partner approval', ar: 'اعتماد الشركاء' },
    openRecord: { en: 'Open the record', ar: 'فتح السجل' },
    review: { en: 'Review', ar: 'مراجعة' },
  },
}
const plain = { plainSigns: true, style: (_: string, text: string) => text } as const

suite('the timeline of a run', () => {
  test('tells in order what was done, decided, taken back and is open, under each day', () => {
    assert.equal(
      timeline(run, { ...plain, language: 'en' }),
      `Partner approval  r
State: rejected, all taken back   Asked by: noura   Engine: local   v1
2026-11-22
  23:59:58  -  started  by noura
  23:59:59  +  step     Open the record - attempt 3 - receipt abcdefabcdef
2026-11-23
  00:00:00  x  gate     Review - rejected - reject by lina “too risky”
  00:00:02  <  undo     Open the record
2026-11-22
  23:59:58  ?  doubt    sendTerms - no answer - sendTerms
2026-11-23
  00:00:06  ~  waits    reply - until 2026-11-23 23:59:58
  00:00:07  #  end      rejected, all taken back
`,
    )
  })

  test('speaks Arabic, with signs that a terminal can show', () => {
    const text = timeline(run, { language: 'ar', plainSigns: false, style: plain.style })
    assert.match(text, /✓ {2}خطوة .*فتح السجل · محاولة 3/)
    assert.match(text, /↩ {2}تراجع/)
    assert.doesNotMatch(text, /Open the record/)
  })
})
