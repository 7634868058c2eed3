import { z } from 'zod'
import { type Incoming, jsonOf, type Reply } from '../../http-server.ts'
import type { SandboxRecord } from '../../record.ts'
import { bearerIs, type Noes, type Operation } from '../../vendor-route.ts'
import { COMPANIES, type Company } from './companies.ts'

export interface Asked {
  readonly id: string
  readonly at: number
  readonly what: string
  /** Names or figures that were told; undefined where there was nothing to tell. */
  readonly told: string | undefined
}

const no = (status: number, code: string, message: string): Reply => ({ status, body: { error: { code, message } } })
/** The registry and the source of figures say no in their own ways; each reads only its own. */
const both = (status: number, code: string, message: string): Reply => ({
  status,
  body: { code: code.toUpperCase(), error: { code, message } },
})
export const sourceNoes: Noes = {
  refusal: both(422, 'not_acceptable', 'The request cannot be processed.'),
  failure: both(500, 'internal', 'Something went wrong.'),
  limit: both(429, 'quota', 'Too many requests.'),
}

const Search = z.strictObject({
  name: z.string().min(2),
  limit: z.int().min(1).max(20),
  filter: z.strictObject({
    status: z.enum(['active', 'suspended', 'struck-off']).optional(),
    city: z.string().optional(),
  }),
})

export function sourceOperations(record: SandboxRecord, key: string): readonly Operation[] {
  const asked = record.collection<Asked>('look-up')
  const told = (what: string, company: string | undefined) => {
    const id = String(asked.count() + 1)
    asked.put(id, { id, at: Date.now(), what, told: company })
  }
  const registryGuard = ({ headers }: Incoming) =>
    headers['apikey'] === key ? undefined : no(401, 'bad_key', 'The key is not valid.')
  const figuresGuard = (incoming: Incoming) =>
    bearerIs(incoming, key) ? undefined : { status: 401, body: { code: 'BAD_TOKEN' } }
  return [
    {
      name: 'status',
      method: 'GET',
      path: '/json-http/registry/status',
      guard: registryGuard,
      answer: () => ({ status: 200, body: { ok: true } }),
    },
    {
      name: 'lookUp',
      method: 'GET',
      path: '/json-http/registry/companies/:number',
      guard: registryGuard,
      answer: ({ params: { number = '' } }) => {
        const company = companyOf(number)
        told(number, company?.names.ar)
        if (company === undefined) return no(404, 'company_not_found', 'No company has this number.')
        const { statements: _, ...registered } = company
        return { status: 200, body: { company: registered, requestedAt: new Date().toISOString() } }
      },
    },
    {
      name: 'search',
      method: 'POST',
      path: '/json-http/registry/companies/search',
      guard: registryGuard,
      answer: ({ raw }) => {
        const search = Search.safeParse(jsonOf(raw))
        if (!search.success) return no(400, 'bad_request', 'The search is not valid.')
        const found = COMPANIES.filter((company) => fits(company, search.data)).slice(0, search.data.limit)
        told(search.data.name, found.map(({ names }) => names.ar).join('، ') || undefined)
        return {
          status: 200,
          body: { companies: found.map(({ unifiedNumber, names }) => ({ unifiedNumber, names })), total: found.length },
        }
      },
    },
    {
      name: 'statements',
      method: 'GET',
      path: '/json-http/figures/companies/:number/statements',
      guard: figuresGuard,
      answer: ({ params: { number = '' }, query }) => {
        if (query.get('currency') !== 'SAR') return { status: 400, body: { code: 'BAD_CURRENCY' } }
        const statement = companyOf(number)?.statements[query.get('year') ?? '']
        told(`${number} ${query.get('year') ?? ''}`, statement && String(statement.revenue))
        return statement === undefined
          ? { status: 404, body: { code: 'NO_STATEMENT' } }
          : { status: 200, body: { statement } }
      },
    },
  ]
}

const companyOf = (number: string) => COMPANIES.find(({ unifiedNumber }) => unifiedNumber === number)

const fits = ({ names, status, city }: Company, { name, filter }: z.infer<typeof Search>) =>
  [names.ar, names.en ?? ''].some((one) => one.toLowerCase().includes(name.toLowerCase())) &&
  (filter.status ?? status) === status &&
  (filter.city ?? city) === city
