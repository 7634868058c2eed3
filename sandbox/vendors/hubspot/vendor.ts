import { secret } from '../../secret.ts'
import { defineVendor } from '../../vendor.ts'
import { companyCard } from './card.ts'
import { type Company, hubspotNoes, hubspotOperations } from './companies.ts'

export const hubspot = defineVendor({
  key: 'hubspot',
  name: { en: 'HubSpot', ar: 'هبسبوت' },
  usual: true,
  open: ({ record, secrets, routes }) => {
    const { token } = secrets(() => ({ token: secret() }))
    const companies = () => record.collection<Company>('company').all()
    return {
      companies,
      routes: routes(hubspotOperations(record, token), hubspotNoes),
      settings: (url) => ({ SIJIL_HUBSPOT_URL: `${url}/hubspot`, SIJIL_HUBSPOT_TOKEN: token }),
      views: { companies },
      tab: {
        name: 'crm',
        cards: (reader) =>
          companies().map((company) => ({ at: Date.parse(company.updatedAt), markup: companyCard(company, reader) })),
      },
    }
  },
})
