import { isIP } from 'node:net'
import { Agent, request } from 'undici'
import { wasNeverSent } from '../connectors/http-exchange.ts'
import { type AddressRules, hostOf } from '../connectors/address-rules.ts'
import { rememberingConnector } from '../connectors/never-connected.ts'
import { untrustedCertificate } from '../connectors/untrusted-certificate.ts'
import type { Answer } from './attempt-end.ts'
import type { Post } from './delivery.ts'

/** Of the answer only its status and `Retry-After` count; this much of the rest is read so that the other side can end its answer. */
const ANSWER_BYTES_MAX = 64 * 1024

/** Posts JSON to an address of a customer. Follows no redirect, and opens a connection of its own for each request. */
export function postTo(rules: AddressRules): Post {
  const agent = new Agent({ allowH2: false, connect: rememberingConnector({ lookup: rules.lookup }) })
  return async ({ url, headers, body, signal }): Promise<Answer> => {
    const address = new URL(url)
    // A host that is an address is not looked up.
    if (isIP(hostOf(address)) !== 0 && !rules.isAllowed(hostOf(address))) return { kind: 'not sent' }
    try {
      const answer = await request(address, {
        dispatcher: agent,
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'sijil-webhooks' },
        body,
        signal,
        reset: true,
      })
      await answer.body.dump({ limit: ANSWER_BYTES_MAX, signal }).catch(() => undefined)
      const after = answer.headers['retry-after']
      return { kind: 'answered', status: answer.statusCode, retryAfter: typeof after === 'string' ? after : null }
    } catch (error) {
      if (untrustedCertificate(error) !== undefined) return { kind: 'untrusted' }
      return { kind: wasNeverSent(error) ? 'not sent' : 'no answer' }
    }
  }
}
