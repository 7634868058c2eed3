import { hmacSha256, sameText } from '../same-bytes.ts'
import { MalformedWebhook, type SignedWebhook } from '../webhook.ts'
import { webhookAddress } from '../webhook-address.ts'
import { webhookJson } from '../webhook-json.ts'
import { StatusForm } from './contract.ts'

interface Secrets {
  readonly from: string
  readonly webhookUrl: string | undefined
  readonly callbackSecret: string
}

const EVENTS = new Map([
  ['delivered', 'delivered'],
  ['undeliverable', 'undelivered'],
])
const DAY_MS = 86_400_000

/** Our name for the account in addresses: that of the sender, without spaces. */
export const accountOf = ({ from }: Pick<Secrets, 'from'>): string => from.toLowerCase().replaceAll(' ', '-')

/** Where Unifonic shall report on a message: an address that nobody else can make. Undefined when we are nowhere to be reached. */
export function callbackOf(secrets: Secrets, tenant: string, key: string): string | undefined {
  if (secrets.webhookUrl === undefined) return undefined
  const query = new URLSearchParams({ key, mac: macOf(key, secrets) })
  return `${webhookAddress(secrets.webhookUrl, tenant, 'unifonic', accountOf(secrets))}?${query.toString()}`
}

const macOf = (key: string, { callbackSecret }: Pick<Secrets, 'callbackSecret'>): string =>
  hmacSha256(callbackSecret, Buffer.from(`unifonic status of ${key}`), 'hex')

const queryOf = (url: string): URLSearchParams =>
  URL.canParse(url) ? new URL(url).searchParams : new URLSearchParams()

export const webhook: SignedWebhook<Secrets> = {
  signature: 'secret address',
  // Up to six tries within 72 hours.
  replay: { kind: 'remembered', retriesForMs: 3 * DAY_MS },
  account: accountOf,
  verify: ({ url }, secrets) => {
    const query = queryOf(url)
    const [key, mac] = [query.get('key'), query.get('mac')]
    return key !== null && mac !== null && sameText(mac, macOf(key, secrets)) ? 'good' : 'bad'
  },
  parse: (raw, url, secrets) => {
    const parsed = StatusForm.safeParse(
      webhookJson(raw) ?? Object.fromEntries(new URLSearchParams(raw.toString('utf8'))),
    )
    if (!parsed.success) throw new MalformedWebhook('A status of Unifonic has another shape than documented')
    const { MessageID: reference, DLR } = parsed.data
    const event = EVENTS.get(DLR.toLowerCase())
    if (event === undefined) return []
    return [
      {
        connector: 'unifonic',
        account: accountOf(secrets),
        id: `${reference}/${event}`,
        event,
        effectKey: queryOf(url).get('key') ?? undefined,
        reference,
        // Its times say no zone.
        at: Date.now(),
        payload: {},
      },
    ]
  },
}
