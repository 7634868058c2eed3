import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { z } from 'zod'
import { until } from '../../scripts/start/process-output.ts'
import { runCommandLine } from '../../src/cli/command-line.ts'
import { openServedWorld, type ServedWorld } from '../http/served-world.ts'
import { Receiver } from './receiver.ts'

const Added = z.strictObject({ endpoint: z.uuid(), secret: z.string().startsWith('whsec_') })
const Log = z.strictObject({
  messages: z.array(
    z.looseObject({
      id: z.string(),
      state: z.string(),
      attempts: z.array(z.looseObject({ outcome: z.string().nullable() })),
    }),
  ),
  next: z.string().optional(),
})
const Endpoints = z.strictObject({
  endpoints: z.array(z.looseObject({ id: z.string(), state: z.string(), url: z.string() })),
})

suite('Outgoing webhooks through the command line and the API', { timeout: 120_000 }, () => {
  let world: ServedWorld
  let receiver: Receiver
  let home = ''
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'sijil-webhooks-'))
    receiver = await Receiver.listen(() => Date.now())
    world = await openServedWorld({
      SIJIL_WEBHOOK_PRIVATE_ADDRESSES: '127.0.0.0/8',
      SIJIL_KEYS: join(home, 'keys'),
    })
  })
  after(async () => {
    await world.close()
    await receiver.close()
    await rm(home, { recursive: true })
  })

  /** As somebody at a terminal. */
  async function sijil(as: string, ...words: readonly string[]) {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
    const env = { SIJIL_URL: world.url, SIJIL_KEYS: join(home, 'keys') }
    const exitCode = await runCommandLine([...words, '--as', as], { env, stdin, stdout, stderr })
    stdout.end()
    stderr.end()
    return { exitCode, data: await text(stdout), said: await text(stderr) }
  }
  const json = async (...words: readonly string[]): Promise<unknown> => {
    const { exitCode, data, said } = await sijil('yousef', ...words, '--json')
    assert.equal(exitCode, 0, said)
    return JSON.parse(data)
  }
  const log = async (...more: readonly string[]) => Log.parse(await json('webhook', 'log', ...more)).messages
  const received = (count: number) =>
    until(async () => receiver.received.length >= count || undefined, { what: `message ${count} came`, everyMs: 20 })

  test('an operator adds an endpoint, sees what became of each message, and sends again', async () => {
    const { endpoint, secret } = Added.parse(
      await json('webhook', 'add', receiver.url, '--events', 'run.created, task.opened'),
    )
    receiver.replies.push(204, 400)
    await world.people.startSample('outgoing-webhooks')
    await received(2)
    assert.deepEqual(
      receiver.received.map(({ event }) => event.type),
      ['run.created', 'task.opened'],
    )
    for (const { raw, headers } of receiver.received) new Webhook(secret).verify(raw, headers)

    await until(async () => (await log()).every(({ attempts }) => attempts.at(-1)?.outcome !== null) || undefined, {
      what: 'both attempts were written down',
    })
    const failed = await log('--endpoint', endpoint, '--failed')
    assert.deepEqual(
      failed.map(({ id, attempts }) => [id, attempts.map(({ outcome }) => outcome)]),
      [[receiver.received[1]?.id, ['refused']]],
    )
    const { data } = await sijil('yousef', 'webhook', 'log')
    assert.match(data, /^MESSAGE +TIME +TYPE +STATE +ATTEMPTS +LAST/)
    assert.match(data, /task\.opened +waiting +1 +refused 400/)

    assert.deepEqual(await json('webhook', 'replay', failed[0]?.id ?? ''), { messages: 1 })
    await received(3)
    assert.equal(receiver.received[2]?.id, receiver.received[1]?.id)
    const since = ['--endpoint', endpoint, '--since', '2026-01-01T00:00:00Z']
    assert.equal(z.object({ messages: z.int() }).parse(await json('webhook', 'replay', ...since)).messages, 2)
    await received(5)

    const page = await fetch((await sijil('yousef', 'webhook', 'page')).data.trim())
    assert.ok((await page.text()).includes(failed[0]?.id ?? '-'))
    assert.match((await sijil('yousef', 'webhook', 'rotate', endpoint)).data, /^whsec_/)
    for (const [verb, state] of [
      ['pause', 'paused'],
      ['resume', 'active'],
      ['remove', 'removed'],
    ] as const) {
      assert.deepEqual(await json('webhook', verb, endpoint, '--why', 'a test'), { endpoint, state })
      const { endpoints } = Endpoints.parse(await json('webhook', 'list'))
      assert.equal(endpoints.find(({ id }) => id === endpoint)?.state, state)
    }
    assert.match((await sijil('yousef', 'webhook', 'list')).data, /removed/)
  })

  test('others are refused, in words and by the exit code; so are words that mean nothing', async () => {
    const none = '01990f6e-0000-7000-8000-000000000000'
    for (const [as, words, exitCode, said] of [
      ['noura', ['webhook', 'list'], 4, /NOT_ALLOWED/],
      ['yousef', ['webhook', 'pause', none, '--why', 'x'], 3, /NO_SUCH_ENDPOINT/],
      ['yousef', ['webhook', 'replay', 'msg_x'], 3, /NO_SUCH_MESSAGE/],
      ['yousef', ['webhook', 'replay', 'msg_x', '--since', '2026-01-01T00:00Z'], 2, /Name a message/],
      ['yousef', ['webhook', 'replay', '--endpoint', none, '--since', '2026-01-01'], 2, /its zone/],
      ['yousef', ['webhook', 'add', 'https://10.0.0.1/'], 2, /not a public address/],
      ['yousef', ['webhook', 'add', 'https://example.com/', '--events', 'a'], 2, /names no event/],
    ] as const) {
      const answer = await sijil(as, ...words)
      assert.deepEqual([answer.exitCode, answer.data], [exitCode, ''], words.join(' '))
      assert.match(answer.said, said)
    }
  })
})
