import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { webhookAddress, webhookUnder } from './webhook-address.ts'

suite('The address of a webhook', () => {
  test('names tenant, connector and account behind our public address', () => {
    const there = '/webhooks/madar/twilio/AC1'
    for (const base of ['https://growth.example', 'https://growth.example/', 'https://growth.example//'])
      assert.equal(webhookAddress(base, 'madar', 'twilio', 'AC1'), `https://growth.example${there}`)
    assert.equal(
      webhookAddress('https://growth.example/sijil/', 'madar', 'twilio', 'AC1'),
      `https://growth.example/sijil${there}`,
    )
  })

  test('has four parts whatever the names are', () => {
    const address = webhookAddress('https://growth.example', 'a/b', 'smtp', 'نمو.example?#')
    const { pathname, search, hash } = new URL(address)
    assert.deepEqual(pathname.split('/').map(decodeURIComponent), ['', 'webhooks', 'a/b', 'smtp', 'نمو.example?#'])
    assert.deepEqual([search, hash], ['', ''])
  })

  test('is found again under another base, with the query as it came', () => {
    const query = '?key=run%2Fnotify%231&from=/webhooks/x/y/z'
    const under = (base: string, tenant = 'madar') => `${webhookAddress(base, tenant, 'twilio', 'AC1')}${query}`
    const bases = ['https://growth.example', 'https://growth.example/sijil', 'https://growth.example/webhooks']
    for (const given of bases)
      for (const called of [...bases, 'http://10.0.0.7:4747', 'http://webhooks'])
        for (const tenant of ['madar', 'webhooks'])
          assert.equal(webhookUnder(given, under(called, tenant)), under(given, tenant), `${called} as ${given}`)
    assert.equal(webhookUnder('https://growth.example', 'https://elsewhere.example/x'), 'https://elsewhere.example/x')
  })
})
