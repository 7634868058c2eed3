import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { sealPersonal } from '../../../trust/personal.ts'
import { PartnerApplication } from './contract.ts'
import { Mobile, Registration } from './identifiers.ts'

const numberOf = (registration: unknown) => {
  const parsed = Registration.safeParse(registration)
  return parsed.success && 'number' in parsed.data ? parsed.data.number : parsed.success
}

suite('registration', () => {
  test('a unified number has ten digits and begins with 7, in whatever digits it is typed', () => {
    for (const number of ['7001234567', '٧٠٠١٢٣٤٥٦٧', '۷۰۰۱۲۳۴۵۶۷', ' 700 123-4567 ', '\u200f7001234567\u200e'])
      assert.equal(numberOf({ kind: 'unified', number }), '7001234567', number)
    for (const number of ['1010123456', '700123456', '70012345678', '7OO1234567', ''])
      assert.equal(numberOf({ kind: 'unified', number }), false, number)
  })

  test('a commercial registration has ten digits and begins with another', () => {
    assert.equal(numberOf({ kind: 'commercial', number: '١٠١٠١٢٣٤٥٦' }), '1010123456')
    assert.equal(numberOf({ kind: 'commercial', number: '7010123456' }), false)
  })

  test('government and foreign partners have identifiers of their own', () => {
    assert.equal(numberOf({ kind: 'government', instrument: 'المرسوم الملكي م/19' }), true)
    assert.equal(numberOf({ kind: 'foreign', country: 'ae', number: 'CN-123456' }), 'CN123456')
    assert.equal(numberOf({ kind: 'foreign', country: 'SA', number: '7001234567' }), false)
    assert.equal(numberOf({ kind: 'government', number: '7001234567' }), false)
  })
})

test('a mobile number is kept in its international form', () => {
  for (const typed of ['0501234567', '501234567', '٠٥٠١٢٣٤٥٦٧', '00966501234567', '966501234567', '+966 50 123 4567'])
    assert.equal(Mobile.safeParse(typed).data, '+966501234567', typed)
  assert.equal(Mobile.safeParse('+971501234567').data, '+971501234567')
  for (const wrong of ['0111234567', '+966111234567', '05012345', 'call me'])
    assert.equal(Mobile.safeParse(wrong).success, false, wrong)
})

suite('an application', () => {
  const application = {
    company: ' شركة النخيل ',
    registration: { kind: 'unified', number: '٧٠٠١٢٣٤٥٦٧' },
    contact: { name: 'سارة العتيبي', email: 'sara@nakheel.example', mobile: '٠٥٠١٢٣٤٥٦٧' },
    language: 'ar',
    partnership: 'strategic',
    territories: ['riyadh'],
    yearsActive: 5,
    employees: 20,
    annualRevenueSar: 1_000_000,
    representsCompetitor: false,
  }
  const seals = {
    personOf: (_tenant: string, identifying: string) => identifying.replaceAll(/\W/g, '_'),
    seal: async (_tenant: string, person: string, value: unknown) => ({
      sealed: `v1.${person}.${Buffer.from(JSON.stringify(value)).toString('base64url')}`,
    }),
  }
  const sealedBy = (value: unknown) =>
    sealPersonal(PartnerApplication.parse(value), { vault: seals, tenant: 'acme', otherwise: 'run' })

  test('is normalised, sealed under the person of the e-mail, and parses again unchanged', async () => {
    const once = await sealedBy(application)
    assert.equal(once.company, 'شركة النخيل')
    assert.equal(once.contact.mobile.sealed.split('.')[1], 'sara_nakheel_example')
    assert.doesNotMatch(JSON.stringify(once), /سارة|sara@/)
    assert.deepEqual(await sealedBy(once), once)
  })

  test('for a government partnership comes from a government entity, and no other does', () => {
    const government = { kind: 'government', instrument: 'M/19' }
    const fits = (partnership: string, registration: unknown) =>
      PartnerApplication.safeParse({ ...application, partnership, registration }).success
    assert.equal(fits('government', government), true)
    assert.equal(fits('government', application.registration), false)
    assert.equal(fits('strategic', government), false)
  })

  test('names a company in one line', () =>
    assert.equal(PartnerApplication.safeParse({ ...application, company: 'Noor\r\nBcc: a@b.example' }).success, false))
})
