import type { Actor } from '../engine/commands/actor.ts'
import { demand } from '../engine/commands/permissions.ts'
import { Refusal } from '../engine/commands/refusal.ts'
import type { Database } from '../ledger/database/database.ts'
import { readLedgerTime } from '../ledger/reading/ledger-time.ts'
import type { Links, LogLink } from './links.ts'
import { actorOf } from './people.ts'

/** Long enough to look after a receiver that is mended, too short to be worth keeping. */
const GOOD_FOR_MS = 3_600_000

interface LinkParts {
  readonly database: Database
  readonly links: Links
}

/** A link of one's own to the page of outgoing webhooks. Whoever has it acts as the person, until it expires. Throws `Refusal` NOT_ALLOWED. */
export async function linkToLog(
  { database, links }: LinkParts,
  actor: Actor,
): Promise<{ readonly url: string; readonly expiresAt: number }> {
  demand(actor, 'tell systems')
  const expiresAt = (await readLedgerTime(database)) + GOOD_FOR_MS
  return { url: links.url({ kind: 'log', tenant: actor.tenant, person: actor.person, expiresAt }), expiresAt }
}

/**
 * Whom such a link speaks for. What the person may do is asked anew each time, so that a role that was taken away counts at once. Throws
 * `Refusal` LINK_BAD, LINK_EXPIRED, NO_SUCH_PERSON.
 */
export async function readLogLink(
  { database, links }: LinkParts,
  token: string,
): Promise<Pick<LogLink, 'expiresAt'> & { readonly actor: Actor }> {
  const { expiresAt, ...of } = links.read('log', token, await readLedgerTime(database))
  const actor = await actorOf(database, of, 'link')
  if (actor === undefined) throw new Refusal('NO_SUCH_PERSON')
  return { actor, expiresAt }
}
