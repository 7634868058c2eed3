import { readFileSync } from 'node:fs'
import { secret } from '../../secret.ts'
import { defineVendor } from '../../vendor.ts'
import { askedCard } from './card.ts'
import { type Asked, sourceNoes, sourceOperations } from './sources.ts'

/** The example of the documentation, which so is known to work. */
const EXAMPLE = new URL('../../../docs/connectors/company-registry.json', import.meta.url)

export const jsonHttp = defineVendor({
  key: 'json-http',
  name: { en: 'Company registry and figures', ar: 'السجل التجاري والبيانات المالية' },
  usual: true,
  open: ({ record, secrets, routes }) => {
    const { key } = secrets(() => ({ key: secret() }))
    const asked = () => record.collection<Asked>('look-up').all()
    return {
      asked,
      key,
      routes: routes(sourceOperations(record, key), sourceNoes),
      settings: (url) => ({
        // On one line, like every variable that the sandbox prints.
        SIJIL_RESEARCH_DESCRIPTION: JSON.stringify(JSON.parse(readFileSync(EXAMPLE, 'utf8')))
          .replace('https://registry.example/v1', `${url}/json-http/registry`)
          .replace('https://figures.example/api', `${url}/json-http/figures`),
        SIJIL_RESEARCH_KEYS: `company-registry=${key}, financial-statements=${key}`,
      }),
      views: { lookUps: asked },
      tab: {
        name: 'lookups',
        cards: (reader) => asked().map((one) => ({ at: one.at, markup: askedCard(one, reader) })),
      },
    }
  },
})
