/** Signatures and one-click unsubscribing, judged by another author's verifier on the bytes that another author's server took. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import { startWorld, type World } from '../../test-world.ts'
import { smtp } from './vendor.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const DOMAIN = 'growth.example'
const signing = {
  SIJIL_SMTP_DKIM_DOMAIN: DOMAIN,
  SIJIL_SMTP_DKIM_SELECTOR: 's1',
  SIJIL_SMTP_DKIM_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().replaceAll('\n', String.raw`\n`),
}
const mail = {
  to: 'noura@partner.example',
  subject: 'شروط الشراكة للربع القادم مع كل ما طلبتموه في الاجتماع الأخير',
  text: `السلام عليكم\n.\n${'سطر طويل '.repeat(60)}`,
  html: '<p>السلام عليكم</p>',
  language: 'ar',
} as const

/** The public key as DNS would tell it. */
const resolver = async (name: string): Promise<string[][]> => {
  assert.equal(name, `s1._domainkey.${DOMAIN}`)
  return [[`v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`]]
}

async function verdictOn(source: string) {
  const { results } = await dkimVerify(Buffer.from(source, 'latin1'), { resolver })
  const [result] = results
  return { verdict: result?.status.result, domain: result?.signingDomain, headers: result?.signingHeaders?.keys ?? '' }
}

suite('DKIM', () => {
  let world: World
  before(async () => {
    world = await startWorld({ settingsFor: ['smtp'] })
  })
  after(() => world.close())
  const sent = async (key: string, more: object = {}, settings: Readonly<Record<string, string>> = signing) => {
    await world.openWith(settings, { mode: 'make', key }).email.send({ ...mail, ...more })
    return (
      world.sandbox
        .of(smtp)
        .mails()
        .find((one) => one.key === key)?.source ?? ''
    )
  }

  test('mailauth finds the signature of a mail good, and bad after a byte was changed', async () => {
    const source = await sent('run/dkim#1')
    const { verdict, domain, headers } = await verdictOn(source)
    assert.deepEqual({ verdict, domain }, { verdict: 'pass', domain: DOMAIN })
    for (const name of ['from', 'to', 'subject', 'date', 'message-id'])
      assert.match(headers.toLowerCase(), new RegExp(name))
    assert.equal((await verdictOn(source.replace('<noura@', '<omar@').replace('noura@', 'omar@'))).verdict, 'fail')
    const body = source.indexOf('\r\n\r\n') + 4
    // Its word for a body that is not the one that was signed.
    assert.equal((await verdictOn(`${source.slice(0, body)}x${source.slice(body)}`)).verdict, 'neutral')
  })

  test('a promotion can be stopped at one click, and both headers of that are signed', async () => {
    const source = await sent('run/promotion#1', { purpose: 'promotion' })
    const head = source.slice(0, source.indexOf('\r\n\r\n')).replaceAll(/\r\n[ \t]+/g, ' ')
    assert.match(head, /^List-Unsubscribe: <https:\/\/\S+>$/m)
    assert.match(head, /^List-Unsubscribe-Post: List-Unsubscribe=One-Click$/m)
    assert.doesNotMatch(/^List-Unsubscribe:.*$/m.exec(head)?.[0] ?? '', /noura|partner/)
    const { verdict, headers } = await verdictOn(source)
    assert.equal(verdict, 'pass')
    const names = headers.toLowerCase().split(/\s*:\s*/)
    assert.ok(names.includes('list-unsubscribe') && names.includes('list-unsubscribe-post'), headers)
    const forged = source.replace('List-Unsubscribe-Post: List-Unsubscribe=One-Click', 'List-Unsubscribe-Post: nothing')
    assert.equal((await verdictOn(forged)).verdict, 'fail')
  })

  test('without settings for it a mail leaves unsigned', async () => {
    assert.doesNotMatch(await sent('run/unsigned#1', {}, {}), /^DKIM-Signature/im)
  })
})
