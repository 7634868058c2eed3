import type { Rehearsal } from '../connectors/webhook.ts'

/** Whether our own public address leads to the webhooks of an account. */
export interface WebhookReached {
  readonly address: string
  readonly state: 'up' | 'down'
  /** What stands in the way. */
  readonly message?: string
}

/**
 * Goes the way that the vendor goes, through whatever proxy stands before us. A webhook that nobody signed must be refused by us and
 * nobody else; a vendor that asks first whether the address is ours is played with its own question. Nothing is recorded.
 */
export async function reachWebhook(
  address: string,
  rehearsal: Rehearsal | undefined,
  signal: AbortSignal,
): Promise<WebhookReached> {
  try {
    const unsigned = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
      redirect: 'manual',
      signal,
    })
    if (unsigned.status !== 401 || !(await unsigned.text()).includes('BAD_SIGNATURE'))
      return down(
        address,
        `Something else answers there (HTTP ${unsigned.status}). See SIJIL_PUBLIC_URL and the proxy.`,
      )
    if (rehearsal === undefined) return { address, state: 'up' }
    const asked = await fetch(`${address}?${rehearsal.question.toString()}`, { redirect: 'manual', signal })
    if (asked.status === 200 && (await asked.text()) === rehearsal.answer) return { address, state: 'up' }
    return down(address, `The vendor’s question was answered with HTTP ${asked.status}.`)
  } catch {
    return down(address, 'Nobody answers there. See SIJIL_PUBLIC_URL and the proxy.')
  }
}

const down = (address: string, message: string): WebhookReached => ({ address, state: 'down', message })
