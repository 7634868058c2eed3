import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { openLog } from './log.ts'

test('the log names an error by its code and place, and never quotes a row of the database', () => {
  const lines = new PassThrough()
  const log = openLog({ logLevel: 'info' }, lines)
  const ofPostgres = Object.assign(new Error('duplicate key'), {
    code: '23505',
    severity: 'ERROR',
    detail: 'Key (email)=(sara@example.sa) already exists.',
    message: 'duplicate key for sara@example.sa',
  })
  log.error({ error: new Error('the outer one', { cause: ofPostgres }) }, 'failed')
  const line: unknown = JSON.parse(String(lines.read()))
  const text = JSON.stringify(line)
  assert.match(text, /the outer one.*23505/)
  assert.doesNotMatch(text, /sara@example/)
})
