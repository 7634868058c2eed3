/** One official holiday: its first day, and how many days it lasts. */
interface Holiday {
  readonly from: string
  readonly days: number
  readonly titleEn: string
  readonly titleAr: string
}

/**
 * Official holidays of the private sector in Saudi Arabia. Both Eids follow the computed Umm al-Qura calendar and are announced
 * a few days before: an organisation corrects its rows then.
 */
const official: readonly Holiday[] = [
  { from: '2026-02-22', days: 1, titleEn: 'Founding Day', titleAr: 'يوم التأسيس' },
  { from: '2026-03-19', days: 4, titleEn: 'Eid al-Fitr', titleAr: 'عيد الفطر' },
  { from: '2026-05-26', days: 4, titleEn: 'Eid al-Adha', titleAr: 'عيد الأضحى' },
  { from: '2026-09-23', days: 1, titleEn: 'National Day', titleAr: 'اليوم الوطني' },
  { from: '2027-02-22', days: 1, titleEn: 'Founding Day', titleAr: 'يوم التأسيس' },
  { from: '2027-03-09', days: 4, titleEn: 'Eid al-Fitr', titleAr: 'عيد الفطر' },
  { from: '2027-05-15', days: 4, titleEn: 'Eid al-Adha', titleAr: 'عيد الأضحى' },
  { from: '2027-09-23', days: 1, titleEn: 'National Day', titleAr: 'اليوم الوطني' },
]

const DAY_MS = 86_400_000

/** One row for each day. */
export const holidays = official.flatMap(({ from, days, titleEn, titleAr }) =>
  Array.from({ length: days }, (_, index) => ({
    day: new Date(Date.parse(`${from}T00:00:00Z`) + index * DAY_MS).toISOString().slice(0, 10),
    titleEn,
    titleAr,
  })),
)
