import { Refusal } from '../engine/commands/refusal.ts'
import type { Words } from '../engine/commands/words.ts'
import { noteContactWord } from '../ledger/contact-words.ts'
import { readLedgerTime } from '../ledger/reading/ledger-time.ts'
import { readTenant } from '../ledger/reading/organisation.ts'
import type { DecisionParts } from './decision-parts.ts'
import type { Links, StopLink } from './links.ts'

/** Who is asked to write no more, for the page. Throws `Refusal` LINK_BAD. */
export async function readStopLink(
  { database }: Pick<DecisionParts, 'database'>,
  links: Links,
  token: string,
): Promise<{ readonly link: StopLink; readonly organisation: Words }> {
  const link = links.read('stop', token, await readLedgerTime(database))
  const tenant = await readTenant(database, link.tenant)
  if (tenant === undefined) throw new Refusal('LINK_BAD')
  return { link, organisation: { en: tenant.nameEn, ar: tenant.nameAr } }
}

/** When this settles it is durable, and promotions to them are refused. Said again it changes nothing. */
export async function stopByLink({ database }: Pick<DecisionParts, 'database'>, link: StopLink): Promise<void> {
  const { tenant, channel, contact } = link
  const at = await readLedgerTime(database)
  await database.transaction({ role: 'member', tenant }, (session) =>
    noteContactWord(session, tenant, { channel, account: '', contact, word: 'stop', at }, 'link'),
  )
}
