import { z } from 'zod'
import { setting } from '../connector.ts'
import { text, vendorUrl } from '../setting-kinds.ts'

export const settings = {
  url: setting({
    env: 'SIJIL_SALESFORCE_URL',
    secret: false,
    title: { en: 'My Domain address of the organisation', ar: 'عنوان نطاق المنشأة في سيلزفورس' },
    schema: text.pipe(vendorUrl),
  }),
  version: setting({
    env: 'SIJIL_SALESFORCE_VERSION',
    secret: false,
    title: { en: 'Version of the REST interface', ar: 'إصدار واجهة REST' },
    // Version 46 is the first whose answer to an update has a body.
    schema: z
      .string()
      .regex(/^v(4[6-9]|[5-9]\d|\d{3})\.0$/, 'must look like v62.0, and be v46.0 or later')
      .default('v62.0'),
  }),
  object: setting({
    env: 'SIJIL_SALESFORCE_OBJECT',
    secret: false,
    title: { en: 'Object that holds a partner', ar: 'الكائن الذي يحمل سجل الشريك' },
    schema: z
      .string()
      .regex(/^[A-Za-z]\w{0,79}$/, 'must be the API name of an object')
      .default('Account'),
  }),
  clientId: setting({
    env: 'SIJIL_SALESFORCE_CLIENT_ID',
    secret: false,
    title: { en: 'Consumer key of the external client app', ar: 'مفتاح التطبيق العميل' },
    schema: text,
  }),
  clientSecret: setting({
    env: 'SIJIL_SALESFORCE_CLIENT_SECRET',
    secret: true,
    title: { en: 'Consumer secret of the external client app', ar: 'سر التطبيق العميل' },
    schema: text,
  }),
}

/** Fields of ours on the object. `ID` is an external id and unique; `KEY` names the effect that wrote last. */
export const field = { id: 'Sijil_Id__c', key: 'Sijil_Key__c', stage: 'Sijil_Stage__c' } as const

/** `Sijil_Key__c` is a text field of 255 characters, the longest that Salesforce has. */
export const LONGEST_KEY = 255

/** A property of a partner as the field that holds it: `name` is the object's own, `term_months` is `Sijil_Term_Months__c`. */
export const fieldOf = (property: string): string =>
  property === 'name' ? 'Name' : `Sijil_${property.replaceAll(/(^|_)[a-z]/g, (start) => start.toUpperCase())}__c`

export const TokenAnswer = z.object({ access_token: z.string().min(1), instance_url: vendorUrl })

export const UpsertAnswer = z.object({ id: z.string().min(1), success: z.literal(true), created: z.boolean() })

export const RecordAnswer = z.object({
  Id: z.string().min(1),
  CreatedDate: z.string(),
  LastModifiedDate: z.string(),
  [field.key]: z.string().nullable(),
})

/** Errors are a list; those of the sign-in are an object. */
export const ErrorBody = z.union([
  z.tuple([z.object({ errorCode: z.string() })], z.unknown()).transform(([{ errorCode }]) => errorCode),
  z.object({ error: z.string() }).transform(({ error }) => error),
])
