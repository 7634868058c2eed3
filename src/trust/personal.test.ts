import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { z } from 'zod'
import { canonical } from '../flow/canonical.ts'
import { isPersonal, type Personal } from '../flow/personal.ts'
import { type InvalidValue, parse } from '../flow/schema.ts'
import { personal, sealPersonal } from './personal.ts'

/** Shows who a value was sealed for and what it was. */
const vault = {
  personOf: (tenant: string, identifying: string) => `${tenant}-${identifying.replace(/\W/g, '_')}`,
  seal: async (_tenant: string, person: string, value: unknown): Promise<Personal> => ({
    sealed: `v1.${person}.${Buffer.from(JSON.stringify(value)).toString('base64url')}`,
  }),
}
const sealer = { vault, tenant: 'acme', otherwise: 'run-1' }
const sealedFor = (person: string, value: unknown) => vault.seal('acme', person, value)

const Partner = z.object({
  company: z.string(),
  contact: z.object({ email: personal(z.email(), { identifies: true }), name: personal(z.string().min(2)) }),
})
const clear = { company: 'Nakheel', contact: { email: 'sara@example.sa', name: 'سارة' } }
const parsed = async (value: unknown) => parse(Partner, value, 'the application')

test('a clear value is taken and comes out sealed under the person whom its object identifies', async () => {
  const application = await sealPersonal(await parsed(clear), sealer)
  const name: Personal<string> = application.contact.name
  assert.deepEqual(application, {
    company: 'Nakheel',
    contact: {
      email: await sealedFor('acme-sara_example_sa', 'sara@example.sa'),
      name: await sealedFor('acme-sara_example_sa', 'سارة'),
    },
  })
  assert.equal(isPersonal(name), true)
})

test('a sealed value passes through both unchanged', async () => {
  const once = await sealPersonal(await parsed(clear), sealer)
  assert.deepEqual(await sealPersonal(await parsed(once), sealer), once)
})

test('a value that is parsed and not sealed can be neither stored nor shown', async () => {
  const application = await parsed(clear)
  assert.throws(() => canonical(application), TypeError)
  assert.throws(() => JSON.stringify(application), TypeError)
  assert.doesNotMatch(inspect(application, { depth: null, showHidden: true }), /sara|سارة/)
})

test('a value that fits neither way is refused in the words of the inner schema, without the value', async () => {
  const refused = { company: 'Nakheel', contact: { email: 'not-an-address', name: 'x' } }
  await assert.rejects(parsed(refused), (error: InvalidValue) => {
    assert.deepEqual(
      error.issues.map(({ path }) => path),
      ['contact.email', 'contact.name'],
    )
    assert.match(error.message, /Invalid email/)
    assert.doesNotMatch(error.message, /not-an-address/)
    return true
  })
  const forged = { ...clear, contact: { email: { sealed: 'anything' }, name: { sealed: 'v1.p.AA', more: 1 } } }
  await assert.rejects(parsed(forged), /contact.email.*contact.name/)
})

const Signers = z.object({
  signers: z.array(z.object({ email: personal(z.string(), { identifies: true }), phone: personal(z.string()) })),
  note: personal(z.string()),
})

test('each of several people gets what is theirs, and the rest belongs to the run', async () => {
  const value = {
    signers: [
      { email: 'a@x', phone: '1' },
      { email: 'b@x', phone: '2' },
    ],
    note: 'n',
  }
  const { signers, note } = await sealPersonal(await parse(Signers, value, 'the signers'), sealer)
  assert.deepEqual(signers, [
    { email: await sealedFor('acme-a_x', 'a@x'), phone: await sealedFor('acme-a_x', '1') },
    { email: await sealedFor('acme-b_x', 'b@x'), phone: await sealedFor('acme-b_x', '2') },
  ])
  assert.deepEqual(note, await sealedFor('run-1', 'n'))
})

test('what nobody owns belongs to the only person that the value names', async () => {
  const value = { signers: [{ email: 'a@x', phone: '1' }], note: 'n' }
  const { note } = await sealPersonal(await parse(Signers, value, 'the signers'), sealer)
  assert.deepEqual(note, await sealedFor('acme-a_x', 'n'))
})

test('a new field beside sealed ones belongs to their person', async () => {
  const Contact = z.object({ email: personal(z.string()), phone: personal(z.string()) })
  const value = { email: await sealedFor('somebody', 'a@x'), phone: '1' }
  const { phone } = await sealPersonal(await parse(Contact, value, 'the contact'), sealer)
  assert.deepEqual(phone, await sealedFor('somebody', '1'))
})

test('the schema describes what it takes, for documents made of it', () => {
  const { anyOf } = z.toJSONSchema(personal(z.email()), { io: 'input' })
  assert.equal(anyOf?.length, 2)
})
