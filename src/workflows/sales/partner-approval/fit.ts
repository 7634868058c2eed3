import type { Fit, PartnerApplication } from './contract.ts'

/** From this score on an applicant is offered the better terms. */
export const STRONG_FIT = 75

/** Adds up to 100. Each criterion gives the points of the first row that the applicant reaches. */
export function fitOf(application: PartnerApplication): Fit {
  const { yearsActive, employees, annualRevenueSar, territories, representsCompetitor } = application
  const riyals = annualRevenueSar.toLocaleString('en')
  const reasons = [
    reason(
      pointsFor(
        yearsActive,
        [
          [10, 25],
          [5, 18],
          [2, 10],
        ],
        4,
      ),
      25,
      {
        en: `Years in business: ${yearsActive}`,
        ar: `سنوات النشاط: ${yearsActive}`,
      },
    ),
    reason(
      pointsFor(
        employees,
        [
          [250, 20],
          [50, 15],
          [10, 9],
        ],
        4,
      ),
      20,
      {
        en: `Employees: ${employees}`,
        ar: `عدد الموظفين: ${employees}`,
      },
    ),
    reason(
      pointsFor(
        annualRevenueSar,
        [
          [100_000_000, 25],
          [20_000_000, 18],
          [3_000_000, 10],
        ],
        4,
      ),
      25,
      {
        en: `Annual revenue: SAR ${riyals}`,
        ar: `الإيرادات السنوية: ${riyals} ريال سعودي`,
      },
    ),
    reason(
      pointsFor(
        new Set(territories).size,
        [
          [4, 15],
          [2, 10],
        ],
        6,
      ),
      15,
      {
        en: `Territories covered: ${new Set(territories).size}`,
        ar: `عدد المناطق المغطاة: ${new Set(territories).size}`,
      },
    ),
    reason(representsCompetitor ? 0 : 15, 15, {
      en: representsCompetitor ? 'Represents a competitor' : 'Represents no competitor',
      ar: representsCompetitor ? 'يمثل جهة منافسة' : 'لا يمثل جهة منافسة',
    }),
  ]
  return { score: reasons.reduce((sum, { points }) => sum + points, 0), reasons }
}

type Row = readonly [atLeast: number, points: number]

const pointsFor = (value: number, rows: readonly Row[], otherwise: number): number =>
  rows.find(([atLeast]) => value >= atLeast)?.[1] ?? otherwise

const reason = (points: number, of: number, why: { readonly en: string; readonly ar: string }) => ({ points, of, why })
