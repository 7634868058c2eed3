import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { get } from 'node:http'
import { after, before, suite, test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { z } from 'zod'
import { whatsapp } from '../../sandbox/vendors/whatsapp/vendor.ts'
import { sampleApplication } from '../../scripts/start/sample.ts'
import { httpApp } from '../../src/http/app.ts'
import { Effect, Run, RunSummary, Task, TaskSummary } from '../../src/http/routes/views.ts'
import { openServedWorld, type ServedWorld } from './served-world.ts'

const Refused = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.strictObject({ en: z.string().min(1), ar: z.string().regex(/\p{Script=Arabic}/u) }),
    issues: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
  }),
})

suite('the API', { timeout: 120_000 }, () => {
  let world: ServedWorld
  let run = ''
  let task = ''
  let digest = ''
  const keys = new Map<string, string>()

  before(async () => {
    world = await openServedWorld()
    run = await world.people.startSample('api-test')
    const standing = await world.people.standingOf(run)
    assert.equal(standing.kind, 'task')
    task = standing.kind === 'task' ? standing.task : ''
    digest = Task.parse(await world.people.ask('faisal', 'GET', `/tasks/${task}`)).digest
    for (const person of ['noura', 'faisal', 'maha', 'lina', 'yousef']) keys.set(person, world.people.keyOf(person))
  })
  after(() => world.close())

  const send = (person: string | undefined, method: string, path: string, init: RequestInit = {}) =>
    fetch(`${world.url}${path}`, {
      method,
      ...init,
      headers: {
        'content-type': 'application/json',
        ...(person === undefined ? {} : { authorization: `Bearer ${keys.get(person) ?? person}` }),
        ...Object.fromEntries(new Headers(init.headers)),
      },
    })
  const json = (value: unknown): RequestInit => ({ body: JSON.stringify(value) })
  const start = (input: unknown): RequestInit => json({ workflow: 'partner-approval', input })
  const decision = (more: object) => json({ verdict: 'approve', digest, value: {}, ...more })
  const everything = async (): Promise<unknown> => [
    await world.people.ask('noura', 'GET', '/runs'),
    await world.people.ask('noura', 'GET', `/runs/${run}`),
    world.sandbox.acts().length,
  ]
  const unknownId = '01990f6e-0000-7000-8000-000000000000'

  interface Bad {
    readonly name: string
    readonly request: () => Promise<Response>
    readonly status: number
    readonly code: string
  }
  const bad: readonly Bad[] = [
    {
      name: 'an unknown workflow',
      request: () => send('noura', 'POST', '/runs', json({ workflow: 'no-such', input: {} })),
      status: 404,
      code: 'UNKNOWN_WORKFLOW',
    },
    {
      name: 'malformed JSON',
      request: () => send('noura', 'POST', '/runs', { body: '{"workflow":' }),
      status: 400,
      code: 'MALFORMED_JSON',
    },
    {
      name: 'bytes that are no text, within a text',
      request: () =>
        send('noura', 'POST', `/runs/${run}/cancel`, { body: Buffer.from('{"undo":true,"why":"\u00ff"}', 'latin1') }),
      status: 400,
      code: 'MALFORMED_JSON',
    },
    {
      name: 'a body that is not called JSON',
      request: () => send('noura', 'POST', '/runs', { body: 'a=b', headers: { 'content-type': 'text/plain' } }),
      status: 415,
      code: 'NOT_JSON',
    },
    {
      name: 'a field that the request does not have',
      request: () => send('noura', 'POST', '/runs', json({ workflow: 'partner-approval', input: {}, more: 1 })),
      status: 422,
      code: 'INVALID_REQUEST',
    },
    {
      name: 'a field of the input that is wrong',
      request: () => send('noura', 'POST', '/runs', start({ ...sampleApplication, employees: 'many' })),
      status: 422,
      code: 'INVALID_VALUE',
    },
    {
      name: 'three megabytes',
      request: () => send('noura', 'POST', '/runs', start({ ...sampleApplication, company: 'x'.repeat(3 << 20) })),
      status: 413,
      code: 'BODY_TOO_LARGE',
    },
    {
      name: 'three megabytes that come without their length',
      request: () => {
        const body = ReadableStream.from([Buffer.alloc(2 << 20, ' '), Buffer.alloc(1 << 20, ' ')])
        return send('noura', 'POST', '/runs', { body, duplex: 'half' })
      },
      status: 413,
      code: 'BODY_TOO_LARGE',
    },
    {
      name: 'a value that is larger than a flow may carry',
      request: () => send('noura', 'POST', '/runs', start({ ...sampleApplication, company: 'x'.repeat(300_000) })),
      status: 413,
      code: 'VALUE_TOO_LARGE',
    },
    {
      name: 'a NUL in a text',
      request: () => send('noura', 'POST', '/runs', start({ ...sampleApplication, company: 'Noor\u0000' })),
      status: 422,
      code: 'TEXT_NOT_STORABLE',
    },
    {
      name: 'half a surrogate pair in a text',
      request: () => send('noura', 'POST', '/runs', start({ ...sampleApplication, company: 'Noor \ud800' })),
      status: 422,
      code: 'TEXT_NOT_STORABLE',
    },
    {
      name: 'an idempotency key that was used for another request',
      request: () =>
        send('noura', 'POST', '/runs', {
          ...start({ ...sampleApplication, employees: 7 }),
          headers: { 'idempotency-key': 'api-test' },
        }),
      status: 409,
      code: 'IDEMPOTENCY_KEY_REUSED',
    },
    {
      name: 'a value that is nested beyond all meaning',
      request: () =>
        send('noura', 'POST', '/runs', {
          body: `{"workflow":"partner-approval","input":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
        }),
      status: 422,
      code: 'INVALID_VALUE',
    },
    {
      name: 'an object that cannot be taken for a text',
      request: () =>
        send(
          'yousef',
          'POST',
          `/runs/${run}/signals/partnerReply`,
          json({ id: { length: { toString: 1 } }, payload: {} }),
        ),
      status: 422,
      code: 'INVALID_VALUE',
    },
    {
      name: 'a NUL in what is looked for',
      request: () => send('noura', 'GET', '/runs?requester=a%00'),
      status: 422,
      code: 'TEXT_NOT_STORABLE',
    },
    {
      name: 'a NUL in the id of a partner',
      request: () => send('noura', 'GET', '/partners/%00'),
      status: 404,
      code: 'NO_SUCH_PARTNER',
    },
    {
      name: 'a digest that no text of ours can be',
      request: () => send('faisal', 'POST', `/tasks/${task}/decisions`, decision({ digest: '\0' })),
      status: 422,
      code: 'TEXT_NOT_STORABLE',
    },
    {
      name: 'the key of an effect that no text of ours can be',
      request: () =>
        send(
          'yousef',
          'POST',
          `/runs/${run}/effects/resolve`,
          json({ key: '\ud800', resolution: { outcome: 'never' }, why: 'because' }),
        ),
      status: 422,
      code: 'TEXT_NOT_STORABLE',
    },
    {
      name: 'a run that there is not',
      request: () => send('noura', 'GET', `/runs/${unknownId}`),
      status: 404,
      code: 'NO_SUCH_RUN',
    },
    {
      name: 'an id that is none',
      request: () => send('noura', 'GET', '/runs/1%00'),
      status: 400,
      code: 'MALFORMED_ID',
    },
    {
      name: 'a task that there is not',
      request: () => send('faisal', 'GET', `/tasks/${unknownId}`),
      status: 404,
      code: 'NO_SUCH_TASK',
    },
    { name: 'no key', request: () => send(undefined, 'GET', '/runs'), status: 401, code: 'NO_KEY' },
    {
      name: 'a key of nobody',
      request: () => send(`sijil_madar_${'0'.repeat(64)}`, 'GET', '/runs'),
      status: 401,
      code: 'UNKNOWN_KEY',
    },
    {
      name: 'a decision on another packet',
      request: () => send('faisal', 'POST', `/tasks/${task}/decisions`, decision({ digest: '0'.repeat(64) })),
      status: 409,
      code: 'STALE_DIGEST',
    },
    {
      name: 'a decision by whoever asked',
      request: () => send('noura', 'POST', `/tasks/${task}/decisions`, decision({})),
      status: 403,
      code: 'OWN_REQUEST',
    },
    {
      name: 'a decision by somebody without the role',
      request: () => send('lina', 'POST', `/tasks/${task}/decisions`, decision({})),
      status: 403,
      code: 'NOT_YOUR_ROLE',
    },
    {
      name: 'a rejection without a reason',
      request: () => send('faisal', 'POST', `/tasks/${task}/decisions`, decision({ verdict: 'reject' })),
      status: 422,
      code: 'COMMENTS_REQUIRED',
    },
    {
      name: 'a signal that the workflow does not know',
      request: () => send('yousef', 'POST', `/runs/${run}/signals/none`, json({ id: '1', payload: {} })),
      status: 404,
      code: 'UNKNOWN_SIGNAL',
    },
    {
      name: 'a signal from somebody who may not',
      request: () => send('noura', 'POST', `/runs/${run}/signals/partnerReply`, json({ id: '1', payload: {} })),
      status: 403,
      code: 'NOT_ALLOWED',
    },
    {
      name: 'a verification by somebody who may not',
      request: () => send('noura', 'POST', '/ledger/verify'),
      status: 403,
      code: 'NOT_ALLOWED',
    },
    {
      name: 'a page size that is none',
      request: () => send('noura', 'GET', '/runs?limit=all'),
      status: 422,
      code: 'INVALID_REQUEST',
    },
    {
      name: 'an address that there is not',
      request: () => send('noura', 'GET', '/no'),
      status: 404,
      code: 'NO_SUCH_ADDRESS',
    },
    { name: 'a wrong method', request: () => send('noura', 'DELETE', '/runs'), status: 405, code: 'WRONG_METHOD' },
    {
      name: 'a webhook with a bad signature',
      request: () =>
        send(
          undefined,
          'POST',
          `/webhooks/madar/whatsapp/${world.sandbox.settings['SIJIL_WHATSAPP_PHONE_NUMBER_ID'] ?? ''}`,
          {
            body: '{}',
            headers: { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` },
          },
        ),
      status: 401,
      code: 'BAD_SIGNATURE',
    },
    {
      name: 'a webhook that is signed and not of the documented form',
      request: () => {
        const body = '{"object":7}'
        const secret = world.sandbox.settings['SIJIL_WHATSAPP_APP_SECRET'] ?? ''
        const signature = createHmac('sha256', secret).update(body).digest('hex')
        const account = world.sandbox.settings['SIJIL_WHATSAPP_PHONE_NUMBER_ID'] ?? ''
        return send(undefined, 'POST', `/webhooks/madar/whatsapp/${account}`, {
          body,
          headers: { 'x-hub-signature-256': `sha256=${signature}` },
        })
      },
      status: 400,
      code: 'MALFORMED_WEBHOOK',
    },
    {
      name: 'a webhook of an account that is not ours',
      request: () => send(undefined, 'POST', '/webhooks/madar/whatsapp/1', { body: '{}' }),
      status: 404,
      code: 'NO_SUCH_ADDRESS',
    },
  ]
  for (const { name, request, status, code } of bad)
    test(`refuses ${name}, and nothing is changed`, async () => {
      const was = await everything()
      const response = await request()
      const refused = Refused.parse(await response.json())
      assert.deepEqual([response.status, refused.error.code], [status, code])
      assert.deepEqual(await everything(), was)
    })

  test('answers as its description says', async () => {
    const page = z.strictObject({ runs: z.array(RunSummary), next: z.string().optional() })
    assert.equal(page.parse(await world.people.ask('noura', 'GET', '/runs')).runs.length, 1)
    Run.parse(await world.people.ask('noura', 'GET', `/runs/${run}`))
    Task.parse(await world.people.ask('faisal', 'GET', `/tasks/${task}`))
    const tasks = z.strictObject({ tasks: z.array(TaskSummary), next: z.string().optional() })
    assert.equal(tasks.parse(await world.people.ask('faisal', 'GET', '/tasks?mine=true')).tasks.length, 1)
    assert.equal(tasks.parse(await world.people.ask('lina', 'GET', '/tasks?mine=true')).tasks.length, 0)
    z.strictObject({ effects: z.array(Effect) }).parse(await world.people.ask('yousef', 'GET', '/effects'))
    const verified = z.looseObject({ findings: z.array(z.unknown()) })
    assert.deepEqual(verified.parse(await world.people.ask('yousef', 'POST', '/ledger/verify')).findings, [])
  })

  test('shows personal values to whoever decides and to nobody else', async () => {
    const packetFor = async (person: string) =>
      JSON.stringify(Task.parse(await world.people.ask(person, 'GET', `/tasks/${task}`)).packet)
    assert.match(await packetFor('faisal'), /sara@noor-gulf\.example/)
    assert.doesNotMatch(await packetFor('yousef'), /sara@noor-gulf\.example/)
    assert.doesNotMatch(JSON.stringify(await world.people.ask('faisal', 'GET', `/runs/${run}`)), /sara@noor-gulf/)
  })

  test('is described by a valid OpenAPI document that lists every route', async () => {
    const document = z.looseObject({ paths: z.record(z.string(), z.looseObject({})) })
    const served = document.parse(await (await fetch(`${world.url}/openapi.json`)).json())
    const { valid, errors } = await new Validator().validate(structuredClone(served))
    assert.ok(valid, JSON.stringify(errors))
    const { paths } = served
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    )
    const pages = /^GET \/(sijil\.css|openapi\.json)$|^(GET|POST) \/[dasw]\/:token$/
    const routed = httpApp(world.served.sijil)
      .routes.filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path}`)
    assert.deepEqual(new Set(described), new Set(routed.filter((route) => !pages.test(route))))
  })

  test('says how each part of the process is', async () => {
    const response = await fetch(`${world.url}/health`)
    const health = z.looseObject({
      state: z.string(),
      webhooks: z.strictObject({
        state: z.literal('up'),
        waiting: z.literal(0),
        oldestMs: z.literal(0),
        failing: z.literal(0),
        behind: z.int(),
        attempts: z.strictObject({}),
      }),
      connectors: z.record(z.string(), z.looseObject({ state: z.string() })),
    })
    const { state, connectors } = health.parse(await response.json())
    assert.deepEqual([response.status, state], [200, 'up'])
    for (const configured of ['docusign', 'hubspot', 's3', 'smtp', 'whatsapp'])
      assert.ok(connectors[configured], configured)
    assert.ok(Object.values(connectors).every((connector) => connector.state === 'up'))
  })

  test('refuses a host that is none as an address that there is not', async () => {
    const answered = await new Promise<number | undefined>((resolve, reject) => {
      get(`${world.url}/runs`, { headers: { host: '127.0.x.1' } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).once('error', reject)
    })
    assert.equal(answered, 404)
  })

  test('answers the handshake of a vendor that knows our word', async () => {
    assert.equal(await world.sandbox.of(whatsapp).handshake(), true)
  })

  test('lets nobody frame its pages, and gives their addresses to nobody', async () => {
    const { headers } = await fetch(`${world.url}/d/none`)
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/)
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
    assert.equal(headers.get('cache-control'), 'no-store')
  })

  // Last: it changes the run that the others look at.
  test('takes a decision once; a second one is refused with its own code', async () => {
    const first = await send('faisal', 'POST', `/tasks/${task}/decisions`, decision({}))
    assert.deepEqual([first.status, await first.json()], [200, { code: 'DECIDED', state: 'approved' }])
    const again = await send('faisal', 'POST', `/tasks/${task}/decisions`, decision({}))
    assert.deepEqual([again.status, Refused.parse(await again.json()).error.code], [409, 'ALREADY_DECIDED'])
    const late = await send('maha', 'POST', `/tasks/${task}/decisions`, decision({}))
    assert.deepEqual([late.status, Refused.parse(await late.json()).error.code], [409, 'TASK_CLOSED'])

    // Whoever is refused a link has not been shown the packet, and does not stand in the audit log as a reader of it.
    const audit = async () =>
      Run.parse(await world.people.ask('noura', 'GET', `/runs/${run}`)).audit.map(({ what }) => what)
    const was = (await audit()).filter((what) => what === 'task.read')
    const link = await send('maha', 'POST', `/tasks/${task}/link`)
    assert.deepEqual([link.status, Refused.parse(await link.json()).error.code], [409, 'TASK_CLOSED'])
    assert.deepEqual(
      (await audit()).filter((what) => what === 'task.read'),
      was,
    )
  })
})
