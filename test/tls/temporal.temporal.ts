/**
 * A cluster that lets in only whoever proves who they are: Temporal's development server behind Node's own TLS, with certificates of private
 * authorities. Both of Temporal's clients go through it, the one that tells the cluster and the worker's.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { createServer } from 'node:tls'
import { z } from 'zod'
import { end, until } from '../../scripts/start/process-output.ts'
import { sampleApplication } from '../../scripts/start/sample.ts'
import { type DevServer, startDevServer } from '../../scripts/temporal/dev-server.ts'
import { openServedWorld } from '../http/served-world.ts'
import { Authority, type Identity } from './authority.ts'

const NAME = 'localhost'
const Health = z.looseObject({ temporal: z.looseObject({ state: z.string() }) })

suite('A cluster behind TLS that asks for a certificate', { timeout: 200_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sijil-tls-'))
  const [ours, other] = [new Authority("The cluster's authority"), new Authority('Another authority')]
  let server: DevServer
  let front: Awaited<ReturnType<typeof listen>>
  before(async () => {
    server = await startDevServer({ file: join(folder, 'server.db') })
    front = await listen(server.address, ours)
  })
  after(async () => {
    front.close()
    await end(server.child, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  const inFile = (name: string, text: string): string => {
    const file = join(folder, name)
    writeFileSync(file, text)
    return file
  }
  const shown = (by: string, { cert, key }: Identity) => ({
    SIJIL_TEMPORAL_TLS_CERT: inFile(`${by}.pem`, cert),
    SIJIL_TEMPORAL_TLS_KEY: inFile(`${by}.key`, key),
  })
  const trusts = (authority: Authority, name: string) => ({
    SIJIL_TEMPORAL_TLS_CA: inFile(`${name}.ca.pem`, authority.cert),
  })
  const open = (settings: Readonly<Record<string, string>>) =>
    openServedWorld({
      SIJIL_TEMPORAL_ADDRESS: `${NAME}:${front.port}`,
      SIJIL_TEMPORAL_TLS: 'on',
      SIJIL_ENGINE: 'temporal',
      ...settings,
    })

  test('is told of a run, and its worker drives it, when both prove who they are', async () => {
    const world = await open({ ...trusts(ours, 'ours'), ...shown('ours', ours.vouchFor('worker')) })
    try {
      const run = await world.people.startSample('tls', sampleApplication)
      const task = async () => ((await world.people.standingOf(run)).kind === 'task' ? true : undefined)
      await until(task, { what: 'the run waits for a decision' })
    } finally {
      await world.close()
    }
  })

  const refused = {
    'who show no certificate': () => trusts(ours, 'ours'),
    'who show one of another authority': () => ({
      ...trusts(ours, 'ours'),
      ...shown('other', other.vouchFor('worker')),
    }),
    'who do not trust it': () => ({ ...trusts(other, 'other'), ...shown('ours', ours.vouchFor('worker')) }),
  } as const
  for (const [who, settings] of Object.entries(refused))
    test(`is not reached by those ${who}: health says so, and what is started waits`, async () => {
      const world = await open(settings())
      try {
        const health = Health.parse(await world.people.ask('noura', 'GET', '/health'))
        assert.equal(health.temporal.state, 'down')
        const run = await world.people.startSample('refused', sampleApplication)
        const view = z.looseObject({ engine: z.string(), status: z.string(), records: z.array(z.unknown()) })
        const { engine, status, records } = view.parse(await world.people.ask('noura', 'GET', `/runs/${run}`))
        assert.deepEqual([engine, records], ['temporal', []])
        assert.ok(['ready', 'running'].includes(status))
      } finally {
        await world.close()
      }
    })
})

/** Takes TLS away and passes everything else on. */
async function listen(to: string, authority: Authority) {
  const [host = '', port = ''] = to.split(':')
  const { cert, key } = authority.vouchFor(NAME)
  const settings = { cert, key, ca: authority.cert, requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['h2'] }
  const front = createServer(settings, (outside) => {
    const inside = connect(Number(port), host)
    outside.pipe(inside).pipe(outside)
    for (const [one, peer] of [
      [outside, inside],
      [inside, outside],
    ] as const)
      one.on('error', () => peer.destroy())
  }).listen(0, '127.0.0.1')
  await once(front, 'listening')
  const address = front.address()
  if (address === null || typeof address === 'string') throw new TypeError('it does not listen')
  return { port: address.port, close: () => front.close() }
}
