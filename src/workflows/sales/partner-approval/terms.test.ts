import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type PartnerApplication, Terms } from './contract.ts'
import { fitOf } from './fit.ts'
import { amendmentOf, draftOf, revisionOf } from './terms.ts'

const sealed = { sealed: 'v1.person.x' }
const application = (more: Partial<PartnerApplication> = {}): PartnerApplication => ({
  company: 'Noor',
  registration: { kind: 'unified', number: '7001234567' },
  contact: { name: sealed, email: sealed, mobile: sealed },
  language: 'en',
  partnership: 'distribution',
  territories: ['riyadh'],
  yearsActive: 1,
  employees: 3,
  annualRevenueSar: 0,
  representsCompetitor: false,
  ...more,
})
const strong = { yearsActive: 20, employees: 300, annualRevenueSar: 200_000_000 } as const
const draft = (more: Partial<PartnerApplication> = {}) => draftOf(application(more), fitOf(application(more)))

suite('the fit', () => {
  test('is the sum of its reasons, each said in both languages', () => {
    const { score, reasons } = fitOf(application(strong))
    assert.equal(score, 91)
    assert.equal(
      reasons.reduce((sum, { points }) => sum + points, 0),
      score,
    )
    assert.equal(
      reasons.reduce((sum, { of }) => sum + of, 0),
      100,
    )
    for (const { why } of reasons) assert.ok(why.en !== '' && /\p{Script=Arabic}/u.test(why.ar))
  })

  test('is low for a newcomer who represents a competitor', () =>
    assert.equal(fitOf(application({ representsCompetitor: true })).score, 18))
})

suite('the first offer', () => {
  test('is better for a strong fit, and exclusive only where the partner represents no competitor', () => {
    assert.deepEqual([draft().commissionPercent, draft().exclusive], [15, false])
    assert.deepEqual([draft(strong).commissionPercent, draft(strong).exclusive], [18, true])
    assert.equal(draft({ ...strong, representsCompetitor: true }).exclusive, false)
  })

  test('pays a government entity nothing', () => {
    const terms = draft({ ...strong, partnership: 'government' })
    assert.equal(terms.commissionPercent, 0)
    const asked = { answer: 'counter', round: 1, commissionPercent: 10, note: '' } as const
    assert.equal(revisionOf(terms, asked).commissionPercent, 0)
  })
})

suite('a counter-offer', () => {
  const asking = (commissionPercent: number, paymentDays?: number) => ({
    answer: 'counter' as const,
    round: 1,
    commissionPercent,
    note: '',
    ...(paymentDays === undefined ? {} : { paymentDays }),
  })

  test('is met half of the way, in half percents', () => {
    assert.equal(revisionOf(draft(), asking(20)).commissionPercent, 17.5)
    assert.equal(revisionOf(draft(), asking(16)).commissionPercent, 15.5)
    assert.equal(revisionOf(draft(), asking(20, 30)).paymentDays, 37)
  })

  test('never takes the offer above its ceiling, however often it is made', () => {
    let terms = draft()
    for (let round = 1; round < 5; round += 1) terms = revisionOf(terms, asking(50))
    assert.ok(terms.commissionPercent > 20 && terms.commissionPercent <= 22)
    assert.equal(terms.round, 5)
    assert.equal(Terms.safeParse(terms).success, true)
  })

  test('that asks for less is taken at its word', () =>
    assert.equal(revisionOf(draft(), asking(9)).commissionPercent, 9))
})

suite('the comments of the legal review', () => {
  test('change the fields that they name, in either language and with either digits', () => {
    const english = amendmentOf(draft(strong), 'Commission: 9.5 %\nTerm: 12 months\nPayment days: 60\nExclusive: no')
    const arabic = amendmentOf(draft(strong), 'العمولة: ٩٫٥٪\nمدة الاتفاقية: ١٢ شهرًا\nمدة السداد: ٦٠ يومًا\nالحصرية: لا')
    assert.deepEqual(arabic, english)
    const { commissionPercent, termMonths, paymentDays, exclusive, conditions } = english
    assert.deepEqual([commissionPercent, termMonths, paymentDays, exclusive, conditions], [9.5, 12, 60, false, []])
  })

  test('become conditions where they name none, or ask for what no terms may say', () => {
    const { conditions, commissionPercent } = amendmentOf(draft(), 'Keep it secret: two years\n\ncommission: 99')
    assert.deepEqual(conditions, ['Keep it secret: two years', 'commission: 99'])
    assert.equal(commissionPercent, 15)
  })

  test('give other terms even when they say nothing, so that an old decision does not cover them', () =>
    assert.notDeepEqual(amendmentOf(draft(), ''), draft()))
})
