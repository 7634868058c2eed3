import { secret } from '../../secret.ts'
import { defineVendor } from '../../vendor.ts'
import { accountCard } from './card.ts'
import { type AccountRecord, salesforceNoes, salesforceOperations } from './records.ts'
import { type SalesforceSecrets, salesforceSignIn } from './sign-in.ts'

export const salesforce = defineVendor({
  key: 'salesforce',
  name: { en: 'Salesforce', ar: 'سيلزفورس' },
  usual: false,
  open: ({ record, secrets, routes }) => {
    const known = secrets<SalesforceSecrets>(() => ({ clientId: `3MVG9${secret()}`, clientSecret: secret() }))
    const accounts = () => record.collection<AccountRecord>('account').all()
    const signIn = salesforceSignIn(known)
    return {
      accounts,
      /** Ends every session, as an administrator can. */
      revokeTokens: () => signIn.revokeAll(),
      routes: routes([signIn.operation, ...salesforceOperations(record, signIn.isSignedIn)], salesforceNoes),
      settings: (url) => ({
        SIJIL_SALESFORCE_URL: `${url}/salesforce`,
        SIJIL_SALESFORCE_CLIENT_ID: known.clientId,
        SIJIL_SALESFORCE_CLIENT_SECRET: known.clientSecret,
      }),
      views: { accounts },
      tab: {
        name: 'crm',
        cards: (reader) =>
          accounts().map((account) => ({ at: Date.parse(account.updatedAt), markup: accountCard(account, reader) })),
      },
    }
  },
})
