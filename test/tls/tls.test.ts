/**
 * Connectors and outgoing webhooks against servers with certificates of a private authority: HTTPS, SMTP with STARTTLS and with TLS from
 * the first byte. The other side is Node's own TLS and `smtp-server`.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'
import { Authority } from './authority.ts'
import { Came, type Errand } from './errand.ts'
import { type Heard, mailServer, webServer } from './servers.ts'

const program = fileURLToPath(new URL('./over-tls.ts', import.meta.url))
const NAME = 'server.private.example'
const SECOND_MS = 1_000

const authority = new Authority('A private authority')
const identities = {
  good: authority.vouchFor(NAME),
  'of another name': authority.vouchFor('other.private.example'),
  expired: authority.vouchFor(NAME, { endedMs: SECOND_MS }),
} as const
type Certificate = keyof typeof identities
const certificates = ['good', 'of another name', 'expired'] as const satisfies readonly Certificate[]
const CODES = { 'of another name': 'CERTIFICATE_OF_ANOTHER_NAME', expired: 'CERTIFICATE_EXPIRED' } as const

/** What is said where: an errand for each of the ways by which bytes leave the house encrypted. */
const ways = {
  'a call over HTTPS': {
    serve: (certificate: Certificate) => webServer(identities[certificate]),
    errand: ({ port }: Heard): Errand => ({ by: 'desk', url: `https://${NAME}:${port}` }),
    heard: ['GET /tasks', 'POST /tasks'],
  },
  'a mail with TLS from the first byte': {
    serve: (certificate: Certificate) => mailServer('implicit', identities[certificate]),
    errand: ({ port }: Heard): Errand => ({ by: 'mail', url: `smtps://sijil:secret@${NAME}:${port}` }),
    heard: ['login encrypted', 'login encrypted', 'mail encrypted'],
  },
  'a mail with STARTTLS': {
    serve: (certificate: Certificate) => mailServer('starttls', identities[certificate]),
    errand: ({ port }: Heard): Errand => ({ by: 'mail', url: `smtp://sijil:secret@${NAME}:${port}` }),
    heard: ['login encrypted', 'login encrypted', 'mail encrypted'],
  },
} as const
const places = ['a call over HTTPS', 'a mail with TLS from the first byte', 'a mail with STARTTLS'] as const

suite('With certificates of a private authority', () => {
  let folder = ''
  const open: Heard[] = []
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sijil-tls-'))
    await writeFile(join(folder, 'authority.pem'), authority.cert)
  })
  after(async () => {
    await Promise.all(open.map((server) => server.close()))
    await rm(folder, { recursive: true })
  })
  const served = async (server: Promise<Heard>): Promise<Heard> => {
    open.push(await server)
    return server
  }

  /** In a process that trusts the authority, or only those that Node brings along. */
  async function run(errands: readonly Errand[], trusted: boolean): Promise<readonly Came[]> {
    const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
    const more = trusted ? { NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') } : {}
    const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(errands)], {
      env: { ...env, ...more },
    })
    return z.array(Came).parse(JSON.parse(stdout))
  }

  for (const place of places) {
    const { serve, errand, heard } = ways[place]
    test(`${place} is made with a certificate that is good, and with no other`, async () => {
      const servers = await Promise.all(certificates.map((certificate) => served(serve(certificate))))
      const [good, ...bad] = await run(servers.map(errand), true)
      assert.deepEqual(good, { of: 'made', code: '', message: '', health: 'up' })
      assert.deepEqual(
        bad.map(({ of, code, health }) => ({ of, code, health })),
        [CODES['of another name'], CODES.expired].map((code) => ({ of: 'EffectNotMade', code, health: code })),
      )
      assert.deepEqual(
        servers.map((server) => server.heard),
        [heard, [], []],
      )
    })

    test(`${place} is not made where nobody has said that the authority is to be trusted`, async () => {
      const server = await served(serve('good'))
      const [came] = await run([errand(server)], false)
      assert.deepEqual(
        [came?.of, came?.code, came?.health],
        ['EffectNotMade', 'CERTIFICATE_NOT_TRUSTED', 'CERTIFICATE_NOT_TRUSTED'],
      )
      assert.match(came?.message ?? '', /Nothing was sent; name the file of a private authority in NODE_EXTRA_CA_CERTS/)
      assert.deepEqual(server.heard, [])
    })
  }

  test('a mail is not sent in clear, nor the password, to a server that does not offer STARTTLS', async () => {
    const server = await served(mailServer('none'))
    const [came] = await run([ways['a mail with STARTTLS'].errand(server)], true)
    assert.deepEqual([came?.of, came?.code, came?.health], ['EffectNotMade', 'TLS_NOT_OFFERED', 'TLS_NOT_OFFERED'])
    assert.deepEqual(server.heard, [])
  })

  test('a call to a server that speaks no TLS was certainly not made', async () => {
    const server = await served(webServer())
    const [came] = await run([ways['a call over HTTPS'].errand(server)], true)
    assert.deepEqual([came?.of, came?.code, server.heard], ['EffectNotMade', 'UNREACHABLE', []])
  })

  test('a webhook is delivered to a certificate that is good, and to no other', async () => {
    const servers = await Promise.all(certificates.map((certificate) => served(webServer(identities[certificate]))))
    const errands = servers.map(({ port }): Errand => ({ by: 'webhook', url: `https://${NAME}:${port}/hooks` }))
    const trusting = await run(errands, true)
    const others = await run(errands.slice(0, 1), false)
    assert.deepEqual(
      [...trusting, ...others].map(({ of }) => of),
      ['answered', 'untrusted', 'untrusted', 'untrusted'],
    )
    assert.deepEqual(
      servers.map(({ heard }) => heard),
      [['POST /hooks'], [], []],
    )
  })
})
