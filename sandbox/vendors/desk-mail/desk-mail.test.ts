import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EffectRefused } from '../../../src/flow/failure.ts'
import { connectorSuite, failureOf } from '../../connector-suite.ts'
import { startWorld } from '../../test-world.ts'
import { review } from '../desk-http/subjects.ts'
import { smtp } from '../smtp/vendor.ts'
import { openTask, withdrawTask } from './subjects.ts'

connectorSuite(openTask)
connectorSuite(withdrawTask)

test('a desk gets its task with the page to answer on, and its withdrawal in the same thread', async () => {
  const { sandbox, open, close } = await startWorld({ settingsFor: ['desk-mail'] })
  try {
    const answerUrl = 'https://sijil.example/a/token'
    const { taskId } = await open({ mode: 'make', key: 'run/review#1' }).desk.openTask({ ...review, answerUrl })
    await open({ mode: 'make', key: 'run/undo-review#1' }).desk.withdrawTask({ taskId, reason: 'انتهت الصفقة' })
    const [task, withdrawal] = sandbox.of(smtp).mails()
    assert.deepEqual(
      { to: task?.to, subject: task?.subject, key: task?.key },
      { to: 'law@firm.example', subject: review.title, key: 'run/review#1' },
    )
    for (const part of [review.text, '2026-12-01', answerUrl]) assert.ok(task?.text.includes(part), part)
    assert.equal(withdrawal?.to, 'law@firm.example')
    assert.ok(task && withdrawal.source.includes(`In-Reply-To: ${task.messageId}`))
    assert.ok(withdrawal.text.includes('انتهت الصفقة'))
  } finally {
    await close()
  }
})

test('a desk without an address is refused before anything is sent', async () => {
  const { sandbox, open, close } = await startWorld({ settingsFor: ['desk-mail'] })
  try {
    const failure = await failureOf(
      open({ mode: 'make', key: 'run/review#1' }).desk.openTask({ ...review, desk: 'it' }),
    )
    assert.ok(failure instanceof EffectRefused && failure.code === 'NO_SUCH_DESK')
    assert.deepEqual(sandbox.requests(), [])
  } finally {
    await close()
  }
})
