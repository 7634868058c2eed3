/** The sample: one application of an invented company, and what to do with it next. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { people } from '../../src/seed/people.ts'
import { until } from './process-output.ts'

export const sampleApplication = {
  company: 'شركة نور الخليج للتوزيع',
  registration: { kind: 'unified', number: '7001234567' },
  contact: { name: 'سارة المطيري', email: 'sara@noor-gulf.example', mobile: '0551234567' },
  language: 'ar',
  partnership: 'distribution',
  territories: ['riyadh', 'eastern'],
  yearsActive: 9,
  employees: 120,
  annualRevenueSar: 48_000_000,
  representsCompetitor: false,
} as const

const REQUESTER = 'noura'
const Started = z.object({ id: z.string(), known: z.boolean() })
const Run = z.object({
  status: z.string(),
  outcome: z.string().nullable(),
  requester: z.string(),
  waits: z.array(z.object({ key: z.string(), kind: z.string(), name: z.string() })),
  tasks: z.array(
    z.object({
      id: z.string(),
      key: z.string(),
      state: z.string(),
      gate: z.string(),
      slots: z.array(z.object({ roles: z.array(z.string()), by: z.string().nullable() })),
    }),
  ),
  titles: z.record(z.string(), z.object({ en: z.string(), ar: z.string() })),
})
const Link = z.object({ url: z.string() })

/** Where the sample stands, for whoever sits before it. */
export type Standing =
  | {
      readonly kind: 'task'
      readonly run: string
      readonly title: Title
      readonly task: string
      readonly person: string
      readonly url: string
    }
  | { readonly kind: 'signal'; readonly run: string; readonly title: Title }
  | { readonly kind: 'ended'; readonly run: string; readonly outcome: string }
interface Title {
  readonly en: string
  readonly ar: string
}

/** Speaks to a server as any person of the sample organisation. */
export class SampleOrganisation {
  readonly #url: string
  readonly #keys: Readonly<Record<string, string>>

  constructor(url: string, keysDir: string) {
    this.#url = url
    const file: unknown = JSON.parse(readFileSync(join(keysDir, 'keys.json'), 'utf8'))
    this.#keys = z.object({ keys: z.record(z.string(), z.string()) }).parse(file).keys
  }

  keyOf(person: string): string {
    const key = this.#keys[person]
    if (key === undefined) throw new Error(`There is no key of ${person}`)
    return key
  }

  async ask(person: string, method: 'GET' | 'POST', path: string, body?: unknown, key?: string): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.keyOf(person)}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`)
    return JSON.parse(text)
  }

  /** Starts the sample application once: the same key again answers the same run. */
  async startSample(idempotencyKey: string, application: object = sampleApplication): Promise<string> {
    const body = { workflow: 'partner-approval', input: application }
    return Started.parse(await this.ask(REQUESTER, 'POST', '/runs', body, idempotencyKey)).id
  }

  /** Where it stands once it waits for somebody, or has ended. */
  standingOf(run: string): Promise<Standing> {
    return until(() => this.#standingNow(run), { what: 'the sample waits for somebody' })
  }

  async #standingNow(run: string): Promise<Standing | undefined> {
    const view = Run.parse(await this.ask(REQUESTER, 'GET', `/runs/${run}`))
    if (view.outcome !== null) return { kind: 'ended', run, outcome: view.outcome }
    if (view.status !== 'waiting') return undefined
    const task = view.tasks.find(({ state }) => state === 'open')
    if (task !== undefined) {
      const wanted = new Set(task.slots.filter(({ by }) => by === null).flatMap(({ roles }) => roles))
      const person = people.find((one) => one.person !== view.requester && one.roles.some((role) => wanted.has(role)))
      if (person === undefined) return undefined
      const { url } = Link.parse(await this.ask(person.person, 'POST', `/tasks/${task.id}/link`))
      return { kind: 'task', run, title: titleOf(view, task.gate), task: task.id, person: person.person, url }
    }
    const titles = view.waits.filter(({ kind }) => kind === 'signal').map(({ name }) => titleOf(view, name))
    if (titles.length === 0) return undefined
    const title = { en: titles.map(({ en }) => en).join(' / '), ar: titles.map(({ ar }) => ar).join(' / ') }
    return { kind: 'signal', run, title }
  }
}

const titleOf = ({ titles }: z.infer<typeof Run>, name: string): Title => titles[name] ?? { en: name, ar: name }
