import type { Role } from '../flow/gate.ts'

export interface SeededPerson {
  readonly person: string
  readonly nameEn: string
  readonly nameAr: string
  readonly roles: readonly Role[]
  readonly language: 'ar' | 'en'
}

/** Invented people of the sample organisation: two managers and two of legal, so that four eyes and a quorum are possible. */
export const people: readonly SeededPerson[] = [
  { person: 'noura', nameEn: 'Noura Al-Harbi', nameAr: 'نورة الحربي', roles: ['requester'], language: 'ar' },
  { person: 'faisal', nameEn: 'Faisal Al-Otaibi', nameAr: 'فيصل العتيبي', roles: ['manager'], language: 'ar' },
  {
    person: 'maha',
    nameEn: 'Maha Al-Zahrani',
    nameAr: 'مها الزهراني',
    roles: ['manager', 'requester'],
    language: 'ar',
  },
  { person: 'omar', nameEn: 'Omar Haddad', nameAr: 'عمر حداد', roles: ['director'], language: 'en' },
  { person: 'reem', nameEn: 'Reem Al-Qahtani', nameAr: 'ريم القحطاني', roles: ['vp'], language: 'ar' },
  { person: 'khalid', nameEn: 'Khalid Al-Rashid', nameAr: 'خالد الراشد', roles: ['c-level'], language: 'ar' },
  { person: 'lina', nameEn: 'Lina Mansour', nameAr: 'لينا منصور', roles: ['legal'], language: 'en' },
  { person: 'sami', nameEn: 'Sami Al-Ghamdi', nameAr: 'سامي الغامدي', roles: ['legal'], language: 'ar' },
  { person: 'yousef', nameEn: 'Yousef Karim', nameAr: 'يوسف كريم', roles: ['operator'], language: 'en' },
]
