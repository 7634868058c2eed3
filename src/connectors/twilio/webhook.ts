import { createHmac } from 'node:crypto'
import { sameText } from '../same-bytes.ts'
import { MalformedWebhook, type SignedWebhook } from '../webhook.ts'
import { webhookAddress, webhookUnder } from '../webhook-address.ts'
import { StatusForm } from './contract.ts'

interface Secrets {
  readonly accountSid: string
  readonly authToken: string
  readonly webhookUrl: string | undefined
}

/** The rest tells only that a message is on its way. */
const EVENTS = new Set(['sent', 'delivered', 'undelivered', 'failed', 'read'])
const DAY_MS = 86_400_000

/** Where Twilio shall report on a message; undefined when we are nowhere to be reached. */
export function callbackOf(
  { webhookUrl, accountSid }: Pick<Secrets, 'webhookUrl' | 'accountSid'>,
  tenant: string,
  key: string,
): string | undefined {
  if (webhookUrl === undefined) return undefined
  // What the standard encoding leaves as it is, some servers on the way encode, and the address is signed.
  const encoded = encodeURIComponent(key).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)
  return `${webhookAddress(webhookUrl, tenant, 'twilio', accountSid)}?key=${encoded}`
}

export const webhook: SignedWebhook<Secrets> = {
  signature: 'HMAC-SHA1',
  // Nothing that is signed tells a time.
  replay: { kind: 'remembered', retriesForMs: DAY_MS },
  account: ({ accountSid }) => accountSid,
  verify: ({ raw, headers, url }, { authToken, webhookUrl }) => {
    const given = headers['x-twilio-signature']
    if (typeof given !== 'string') return 'bad'
    // Twilio signs the address that we gave it, whatever we are called behind a proxy.
    const said = webhookUrl === undefined ? url : webhookUnder(webhookUrl, url)
    const addresses = [said, said.replace(/^(https:\/\/[^/:]+)\//, '$1:443/')]
    return addresses.some((address) => sameText(given, signatureOf(address, raw, authToken))) ? 'good' : 'bad'
  },
  parse: (raw, url) => {
    const parsed = StatusForm.safeParse(Object.fromEntries(new URLSearchParams(raw.toString('utf8'))))
    if (!parsed.success) throw new MalformedWebhook('A signed webhook of Twilio has another shape than documented')
    const { AccountSid, MessageSid, MessageStatus, ErrorCode } = parsed.data
    if (!EVENTS.has(MessageStatus)) return []
    return [
      {
        connector: 'twilio',
        account: AccountSid,
        id: `${MessageSid}/${MessageStatus}`,
        event: MessageStatus,
        effectKey: (URL.canParse(url) ? new URL(url).searchParams.get('key') : undefined) ?? undefined,
        reference: MessageSid,
        // It says no time of its own.
        at: Date.now(),
        payload: ErrorCode === undefined ? {} : { errorCode: Number(ErrorCode) },
      },
    ]
  },
}

/** The address and then each parameter, sorted by name, with its value right behind it; equal values of one name count once. */
function signatureOf(url: string, raw: Buffer, authToken: string): string {
  const form = new URLSearchParams(raw.toString('utf8'))
  const names = [...new Set(form.keys())].toSorted(byCodePoint)
  const signed = names.flatMap((name) =>
    [...new Set(form.getAll(name))].toSorted(byCodePoint).map((value) => name + value),
  )
  return createHmac('sha1', authToken)
    .update(url + signed.join(''))
    .digest('base64')
}

const byCodePoint = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
