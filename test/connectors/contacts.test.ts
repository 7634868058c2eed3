/** What people say about being written to, as the ledger keeps it: in any order, twice, for one tenant, and without their address. */
import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { before, suite, test } from 'node:test'
import fc from 'fast-check'
import { type Contacts, type ContactWord, openContacts } from '../../src/connectors/contacts.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { openVault } from '../../src/trust/vault.ts'
import { onBothDatabases } from '../support/databases.ts'

const T0 = Date.UTC(2026, 5, 1)
const anyWord = fc.record({
  word: fc.constantFrom('wrote', 'stop', 'resume'),
  at: fc.integer({ min: T0, max: T0 + 9 }),
})

onBothDatabases('Contacts', (database) => {
  suite('are remembered', () => {
    let contacts: Contacts
    const owner = <Row extends object>(text: string) =>
      database().transaction({ role: 'owner' }, (session) => session.query<Row>({ name: '', text }))
    before(async () => {
      await migrate(database())
      for (const tenant of ['ours', 'theirs'])
        await owner(`insert into sijil.tenants values ('${tenant}', 'T', 'ت', 0)`)
      const vault = openVault({ database: database(), masterKey: createSecretKey(Buffer.alloc(32, 1)) })
      contacts = openContacts({
        database: database(),
        contactOf: (tenant, address) => vault.personOf(tenant, address),
        stopUrl: ({ contact }) => `https://sijil.example/s/${contact}`,
      })
    })
    const whatsapp = (address: string, account = 'one') => ({ channel: 'whatsapp', account, address }) as const
    const say = (word: ContactWord['word'], at: number, of: ReturnType<typeof whatsapp>, tenant = 'ours') =>
      contacts.note(tenant, [{ ...of, word, at }], 'test')

    test('whoever has said nothing is known by nothing', async () => {
      assert.deepEqual(await contacts.of('ours', whatsapp('+966500000000')), { wroteAt: undefined, stopped: false })
    })

    test('the latest word of each kind counts, whatever order they come in', () =>
      fc.assert(
        fc.asyncProperty(fc.array(anyWord, { maxLength: 6 }), fc.uuid(), async (words, unique) => {
          const of = { channel: 'email', account: '', address: `${unique}@partner.example` } as const
          await contacts.note(
            'ours',
            words.map((one) => ({ ...of, ...one })),
            'test',
          )
          const last = (word: string) => Math.max(-1, ...words.filter((one) => one.word === word).map(({ at }) => at))
          assert.deepEqual(await contacts.of('ours', of), {
            wroteAt: last('wrote') === -1 ? undefined : last('wrote'),
            stopped: last('stop') >= 0 && last('stop') >= last('resume'),
          })
        }),
        { numRuns: 30 },
      ))

    test('a conversation is with one number of ours, and a wish is for all of them', async () => {
      const ours = whatsapp('+966 50 111 1111')
      await say('wrote', T0, ours)
      await say('stop', T0, ours)
      assert.deepEqual(await contacts.of('ours', whatsapp('966501111111', 'two')), {
        wroteAt: undefined,
        stopped: true,
      })
      assert.deepEqual(await contacts.of('ours', whatsapp('00966501111111')), { wroteAt: T0, stopped: true })
      const other = { channel: 'sms', account: 'one', address: ours.address } as const
      assert.deepEqual(await contacts.of('ours', other), { wroteAt: undefined, stopped: false })
      assert.deepEqual(await contacts.of('theirs', ours), { wroteAt: undefined, stopped: false })
    })

    test('a word from the future counts as said now', async () => {
      const of = whatsapp('+966502222222')
      await say('wrote', Date.now() + 86_400_000, of)
      assert.ok(((await contacts.of('ours', of)).wroteAt ?? 0) <= Date.now() + 1_000)
    })

    test('only what changes whether we may write goes into the audit log, and no address does', async () => {
      const of = { channel: 'sms', account: 'one', address: '+966503333333' } as const
      const words = [
        ['wrote', 1],
        ['stop', 1],
        ['stop', 1],
        ['stop', 2],
        ['resume', 1],
        ['resume', 3],
        ['resume', 4],
      ] as const
      for (const [word, later] of words) await contacts.note('ours', [{ ...of, word, at: T0 + later }], 'test')
      const rows = await owner<{ what: string }>(`select what from sijil.audit where new = 'sms' order by id`)
      assert.deepEqual(rows, [{ what: 'contact.stop' }, { what: 'contact.resume' }])
      const everything = JSON.stringify([
        await owner('select * from sijil.contact_words'),
        await owner('select actor, what, subject, old, new, source, why from sijil.audit'),
      ])
      assert.doesNotMatch(everything, /96650|partner\.example/)
      assert.doesNotMatch(contacts.stopUrl('ours', of, 'ar'), /96650/)
    })
  })
})
