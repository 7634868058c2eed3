import { Webhook } from 'standardwebhooks'

/**
 * The headers of Standard Webhooks for one attempt. `at`: the time of the attempt; the receiver compares it with its own clock. Every one of
 * the secrets signs, so that a receiver may change over from one to the other in between.
 */
export function signedHeaders(
  secrets: readonly string[],
  { id, body, at }: { readonly id: string; readonly body: string; readonly at: number },
): Readonly<Record<string, string>> {
  const seconds = Math.floor(at / 1_000)
  const time = new Date(seconds * 1_000)
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, time, body)).join(' '),
  }
}
