import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Act } from '../../sandbox/record.ts'
import { Book, type RunView } from './book.ts'
import { type Evidence, problemsIn } from './problems.ts'

const RUN = 'r1'
const TASK = { id: 't1', kind: 'gate', run: RUN, key: 'review', state: 'approved' } as const
const decision = { person: 'maha', verdict: 'approve', value: null, comments: null, source: 'http', at: 1 } as const
const told = (id: string, kind: 'signal' | 'decision', consumedBy: string | null) =>
  ({ number: 1, id, kind, name: 'n', payload: null, source: 'http', receivedAt: 1, consumedBy }) as const

const done = {
  id: RUN,
  status: 'ended',
  outcome: 'completed',
  undo: 'nothing',
  endedAt: 9,
  records: [{ seq: 1, key: 'review', kind: 'gate', name: 'review', digest: '', outcome: 'value', value: null, at: 1 }],
  effects: [{ key: 'welcome', step: 'welcome', of: null, state: 'done' }],
  signals: [told('decision/t1', 'decision', 'review'), told('link/r1/sendTerms', 'signal', 'reply')],
  tasks: [{ ...TASK, decisions: [decision] }],
}
const welcome: Act = { id: 1, at: 1, vendor: 'smtp', action: 'mail accepted', key: 'r1/welcome', reference: 'm1' }
const opened: Act = { ...welcome, vendor: 'hubspot', action: 'record written', reference: 'c1' }

function problemsWith(
  more: object,
  acts: readonly Act[] = [welcome],
  other: Partial<Evidence> = {},
): readonly string[] {
  const book = new Book()
  book.starts.set('key', RUN)
  book.decisions.push({ run: RUN, task: 't1', person: 'maha', verdict: 'approve' })
  book.replies.push({ run: RUN, signal: 'link/r1/sendTerms' })
  // What the checks read of a run is there; the rest of its view they do not look at.
  const runs = [{ ...done, ...more } as unknown as RunView]
  return problemsIn({ book, runs, acts, stageOf: () => 'active', ...other })
}

test('a run of which everything is there once is no problem', () => {
  assert.deepEqual(problemsWith({}), [])
  assert.deepEqual(problemsWith({}, [welcome, opened, opened]), [], 'an upsert may be repeated')
})

const wrongs: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['a start that is lost', problemsWith({}, [], { runs: [] }), /the start is lost/],
  ['a run that nobody asked for', problemsWith({ id: 'r2' }), /nobody asked/],
  ['a run without an end', problemsWith({ outcome: null, status: 'waiting' }), /neither ended nor stuck/],
  ['a decision that is lost', problemsWith({ tasks: [{ ...TASK, decisions: [] }] }), /decision of maha.* is lost/],
  ['one that counts twice', problemsWith({ tasks: [{ ...TASK, decisions: [decision, decision] }] }), /counts twice/],
  ['one that was never applied', problemsWith({ records: [] }), /never applied/],
  ['an answer that is lost', problemsWith({ signals: done.signals.slice(0, 1) }), /the answer is lost/],
  [
    'an answer that nobody took',
    problemsWith({ signals: [...done.signals.slice(0, 1), told('link/r1/sendTerms', 'signal', null)] }),
    /the answer was never taken/,
  ],
  ['a mail that was sent twice', problemsWith({}, [welcome, { ...welcome, key: 'r1/welcome~2' }]), /2 times/],
  ['a mail that was never sent', problemsWith({}, []), /no vendor did it/],
  ['a mail that nobody intended', problemsWith({}, [welcome, { ...welcome, key: 'r1/other' }]), /nobody intended/],
  ['a second CRM record', problemsWith({}, [welcome, opened, { ...opened, reference: 'c2' }]), /several records/],
  ['a CRM record left behind', problemsWith({}, [welcome], { stageOf: () => 'applicant' }), /CRM says applicant/],
  ['an effect left open', problemsWith({ effects: [{ key: 'welcome', state: 'started' }] }), /still started/],
]
for (const [wrong, problems, expected] of wrongs)
  test(`${wrong} is found`, () => {
    assert.match(problems.join('\n'), expected)
  })
