/** Companies as a registry in Saudi Arabia keeps them; all are invented. */
export interface Company {
  readonly unifiedNumber: string
  readonly crNumber: string
  readonly names: { readonly ar: string; readonly en: string | null }
  readonly capital: { readonly amount: number; readonly currency: 'SAR' }
  readonly city: string
  readonly status: 'active' | 'suspended' | 'struck-off'
  /** By year. */
  readonly statements: Readonly<Record<string, Statement>>
}
export interface Statement {
  readonly revenue: number
  readonly netIncome: number
  readonly audited: boolean
}

const riyals = (amount: number) => ({ amount, currency: 'SAR' }) as const

export const COMPANIES: readonly Company[] = [
  {
    unifiedNumber: '7001234567',
    crNumber: '1010123456',
    names: { ar: 'شركة نجد للتجارة المحدودة', en: 'Najd Trading Company Ltd' },
    capital: riyals(5_000_000),
    city: 'الرياض',
    status: 'active',
    statements: {
      '2024': { revenue: 41_800_000, netIncome: 3_150_000, audited: true },
      '2025': { revenue: 47_200_000, netIncome: 3_900_000, audited: true },
    },
  },
  {
    unifiedNumber: '7009876543',
    crNumber: '4030654321',
    names: { ar: 'مؤسسة الحجاز للأغذية', en: 'Hijaz Foods Establishment' },
    capital: riyals(250_000),
    city: 'جدة',
    status: 'active',
    statements: { '2025': { revenue: 6_400_000, netIncome: -120_000, audited: false } },
  },
  {
    unifiedNumber: '7005550001',
    crNumber: '2050111222',
    names: { ar: 'شركة الخليج للخدمات البترولية', en: null },
    capital: riyals(20_000_000),
    city: 'الدمام',
    status: 'suspended',
    statements: {},
  },
]
