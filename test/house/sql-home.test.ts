import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filesOf, isTest, isTypeScript, read } from './repository.ts'
import { findSql } from './sql-home.ts'

const outsideTheLedger = filesOf().filter((path) => path.startsWith('src/') && !path.startsWith('src/ledger/'))

test('only the ledger speaks SQL', () => {
  const sources = outsideTheLedger.filter((path) => isTypeScript(path) && !isTest(path))
  assert.deepEqual(
    sources.flatMap((path) => findSql(path, read(path))),
    [],
  )
})

test('only the ledger keeps .sql files', () => {
  assert.deepEqual(
    outsideTheLedger.filter((path) => path.endsWith('.sql')),
    [],
  )
})

const sql = [
  "const text = 'select id from run where tenant = $1'",
  'const text = `SELECT id\n  FROM run`',
  'const text = `select id, ${column} from run`',
  "const text = 'with due as (select 1) select id from due'",
  "const text = 'insert into run values ($1)'",
  "const text = 'update run set epoch = epoch + 1'",
  "const text = 'delete from run'",
  "const text = 'create table run (id text)'",
  "const text = 'set role sijil_member'",
]
for (const text of sql) {
  test(`finds: ${text.replaceAll(/\s+/g, ' ')}`, () => assert.equal(findSql('src/http/a.ts', text).length, 1))
}

const prose = [
  "const text = 'Select a partner from the list'",
  "const text = 'The run was updated; set the deadline again'",
  "const text = 'Ask them to insert the card into the reader'",
  '// select id from run',
  "const text = 'Create the table of contents'",
]
for (const text of prose) {
  test(`lets pass: ${text}`, () => assert.deepEqual(findSql('src/http/a.ts', text), []))
}
