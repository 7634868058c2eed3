import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { createTestDatabase, startPostgres } from './postgres.ts'

async function ask(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<object>(text)).rows
  } finally {
    await client.end()
  }
}

test('every test database is its own and empty, with fsync on', async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()])
  await ask(one, 'create table mine (id int)')
  assert.deepEqual(await ask(one, `select to_regclass('mine') is not null as there`), [{ there: true }])
  assert.deepEqual(await ask(other, `select to_regclass('mine') is not null as there`), [{ there: false }])
  assert.deepEqual(await ask(one, 'show fsync'), [{ fsync: 'on' }])
})

test('a killed server comes back under the same url with what was committed', async () => {
  const server = await startPostgres()
  try {
    const url = await server.createDatabase()
    await ask(url, 'create table kept (id int); insert into kept values (7)')
    await server.kill()
    await assert.rejects(ask(url, 'select 1'))
    await server.restart()
    assert.deepEqual(await ask(url, 'select id from kept'), [{ id: 7 }])
  } finally {
    await server.stop()
  }
})
