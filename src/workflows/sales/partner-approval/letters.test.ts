import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { agreementOf } from './agreement.ts'
import type { PartnerApplication, Terms } from './contract.ts'
import { fitOf } from './fit.ts'
import {
  closedLetter,
  receivedLetter,
  reminderLetter,
  retractionLetter,
  signatureReminderLetter,
  termsLetter,
  welcomeLetter,
} from './letters.ts'
import { mailOf } from './mail.ts'
import { draftOf } from './terms.ts'
import { registrationInWords, workingDaysInWords } from './words.ts'

const sealed = { sealed: 'v1.person.x' }
const application = (language: 'ar' | 'en', more: Partial<PartnerApplication> = {}): PartnerApplication => ({
  company: 'Noor & Sons <Trading>',
  registration: { kind: 'commercial', number: '1010123456' },
  contact: { name: sealed, email: sealed, mobile: sealed },
  language,
  partnership: 'technology',
  territories: ['riyadh', 'gcc'],
  yearsActive: 6,
  employees: 40,
  annualRevenueSar: 4_000_000,
  representsCompetitor: false,
  ...more,
})
const termsIn = (language: 'ar' | 'en', more: Partial<Terms> = {}): Terms => {
  const from = application(language)
  return { ...draftOf(from, fitOf(from)), ...more }
}
const addressee = { name: 'Omar', company: 'Noor & Sons <Trading>' }
const url = 'https://answers.example/a?b=1&c=2'

const letters = (language: 'ar' | 'en') => {
  const terms = termsIn(language, { conditions: ['x < y'] })
  return {
    received: receivedLetter(application(language)),
    closed: closedLetter(application(language)),
    terms: termsLetter(terms, url),
    revised: termsLetter({ ...terms, round: 2 }, url),
    reminder: reminderLetter(terms, 2, url),
    retraction: retractionLetter(terms),
    signature: signatureReminderLetter(terms),
    welcome: welcomeLetter(terms, 'account-1'),
  }
}

for (const language of ['ar', 'en'] as const)
  suite(`letters in ${language}`, () => {
    for (const [name, letter] of Object.entries(letters(language)))
      test(`${name}: one language, in its direction, with nothing of the partner's taken for markup`, () => {
        const { subject, text, html = '' } = mailOf(letter, { ...addressee, language })
        const words = text.replaceAll(/https?:\S+|Noor & Sons <Trading>|Omar|account-1|x < y/g, '')
        assert.doesNotMatch(words, language === 'ar' ? /[a-z]/i : /\p{Script=Arabic}/u)
        assert.match(subject, language === 'ar' ? /\p{Script=Arabic}/u : /[a-z]/i)
        assert.match(html, language === 'ar' ? /<html lang="ar" dir="rtl">/ : /<html lang="en" dir="ltr">/)
        assert.doesNotMatch(html, /<Trading>|x < y|undefined/)
        assert.doesNotMatch(text, /undefined|\[object/)
      })

    test('both forms of the terms say every term', () => {
      const { text, html = '' } = mailOf(letters(language).terms, { ...addressee, language })
      for (const said of ['12%', '24', '30', '1010123456']) {
        assert.ok(text.includes(said), said)
        assert.ok(html.includes(said), said)
      }
      assert.ok(text.includes(url))
      assert.ok(html.includes('https://answers.example/a?b=1&amp;c=2'))
    })
  })

suite('words', () => {
  test('the Arabic noun follows the number of days', () =>
    assert.deepEqual(
      [1, 2, 5, 10, 11].map((count) => workingDaysInWords(count, 'ar')),
      ['يوم عمل واحد', 'يومي عمل', '5 أيام عمل', '10 أيام عمل', '11 يوم عمل'],
    ))

  test('each kind of registration has its own words', () => {
    assert.equal(registrationInWords({ kind: 'unified', number: '7001234567' }, 'ar'), 'الرقم الموحد 7001234567')
    assert.equal(
      registrationInWords({ kind: 'foreign', country: 'AE', number: 'CN-1' }, 'en'),
      'registered in United Arab Emirates under no. CN-1',
    )
    assert.match(registrationInWords({ kind: 'foreign', country: 'AE', number: 'CN-1' }, 'ar'), /^مسجلة في الإمارات/)
    assert.match(registrationInWords({ kind: 'government', instrument: 'M/19' }, 'ar'), /أداة الإنشاء: M\/19/)
  })
})

suite('the agreement', () => {
  const page = (terms: Terms) => Buffer.from(agreementOf(terms, 'Omar').contentBase64, 'base64').toString('utf8')

  test('is the same file for the same terms, in both languages, and says what was agreed', () => {
    const terms = termsIn('en', { conditions: ['Two years of confidentiality'] })
    assert.deepEqual(agreementOf(terms, 'Omar'), agreementOf({ ...terms }, 'Omar'))
    const text = page(terms)
    assert.match(text, /<section lang="ar" dir="rtl">[\s\S]*<section lang="en" dir="ltr">/)
    for (const said of ['12%', '>24<', '>30<', 'Riyadh', 'الرياض', 'Noor &amp; Sons &lt;Trading&gt;'])
      assert.ok(text.includes(said), said)
    assert.equal(text.split('Two years of confidentiality').length, 3)
  })

  test('with a government entity no commission is due', () => {
    const text = page(termsIn('ar', { partnership: 'government', commissionPercent: 0 }))
    assert.match(text, /لا تُستحق بموجب هذه الاتفاقية أي عمولة/)
    assert.match(text, /No commission is due/)
  })
})
