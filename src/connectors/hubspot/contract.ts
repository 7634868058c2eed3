import { z } from 'zod'
import { setting } from '../connector.ts'
import { text, vendorUrl } from '../setting-kinds.ts'

export const settings = {
  url: setting({
    env: 'SIJIL_HUBSPOT_URL',
    secret: false,
    title: { en: 'Address of HubSpot', ar: 'عنوان هبسبوت' },
    schema: vendorUrl.default('https://api.hubapi.com'),
  }),
  token: setting({
    env: 'SIJIL_HUBSPOT_TOKEN',
    secret: true,
    title: { en: 'Token of the private app', ar: 'رمز التطبيق الخاص' },
    schema: text,
  }),
}

/**
 * Properties of ours on a company: `ID` is unique and names the partner, `KEY` names the effect that wrote last. HubSpot
 * keeps the history of a property, so that a later write does not hide an earlier one.
 */
export const property = { id: 'sijil_id', key: 'sijil_key', stage: 'sijil_stage' } as const

export const UpsertAnswer = z.object({
  results: z.tuple([z.object({ id: z.string().min(1), new: z.boolean() })]),
})

export const RecordAnswer = z.object({
  id: z.string().min(1),
  propertiesWithHistory: z.object({ [property.key]: z.array(z.object({ value: z.string() })).default([]) }),
})

/** A partial failure (HTTP 207) and an error have the word in different places. */
export const ErrorBody = z.object({
  category: z.string().optional(),
  errors: z.array(z.object({ category: z.string().optional() })).optional(),
})
