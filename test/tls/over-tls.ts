/**
 * A process of an installation: whom it trusts is settled when it starts, so whoever tries that starts it anew. Runs the errands
 * of its argument one after another, and tells what came of each.
 */
import { z } from 'zod'
import { addressRules } from '../../src/connectors/address-rules.ts'
import { type ConfiguredConnector, configure } from '../../src/connectors/configured-connector.ts'
import { deskHttp } from '../../src/connectors/desk-http/connector.ts'
import { allowPrivateAddresses } from '../../src/connectors/reach.ts'
import { smtp } from '../../src/connectors/smtp/connector.ts'
import { mailServer } from '../../src/connectors/smtp/contract.ts'
import { postTo } from '../../src/outgoing-webhooks/post.ts'
import { noLedger } from '../support/no-database.ts'
import { type Came, Errand } from './errand.ts'
import { leadAllNamesHere } from './names-here.ts'

const HERE = ['127.0.0.0/8']
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const PATIENCE_MS = 20_000

leadAllNamesHere()
allowPrivateAddresses(HERE)
const post = postTo(addressRules(HERE))
const signal = new AbortController().signal

const desk = (url: string) => configure(deskHttp, { url, secret: SECRET, answerSecret: SECRET, account: 'desk' })
const mail = (url: string) =>
  configure(smtp, {
    server: mailServer.parse(url),
    from: 'sijil@growth.example',
    dkimDomain: undefined,
    dkimSelector: undefined,
    dkimKey: undefined,
    bouncesTo: undefined,
    notices: ['failure'],
    bounceSecret: undefined,
  })
const task = { desk: 'legal', title: 'A task', text: 'What it says', language: 'en' }
const letter = { to: 'noura@partner.example', subject: 'Terms', text: 'What it says', language: 'en' }

async function run({ by, url }: Errand): Promise<Came> {
  if (by === 'desk') return called(desk(url), 'openTask', task)
  if (by === 'mail') return called(mail(url), 'send', letter)
  const answer = await post({ url, headers: {}, body: '{}', signal: AbortSignal.timeout(PATIENCE_MS) })
  return { of: answer.kind, code: '', message: '', health: '' }
}

async function called({ operations, health }: ConfiguredConnector, name: string, request: object): Promise<Came> {
  const told = await health(signal)
  const came = { health: told.state === 'up' ? 'up' : told.code }
  const scope = { mode: 'make', tenant: 'demo', key: 'run-1/step#1', now: 0, deadline: PATIENCE_MS } as const
  try {
    await operations[name]?.run(request, { ...scope, abort: signal, begin, sightings: async () => [] }, noLedger())
    return { of: 'made', code: '', message: '', ...came }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { of: error.name, code: String(Reflect.get(error, 'code')), message: error.message, ...came }
  }
}
const begin = () => {}

const came: Came[] = []
for (const errand of z.array(Errand).parse(JSON.parse(process.argv[2] ?? ''))) came.push(await run(errand))
process.stdout.write(JSON.stringify(came))
