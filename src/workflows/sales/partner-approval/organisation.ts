/** Who the agreement is made with: the sample organisation, until organisations keep a profile of their own in the ledger. */
export const organisation = {
  name: { en: 'Madar Growth', ar: 'مدار للنمو' },
  department: { en: 'Partnerships', ar: 'إدارة الشراكات' },
  unifiedNumber: '7000000001',
  portal: 'https://partners.madar.example/',
  /** Signs after the partner. */
  signatory: {
    name: { en: 'Khalid Al-Rashid', ar: 'خالد الراشد' },
    email: 'signatory@madar.example',
    language: 'ar',
  },
} as const
