import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { smtp } from '../../sandbox/vendors/smtp/vendor.ts'
import { sampleApplication } from '../../scripts/start/sample.ts'
import { Task } from '../../src/http/routes/views.ts'
import { openServedWorld, type ServedWorld } from './served-world.ts'

suite('the pages', { timeout: 120_000 }, () => {
  let world: ServedWorld
  before(async () => {
    world = await openServedWorld()
  })
  after(() => world.close())

  const waiting = async (key: string, application: object = sampleApplication) => {
    const standing = await world.people.standingOf(await world.people.startSample(key, application))
    if (standing.kind !== 'task') throw new Error('the sample does not wait for a decision')
    return standing
  }
  const post = (url: string, form: Readonly<Record<string, string>>) =>
    fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' })
  const stateOf = async (task: string): Promise<string> =>
    Task.parse(await world.people.ask('faisal', 'GET', `/tasks/${task}`)).state

  test('show a task in both languages, equal in what they offer', async () => {
    const { url } = await waiting('both')
    const arabic = await (await fetch(`${url}?lang=ar`)).text()
    const english = await (await fetch(`${url}?lang=en`)).text()
    assert.match(arabic, /<html lang="ar" dir="rtl">/)
    assert.match(english, /<html lang="en" dir="ltr">/)
    for (const text of [
      'مراجعة الطلب',
      'نورة الحربي',
      'شركة نور الخليج للتوزيع',
      'الرقم الوطني الموحد',
      '٤٨',
      'الموافقة',
      'الرفض',
    ])
      assert.ok(arabic.includes(text), text)
    for (const text of [
      'Review the application',
      'Noura Al-Harbi',
      'Unified national number',
      '48,000,000',
      'Approve',
      'Reject',
    ])
      assert.ok(english.includes(text), text)
    const formsIn = (page: string) => page.match(/<form|<input|<textarea|<button/g)?.length
    assert.equal(formsIn(arabic), formsIn(english))
    assert.doesNotMatch(english, /\{"|\[object/)
  })

  test('speak the language of the person when none is asked for', async () => {
    const { url } = await waiting('own-language')
    assert.match(await (await fetch(url)).text(), /<html lang="ar"/)
  })

  test('decide nothing when they are only looked at', async () => {
    const { url, task } = await waiting('looked-at')
    for (const method of ['GET', 'HEAD', 'GET']) await fetch(`${url}?verdict=approve`, { method })
    assert.equal(await stateOf(task), 'open')
  })

  test('escape what people have written', async () => {
    const { url } = await waiting('escaped', { ...sampleApplication, company: `<img src=x onerror="alert('1')">` })
    const page = await (await fetch(url)).text()
    assert.doesNotMatch(page, /<img/)
    assert.match(page, /&lt;img src=x onerror=&quot;alert\(&#39;1&#39;\)&quot;&gt;/)
  })

  test('ask again for a reason that is missing, and then take the decision once', async () => {
    const { url, task } = await waiting('rejected')
    const refused = await post(`${url}?lang=en`, { verdict: 'reject', comments: ' ' })
    assert.equal(refused.status, 422)
    assert.match(await refused.text(), /role="alert".*say why/s)
    assert.equal(await stateOf(task), 'open')

    const decided = await post(`${url}?lang=en`, { verdict: 'reject', comments: 'outside our plan' })
    assert.equal(decided.status, 303)
    const shown = await (await fetch(new URL(decided.headers.get('location') ?? '', url))).text()
    assert.match(shown, /Your decision is recorded/)
    assert.match(shown, /outside our plan/)
    assert.doesNotMatch(shown, /<form/)
    assert.equal(await stateOf(task), 'rejected')

    const again = await post(`${url}?lang=en`, { verdict: 'approve' })
    assert.equal(again.status, 409)
    assert.equal(await stateOf(task), 'rejected')
  })

  test('take what they do not understand for no approval', async () => {
    const { url, task } = await waiting('not-understood')
    assert.equal((await post(url, { verdict: 'Approve' })).status, 422)
    assert.equal(await stateOf(task), 'open')
  })

  test('say kindly that a link is not good, in the language that the browser asks for', async () => {
    for (const path of ['/d/none', '/a/none', '/s/none', '/w/none']) {
      const arabic = await fetch(`${world.url}${path}`)
      assert.equal(arabic.status, 404)
      assert.match(await arabic.text(), /<html lang="ar".*هذا الرابط غير صحيح/s)
      const english = await fetch(`${world.url}${path}`, { headers: { 'accept-language': 'en-GB,ar;q=0.5' } })
      assert.match(await english.text(), /This link is not one of ours/)
    }
  })

  test('know no signal by the name of what every object has', async () => {
    const { links } = world.served.sijil
    const { run } = await waiting('inherited')
    for (const signal of ['constructor', '__proto__'])
      assert.equal(
        (
          await fetch(
            links.url({
              kind: 'answer',
              tenant: 'madar',
              run,
              signal,
              fixed: {},
              language: 'en',
              expiresAt: 4_000_000_000_000,
              id: 'x',
            }),
          )
        ).status,
        404,
      )
  })

  test('let the partner answer once, in the digits that they read', async () => {
    const { url, run } = await waiting('answer')
    await post(url, { verdict: 'approve' })
    const legal = await world.people.standingOf(run)
    if (legal.kind !== 'task') throw new Error('legal is not asked')
    await post(legal.url, { verdict: 'approve' })
    assert.equal((await world.people.standingOf(run)).kind, 'signal')
    const link = /http:\/\/\S+\/a\/[\w-]+/.exec(world.sandbox.of(smtp).mails().at(-1)?.text ?? '')?.[0] ?? ''
    const page = await (await fetch(link)).text()
    assert.match(page, /<html lang="ar".*تقديم عرض مقابل/s)

    const tooMuch = await post(`${link}?lang=ar`, { form: '1', 'value.commissionPercent': '٩٠' })
    assert.equal(tooMuch.status, 422)
    assert.match(await tooMuch.text(), /role="alert".*العمولة/s)
    const answered = await post(`${link}?lang=ar`, {
      form: '1',
      'value.commissionPercent': '٢٠٫٥',
      'value.note': 'نأمل',
    })
    assert.equal(answered.status, 200)
    assert.match(await answered.text(), /استلمنا ردك/)
    const next = await world.people.standingOf(run)
    if (next.kind !== 'task') throw new Error('legal is not asked again')
    assert.match(await (await fetch(`${next.url}?lang=en`)).text(), /Counter-offer.*20\.5/s)

    const again = await post(`${link}?lang=en`, { form: '0' })
    assert.equal(again.status, 410)
    assert.match(await again.text(), /answered already/)
  })

  test('stop promotions at one click of a mail program, and not when the link is only opened', async () => {
    const { contacts, links } = world.served.sijil
    const of = { channel: 'email', account: '', address: 'noura@partner.example' } as const
    const stopped = async () => (await contacts.of('madar', of)).stopped
    const url = contacts.stopUrl('madar', of, 'ar')
    assert.doesNotMatch(Buffer.from(url.split('/').at(-1) ?? '', 'base64url').toString(), /noura|partner/)
    const page = await (await fetch(url)).text()
    assert.match(page, /<html lang="ar".*<form method="post".*لا ترسلوا إلي/s)
    await fetch(url, { method: 'HEAD' })
    assert.equal(await stopped(), false)

    const oneClick = await post(url, { 'List-Unsubscribe': 'One-Click' })
    assert.equal(oneClick.status, 200)
    assert.match(await oneClick.text(), /لن تُرسل إليك رسائل دعائية/)
    assert.equal(await stopped(), true)
    assert.match(await (await post(`${url}?lang=en`, {})).text(), /no more advertising will be sent/)

    const answer = { kind: 'stop', tenant: 'nobody', channel: 'email', contact: 'c', language: 'en' } as const
    assert.equal((await post(links.url(answer), {})).status, 404)
  })
})
