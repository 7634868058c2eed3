/** A served Sijil with runs that stand at different places, a second organisation, and links and keys of every age. */
import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { smtp } from '../../sandbox/vendors/smtp/vendor.ts'
import { sampleApplication } from '../../scripts/start/sample.ts'
import { digestOfKey, newPersonKey } from '../../src/decisions/people.ts'
import { httpApp } from '../../src/http/app.ts'
import { parseTenantId } from '../../src/ledger/ids.ts'
import { type Organisation, saveOrganisation } from '../../src/ledger/requests/organisation.ts'
import { SAMPLE_TENANT } from '../../src/seed/organisation.ts'
import { people } from '../../src/seed/people.ts'
import { policies } from '../../src/seed/policies.ts'
import { openServedWorld, type ServedWorld } from '../http/served-world.ts'

export type Answer = (request: Request) => Promise<Response>

export interface FuzzWorld extends ServedWorld {
  /** In this process, without a socket. */
  readonly answer: Answer
  readonly keys: ReadonlyMap<string, string>
  /** Of somebody whose key was replaced. */
  readonly oldKey: string
  readonly runs: Readonly<Record<'atManager' | 'atLegal' | 'atPartner' | 'ended', string>>
  readonly tasks: Readonly<Record<'atManager' | 'atLegal' | 'closed', Seen>>
  readonly foreign: { readonly key: string; readonly run: string; readonly task: string }
  /** Of the partner who is waited for, and of one who has answered. */
  readonly answerLinks: Readonly<Record<'open' | 'used', string>>
  readonly webhooks: Readonly<Record<'docusign' | 'whatsapp', VendorWebhook>>
  /** As a person of either organisation; throws when it is refused. */
  ask(key: string, method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown>
}
export interface Seen {
  readonly id: string
  readonly digest: string
}
export interface VendorWebhook {
  readonly path: string
  /** The headers by which the vendor proves that it sent these bytes. */
  signed(raw: Buffer): readonly (readonly [string, string])[]
}

const OTHER = parseTenantId('other')
const Started = z.object({ id: z.string() })
const Tasks = z.object({ tasks: z.array(z.object({ id: z.string(), run: z.string() })) })
const Digest = z.object({ digest: z.string() })

export async function openFuzzWorld(more: Readonly<Record<string, string>> = {}): Promise<FuzzWorld> {
  const world = await openServedWorld(more)
  const app = httpApp(world.served.sijil)
  const answer: Answer = async (request) => app.fetch(request)
  const keys = new Map(people.map(({ person }) => [person, world.people.keyOf(person)]))
  const ask = asker(answer)
  const foreign = await addOther(world, ask)
  const oldKey = await replacedKey(world)
  const runs = {
    atManager: await world.people.startSample('fuzz-manager'),
    atLegal: await advanced(world, 'fuzz-legal', 1),
    atPartner: await advanced(world, 'fuzz-partner', 2),
    ended: await world.people.startSample('fuzz-ended'),
  }
  const task = async (person: string, run: string) => {
    const standing = await world.people.standingOf(run)
    if (standing.kind !== 'task') throw new Error(`the run of ${person} waits for nobody`)
    const { digest } = Digest.parse(await world.people.ask(person, 'GET', `/tasks/${standing.task}`))
    return { id: standing.task, digest }
  }
  const tasks = {
    atManager: await task('faisal', runs.atManager),
    atLegal: await task('lina', runs.atLegal),
    closed: await task('faisal', runs.ended),
  }
  await world.people.ask('faisal', 'POST', `/tasks/${tasks.closed.id}/decisions`, {
    verdict: 'reject',
    digest: tasks.closed.digest,
    comments: 'to have one that is closed',
  })
  const answered = await advanced(world, 'fuzz-answered', 2)
  const used = linkIn(world)
  await fetch(used, { method: 'POST', body: new URLSearchParams({ form: '0' }) })
  await world.served.sijil.local.idle()
  await world.people.standingOf(answered)
  await world.sandbox.webhooks.settled()
  // The first look at an object store leaves a mark there, by which it finds out whether writes are conditional.
  for (const { health } of world.served.sijil.accounts.all) await health(AbortSignal.timeout(10_000))
  return {
    ...world,
    answer,
    keys,
    oldKey,
    runs,
    tasks,
    foreign,
    answerLinks: { open: linkOf(world, runs.atPartner), used: new URL(used).pathname },
    webhooks: vendors(world),
    ask,
  }
}

const asker =
  (answer: Answer): FuzzWorld['ask'] =>
  async (key, method, path, body) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await answer(new Request(`http://127.0.0.1${path}`, { method, headers, ...sent }))
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response.json()
  }

async function addOther({ served: { sijil }, people: sample }: ServedWorld, ask: FuzzWorld['ask']) {
  const key = newPersonKey(OTHER)
  await saveOrganisation(sijil.database, {
    tenant: OTHER,
    nameEn: 'Other',
    nameAr: 'أخرى',
    people: [person('hind', ['requester', 'operator', 'legal'], key), person('saad', ['manager'], newPersonKey(OTHER))],
    policies,
    holidays: [],
  })
  const { id: run } = Started.parse(
    await ask(key, 'POST', '/runs', { workflow: 'partner-approval', input: sampleApplication }),
  )
  await sijil.local.idle()
  const { tasks } = Tasks.parse(await ask(key, 'GET', '/tasks'))
  const [task] = tasks
  if (task === undefined) throw new Error(`the run of ${OTHER} waits for nobody, beside ${sample.constructor.name}`)
  return { key, run, task: task.id }
}

const person = (name: string, roles: readonly string[], key: string): Organisation['people'][number] => ({
  person: name,
  nameEn: name,
  nameAr: name,
  roles,
  language: 'en',
  keyDigest: digestOfKey(key),
})

async function replacedKey({ served: { sijil } }: ServedWorld): Promise<string> {
  const old = newPersonKey(SAMPLE_TENANT)
  for (const key of [old, newPersonKey(SAMPLE_TENANT)])
    await saveOrganisation(sijil.database, {
      tenant: SAMPLE_TENANT,
      nameEn: '',
      nameAr: '',
      people: [person('renewed', ['requester', 'manager', 'operator', 'legal'], key)],
      policies: [],
      holidays: [],
    })
  return old
}

/** A run of the sample whose first gates are approved. */
async function advanced({ people: sample }: ServedWorld, key: string, gates: number): Promise<string> {
  const run = await sample.startSample(key)
  for (let passed = 0; passed < gates; passed += 1) {
    const standing = await sample.standingOf(run)
    if (standing.kind !== 'task') throw new Error(`${key} does not wait for a decision`)
    const { digest } = Digest.parse(await sample.ask(standing.person, 'GET', `/tasks/${standing.task}`))
    await sample.ask(standing.person, 'POST', `/tasks/${standing.task}/decisions`, {
      verdict: 'approve',
      digest,
      value: {},
    })
  }
  await sample.standingOf(run)
  return run
}

const LINK = /http:\/\/\S+\/a\/[\w-]+/
const linkIn = ({ sandbox }: ServedWorld): string =>
  LINK.exec(
    sandbox
      .of(smtp)
      .mails()
      .findLast(({ text }) => LINK.test(text))?.text ?? '',
  )?.[0] ?? ''

/** The mail that led to it went out in its run; the token says which. */
function linkOf({ sandbox }: ServedWorld, run: string): string {
  const paths = sandbox
    .of(smtp)
    .mails()
    .flatMap(({ text }) => {
      const found = LINK.exec(text)?.[0]
      return found === undefined ? [] : [new URL(found).pathname]
    })
  const path = paths.find((one) => Buffer.from(one.slice('/a/'.length), 'base64url').includes(run))
  if (path === undefined) throw new Error('nobody was sent a link to answer by')
  return path
}

function vendors({ sandbox: { settings } }: ServedWorld): FuzzWorld['webhooks'] {
  const setting = (name: string): string => {
    const value = settings[name]
    if (value === undefined) throw new Error(`the sandbox sets no ${name}`)
    return value
  }
  const hmac = (key: string, raw: Buffer) => createHmac('sha256', key).update(raw)
  return {
    docusign: {
      path: `/webhooks/${SAMPLE_TENANT}/docusign/${setting('SIJIL_DOCUSIGN_ACCOUNT_ID')}`,
      signed: (raw) => [
        ['x-docusign-signature-1', hmac(setting('SIJIL_DOCUSIGN_HMAC_KEYS').split(',')[0] ?? '', raw).digest('base64')],
      ],
    },
    whatsapp: {
      path: `/webhooks/${SAMPLE_TENANT}/whatsapp/${setting('SIJIL_WHATSAPP_PHONE_NUMBER_ID')}`,
      signed: (raw) => [
        ['x-hub-signature-256', `sha256=${hmac(setting('SIJIL_WHATSAPP_APP_SECRET'), raw).digest('hex')}`],
      ],
    },
  }
}
