import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import { runCommandLine } from '../../src/cli/command-line.ts'
import { SAMPLE_TENANT } from '../../src/seed/organisation.ts'
import { openServedWorld, type ServedWorld } from './served-world.ts'

const SECRETS = { SECOND_TOKEN: 'hunter2-token', SECOND_APP_SECRET: 'hunter2-app', SECOND_VERIFY: 'hunter2-verify' }
const SECOND = '555000'

suite('connectors, for whoever operates them', { timeout: 180_000 }, () => {
  const home = mkdtempSync(join(tmpdir(), 'sijil-connectors-'))
  let world: ServedWorld
  before(async () => {
    const file = join(home, 'connectors.json')
    const settings = {
      phoneNumberId: SECOND,
      token: { env: 'SECOND_TOKEN' },
      appSecret: { env: 'SECOND_APP_SECRET' },
      verifyToken: { env: 'SECOND_VERIFY' },
      url: 'http://127.0.0.1:1',
    }
    const accounts = { second: { connector: 'whatsapp', settings } }
    writeFileSync(file, JSON.stringify({ tenants: { [SAMPLE_TENANT]: { accounts } } }))
    world = await openServedWorld({ ...SECRETS, SIJIL_CONNECTORS: file, SIJIL_LOG: 'error' })
  })
  after(async () => {
    await world.close()
    rmSync(home, { recursive: true })
  })

  const command = async (person: string, ...words: readonly string[]) => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
    const env = { SIJIL_URL: world.url, SIJIL_KEY: world.people.keyOf(person) }
    const exitCode = await runCommandLine(['connector', ...words], { env, stdin, stdout, stderr })
    stdout.end()
    stderr.end()
    const [data, said] = [await text(stdout), await text(stderr)]
    assert.doesNotMatch(data + said, /hunter2/)
    return { exitCode, data, said }
  }
  const lineOf = (data: string, ...cells: readonly string[]) =>
    data.split('\n').find((line) => cells.every((cell, place) => line.split(/ {2,}/)[place] === cell))

  test('are listed with their contract, and say which account a tenant uses', async () => {
    const { exitCode, data } = await command('noura', 'list')
    assert.equal(exitCode, 0)
    assert.match(data, /^CONNECTOR +ROLE +ACCOUNT +STATE +CLASS +DATA +REPEATS +WEBHOOK +LAST ERROR +NAME/)
    assert.ok(
      lineOf(data, 'whatsapp', 'whatsapp', 'second', 'in use', 'B', 'confidential', 'none', 'HMAC-SHA256'),
      data,
    )
    assert.ok(lineOf(data, 'whatsapp', 'whatsapp', 'default', 'ready'), data)
    assert.ok(lineOf(data, 'docusign', 'esign', 'default', 'in use'), data)
    assert.ok(lineOf(data, 'salesforce', 'crm', '-', 'not configured'), data)
    assert.match((await command('noura', 'list', '--lang', 'ar')).data, /دوكيوساين/)
  })

  test('are checked with the credentials of each account, and one that cannot be used is a finding', async () => {
    const { exitCode, data } = await command('yousef', 'check')
    assert.equal(exitCode, 8)
    assert.ok(lineOf(data, 'whatsapp', 'default', 'up'), data)
    assert.match(lineOf(data, 'whatsapp', 'second', 'down') ?? data, /NOT_READ/)
    assert.equal((await command('noura', 'check')).exitCode, 4)
  })

  test('are tried with a call that changes nothing, and along the way of their webhooks', async () => {
    const acts = world.sandbox.acts().length
    const tried = await command('yousef', 'test', 'whatsapp', '--account', 'default')
    assert.deepEqual([tried.exitCode, tried.said], [0, ''])
    assert.match(tried.data, /webhook +http:\/\/127\.0\.0\.1:\d+\/webhooks\/madar\/whatsapp\/\d+ +up/)
    assert.equal((await command('yousef', 'test', 'docusign')).exitCode, 0)
    assert.equal((await command('yousef', 'test', 'whatsapp', '--account', 'second')).exitCode, 8)
    assert.equal(world.sandbox.acts().length, acts)
  })

  test('ask which account is meant where there are several, and say where there is none', async () => {
    const several = await command('yousef', 'test', 'whatsapp')
    assert.deepEqual([several.exitCode, /second, default.*ACCOUNT_NOT_NAMED/.test(several.said)], [2, true])
    const none = await command('yousef', 'pause', 'salesforce', '--because', 'x')
    assert.deepEqual([none.exitCode, /NO_SUCH_ACCOUNT/.test(none.said)], [3, true])
  })

  test('are paused and resumed by an operator who says why, and it stands on record', async () => {
    assert.equal((await command('noura', 'pause', 'docusign', '--because', 'x')).exitCode, 4)
    assert.equal((await command('yousef', 'pause', 'docusign')).exitCode, 2)
    const paused = await command('yousef', 'pause', 'docusign', '--because', 'the vendor has an incident')
    assert.deepEqual([paused.exitCode, paused.said.startsWith('Paused')], [0, true])
    assert.match((await command('noura', 'list')).data, /docusign +esign +default +paused by yousef/)
    assert.match((await command('yousef', 'pause', 'docusign', '--because', 'x')).said, /was paused already/)
    assert.match((await command('yousef', 'resume', 'docusign', '--because', 'it is over')).said, /^Resumed/)
    assert.match((await command('yousef', 'resume', 'docusign', '--because', 'x')).said, /is not paused/)
  })

  const tell = (path: string, phoneNumberId: string, key: string, id: string) => {
    const value = {
      messaging_product: 'whatsapp',
      metadata: { phone_number_id: phoneNumberId },
      statuses: [{ id, status: 'sent', timestamp: '1750000000' }],
    }
    const body = JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [{ changes: [{ field: 'messages', value }] }],
    })
    const signature = createHmac('sha256', key).update(body).digest('hex')
    return fetch(`${world.url}/webhooks/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
      body,
    })
  }
  const kept = async (id: string): Promise<number> => {
    const { database } = world.served.sijil
    const rows = await database.engine.query<{ n: number }>(
      { name: '', text: 'select count(*)::int as n from sijil.parked_signals where reference = $1' },
      [id],
    )
    return rows[0]?.n ?? -1
  }

  test('are told by webhook at an address with tenant and account, under that account’s own key', async () => {
    const first = world.sandbox.settings['SIJIL_WHATSAPP_PHONE_NUMBER_ID'] ?? ''
    const firstKey = world.sandbox.settings['SIJIL_WHATSAPP_APP_SECRET'] ?? ''
    for (const account of [SECOND, 'second']) {
      assert.equal(
        (await tell(`madar/whatsapp/${account}`, SECOND, SECRETS.SECOND_APP_SECRET, `by-${account}`)).status,
        200,
      )
      assert.equal(await kept(`by-${account}`), 1)
    }
    assert.equal((await tell(`madar/whatsapp/${SECOND}`, SECOND, firstKey, 'wrong-key')).status, 401)
    assert.equal((await tell(`elsewhere/whatsapp/${SECOND}`, SECOND, SECRETS.SECOND_APP_SECRET, 'else')).status, 404)
    // Well signed, by who holds the key of one account, about another.
    assert.equal(
      (await tell(`madar/whatsapp/${SECOND}`, first, SECRETS.SECOND_APP_SECRET, 'about-another')).status,
      200,
    )
    assert.equal(await kept('about-another'), 0)
    assert.equal((await tell(`madar/whatsapp/${first}`, first, firstKey, 'of-the-first')).status, 200)
    assert.equal(await kept('of-the-first'), 1)
  })

  test('leave none of their secrets in the ledger', async () => {
    const secrets = Object.entries({ ...world.sandbox.settings, ...SECRETS })
      .filter(([name]) => /TOKEN|SECRET|KEY|VERIFY/.test(name))
      .map(([, value]) => value)
    assert.ok(secrets.length >= 7)
    const { database } = world.served.sijil
    const tables = await database.engine.query<{ name: string }>(
      {
        name: '',
        text: `select tablename as name from pg_tables where schemaname = 'sijil' and has_table_privilege(format('sijil.%I', tablename), 'select')`,
      },
      [],
    )
    assert.ok(tables.length > 15)
    for (const { name } of tables) {
      const rows = await database.engine.query<{ row: string }>(
        { name: '', text: `select t::text as row from sijil.${name} t` },
        [],
      )
      for (const { row } of rows) for (const secret of secrets) assert.ok(!row.includes(secret), name)
    }
  })
})
