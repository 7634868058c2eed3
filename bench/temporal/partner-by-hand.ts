/**
 * Partner approval for Temporal alone: the very flow of the product, each of its steps an activity and each of its waits a signal.
 * No ledger, no undo, no reminders, nothing sealed: what a first version written with Temporal's own SDK has.
 */
import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow'
import type { Activation, PartnerApplication } from '../../src/workflows/sales/partner-approval/contract.ts'
import { partnerApproval } from '../../src/workflows/sales/partner-approval/workflow.ts'

/** What a person, the partner or a vendor says to a run: what its wait of that name ends with. */
export interface Told {
  readonly wait: string
  readonly value: unknown
}
export const told = defineSignal<[Told]>('told')

/** Those that the way from the application to the welcome takes. */
export const STEPS = [
  'openRecord',
  'acknowledge',
  'scoreFit',
  'draftTerms',
  'sendTerms',
  'noticeByWhatsApp',
  'sendEnvelope',
  'activateRecord',
  'grantPortalAccess',
  'welcome',
] as const

type Activity = (input: unknown) => Promise<unknown>

/** A step that cannot be made ends the bench, which would wait for ever. */
const activities = proxyActivities<Record<(typeof STEPS)[number] | 'ask', Activity>>({
  startToCloseTimeout: '30s',
  retry: { maximumAttempts: 3 },
})

export async function partnerByHand(application: PartnerApplication): Promise<Activation> {
  const said = new Map<string, unknown>()
  setHandler(told, ({ wait, value }) => void said.set(wait, value))
  const heard = async (wait: string): Promise<unknown> => {
    await condition(() => said.has(wait))
    return said.get(wait)
  }
  const gate = (name: string) => async (packet: unknown) => {
    await activities.ask({ gate: name, packet })
    return { outcome: 'approved', by: ['by hand'], value: await heard(name) }
  }
  const wait = (name: string) => async () => ({ timedOut: false, value: await heard(name) })
  const flow = {
    ...Object.fromEntries(STEPS.map((name) => [name, activities[name]])),
    managerReview: gate('managerReview'),
    legalReview: gate('legalReview'),
    executiveApproval: gate('executiveApproval'),
    partnerReply: wait('partnerReply'),
    agreementSigned: wait('agreementSigned'),
    agreementDeclined: wait('agreementDeclined'),
    race: (branches: Readonly<Record<string, (branch: unknown) => Promise<unknown>>>) =>
      Promise.race(Object.entries(branches).map(async ([winner, branch]) => ({ winner, value: await branch(flow) }))),
  }
  // What the flow calls on the way that the bench takes, and nothing of the language beside it.
  return partnerApproval(flow as never, application)
}
