import type { Actor } from '../engine/commands/actor.ts'
import { definitionOf, type KnownRun, knownRun } from '../engine/commands/known-run.ts'
import { Refusal } from '../engine/commands/refusal.ts'
import type { Words } from '../engine/commands/words.ts'
import { deliver } from '../engine/commands/send-signal.ts'
import type { Schema } from '../flow/schema.ts'
import { parseTenantId } from '../ledger/ids.ts'
import { readLedgerTime } from '../ledger/reading/ledger-time.ts'
import { readTenant } from '../ledger/reading/organisation.ts'
import { hasSignal } from '../ledger/reading/run-facts.ts'
import type { DecisionParts } from './decision-parts.ts'
import type { AnswerLink, Links } from './links.ts'
import { actorOf } from './people.ts'

export interface DecisionPage {
  /** The person the link was made for; reads and decides the task as anybody else. */
  readonly actor: Actor
  readonly task: string
  readonly digest: string
}

/** Whom a decision link speaks for. Throws `Refusal` LINK_BAD, LINK_EXPIRED, NO_SUCH_PERSON. */
export async function readDecisionLink(parts: DecisionParts, links: Links, token: string): Promise<DecisionPage> {
  const { task, digest, ...of } = links.read('decision', token, await readLedgerTime(parts.database))
  const actor = await actorOf(parts.database, of, 'link')
  if (actor === undefined) throw new Refusal('NO_SUCH_PERSON')
  return { actor, task, digest }
}

export interface AnswerPage {
  /** Of the signal. */
  readonly title: Words
  readonly workflowTitle: Words
  readonly organisation: Words
  readonly fixed: AnswerLink['fixed']
  readonly expiresAt: number
  readonly language: 'ar' | 'en'
  /** What an answer must be, fixed fields included. */
  readonly payload: Schema
  /** It was answered already. */
  readonly used: boolean
}

/** What an outside person is shown. Throws `Refusal` LINK_BAD, LINK_EXPIRED. */
export async function readAnswerLink(parts: DecisionParts, links: Links, token: string): Promise<AnswerPage> {
  const { link, run } = await openedAnswer(parts, links, token)
  const { contract } = definitionOf(parts, run).workflow
  const signal = Object.hasOwn(contract.signals, link.signal) ? contract.signals[link.signal] : undefined
  const tenant = await readTenant(parts.database, link.tenant)
  if (signal === undefined || tenant === undefined) throw new Refusal('LINK_BAD')
  const { fixed, expiresAt, language } = link
  return {
    title: signal.title,
    workflowTitle: contract.title,
    organisation: { en: tenant.nameEn, ar: tenant.nameAr },
    fixed,
    expiresAt,
    language,
    payload: signal.payload,
    used: await parts.database.transaction({ role: 'member', tenant: link.tenant }, (session) =>
      hasSignal(session, link.tenant, run.id, signalId(link)),
    ),
  }
}

/**
 * An outside person answers; the link is used up with it. `late`: the run has ended, a person will look at the answer. Throws
 * `Refusal` LINK_BAD, LINK_EXPIRED, LINK_USED, INVALID_VALUE, VALUE_TOO_LARGE, TEXT_NOT_STORABLE; all but LINK_USED leave the
 * link as it was.
 */
export async function answerByLink(
  parts: DecisionParts,
  links: Links,
  token: string,
  payload: Readonly<Record<string, unknown>>,
): Promise<'accepted' | 'late'> {
  const { link, run } = await openedAnswer(parts, links, token)
  const by = { tenant: parseTenantId(link.tenant), person: 'outside person', source: 'link' }
  const { signal } = link
  const id = signalId(link)
  const answer = await deliver(parts, by, run, { signal, payload: { ...payload, ...link.fixed }, id })
  if (answer === 'duplicate') throw new Refusal('LINK_USED')
  return answer
}

const signalId = ({ id }: AnswerLink): string => `link/${id}`

async function openedAnswer(
  parts: DecisionParts,
  links: Links,
  token: string,
): Promise<{ readonly link: AnswerLink; readonly run: KnownRun }> {
  const link = links.read('answer', token, await readLedgerTime(parts.database))
  const run = await knownRun(parts, { tenant: parseTenantId(link.tenant) }, link.run)
  return { link, run }
}
