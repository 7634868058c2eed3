import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { until } from '../../scripts/start/process-output.ts'
import { SAMPLE_TENANT } from '../../src/seed/organisation.ts'
import { Receiver } from '../outgoing-webhooks/receiver.ts'
import { openServedWorld, type ServedWorld } from './served-world.ts'

const Made = z.strictObject({ url: z.string(), expiresAt: z.int() })
const Log = z.object({ messages: z.array(z.looseObject({ id: z.string(), state: z.string() })) })

suite('the page of outgoing webhooks', { timeout: 120_000 }, () => {
  let world: ServedWorld
  let receiver: Receiver
  let url = ''
  before(async () => {
    receiver = await Receiver.listen(() => Date.now())
    world = await openServedWorld({ SIJIL_WEBHOOK_PRIVATE_ADDRESSES: '127.0.0.0/8' })
    await world.people.ask('yousef', 'POST', '/webhook-endpoints', {
      url: receiver.url,
      events: ['run.created', 'task.opened'],
    })
    receiver.replies.push(204, 400)
    await world.people.startSample('page-of-webhooks')
    await until(async () => (await log('failed=true')).length === 1 || undefined, { what: 'one was refused' })
    url = Made.parse(await world.people.ask('yousef', 'POST', '/webhook-log-links', {})).url
  })
  after(async () => {
    await world.close()
    await receiver.close()
  })

  const log = async (query = '') =>
    Log.parse(await world.people.ask('yousef', 'GET', `/webhook-messages?${query}`)).messages
  const shown = async (query: string) => (await fetch(`${url}?${query}`)).text()
  const sendAgain = (message: string, query = 'lang=en') =>
    fetch(`${url}?${query}`, { method: 'POST', body: new URLSearchParams({ message }), redirect: 'manual' })

  test('shows what became of each message, in both languages, equal in what they offer', async () => {
    const [arabic, english] = [await shown('lang=ar'), await shown('lang=en')]
    assert.match(arabic, /<html lang="ar" dir="rtl">/)
    for (const text of ['الإشعارات الصادرة', 'بدأ تشغيل', 'مهمة بانتظار قرار', 'رُفضت', 'HTTP 400', 'إعادة الإرسال'])
      assert.ok(arabic.includes(text), text)
    for (const text of ['Outgoing webhooks', 'a run has started', 'delivered', 'refused', 'HTTP 400', 'Failing since'])
      assert.ok(english.includes(text), text)
    assert.ok(english.includes(receiver.url.replace('&', '&amp;')))
    const offersOf = (page: string) => page.match(/<form|<button|<a /g)?.length
    assert.equal(offersOf(arabic), offersOf(english))
    assert.doesNotMatch(english, /\[object|undefined|whsec_/)
    assert.doesNotMatch(await shown('lang=en&failed=true'), /a run has started/)
  })

  test('sends nothing when it is only looked at', async () => {
    const [first] = await log('failed=true')
    const came = receiver.received.length
    for (const method of ['GET', 'HEAD']) await fetch(`${url}?message=${first?.id}`, { method })
    assert.equal((await log('failed=true')).length, 1)
    assert.equal(receiver.received.length, came)
  })

  test('sends a message again at its button, under its id, by the name of whoever pressed it', async () => {
    const [failed] = await log('failed=true')
    const id = failed?.id ?? ''
    const answer = await sendAgain(id, 'lang=en&failed=true')
    assert.equal(answer.status, 303)
    assert.match(answer.headers.get('location') ?? '', /\/w\/[\w-]+\?sent=true&lang=en&failed=true$/)
    assert.match(await shown('lang=en&sent=true'), /role="status"><p>It is sent again/)
    await until(async () => receiver.received.filter((one) => one.id === id).length === 2 || undefined, {
      what: 'it came again',
    })
    await until(async () => (await log('failed=true')).length === 0 || undefined, { what: 'it was delivered' })
    assert.doesNotMatch(await shown('lang=en'), /Failing since/)
    const rows = await world.served.sijil.database.transaction({ role: 'member', tenant: SAMPLE_TENANT }, (session) =>
      session.query<{ actor: string; source: string }>(
        { name: '', text: 'select actor, source from sijil.audit where what = $1 and subject = $2' },
        ['webhook.replayed', id],
      ),
    )
    assert.deepEqual(rows, [{ actor: 'yousef', source: 'link' }])
  })

  test('says what it refuses, and shows the log beside it', async () => {
    const answer = await sendAgain('msg_none')
    assert.equal(answer.status, 404)
    assert.match(await answer.text(), /role="alert".*Outgoing webhooks|Outgoing webhooks.*role="alert"/s)
    for (const odd of ['\0', '\ud800']) assert.ok([404, 422].includes((await sendAgain(odd)).status))
    assert.equal((await fetch(`${url}?after=%00`)).status, 422)
  })

  test('is for whoever may manage outgoing webhooks, and for as long as they may', async () => {
    await assert.rejects(world.people.ask('noura', 'POST', '/webhook-log-links', {}), /NOT_ALLOWED/)
    const { links } = world.served.sijil
    const link = { kind: 'log', tenant: SAMPLE_TENANT, person: 'noura', expiresAt: Date.now() + 60_000 } as const
    const lost = await fetch(`${links.url(link)}?lang=en`)
    const said = await lost.text()
    assert.deepEqual([lost.status, said.includes(receiver.url)], [403, false])
    assert.match(said, /manage outgoing webhooks/)
    const pressed = await fetch(links.url(link), { method: 'POST', body: new URLSearchParams({ message: 'msg_x' }) })
    assert.equal(pressed.status, 403)
    const late = await fetch(links.url({ ...link, person: 'yousef', expiresAt: Date.now() - 1 }))
    assert.equal(late.status, 410)
    const forged = url.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    assert.ok((await fetch(forged)).status >= 400)
  })
})
