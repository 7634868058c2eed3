/**
 * The three moments at which the death of a process could lose an effect or double it, for every operation of every connector
 * that changes something: before a byte was sent, after the vendor acted and before its answer was on record, and after that.
 * A real run in a real ledger makes the operation against the sandbox; another process then goes on. What the vendor's own
 * record shows must be one act at most, and where nobody can tell, the effect must be in doubt and listed.
 */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { readAccounts } from '../../src/connectors/settings.ts'
import { receiveVendorEvents } from '../../src/engine/commands/vendor-events.ts'
import type { OpenSystems } from '../../src/engine/systems.ts'
import type { SystemName } from '../../src/flow/effect.ts'
import { listUnsettledEffects } from '../../src/ledger/reading/effects.ts'
import { type TestRun, TestWorld } from '../../src/testing/index.ts'
import type { Subject } from '../../sandbox/connector-suite.ts'
import { startSandbox } from '../../sandbox/sandbox.ts'
import { startWorld, type World } from '../../sandbox/test-world.ts'
import { VENDORS } from '../../sandbox/vendors.ts'
import * as deskHttp from '../../sandbox/vendors/desk-http/subjects.ts'
import * as adobeSign from '../../sandbox/vendors/adobe-sign/subjects.ts'
import * as deskMail from '../../sandbox/vendors/desk-mail/subjects.ts'
import * as calCom from '../../sandbox/vendors/cal-com/subjects.ts'
import * as docusign from '../../sandbox/vendors/docusign/subjects.ts'
import * as hubspot from '../../sandbox/vendors/hubspot/subjects.ts'
import * as s3 from '../../sandbox/vendors/s3/subjects.ts'
import * as salesforce from '../../sandbox/vendors/salesforce/subjects.ts'
import * as smtp from '../../sandbox/vendors/smtp/subjects.ts'
import * as twilio from '../../sandbox/vendors/twilio/subjects.ts'
import * as unifonic from '../../sandbox/vendors/unifonic/subjects.ts'
import * as whatsapp from '../../sandbox/vendors/whatsapp/subjects.ts'
import { ledgerForSuite } from '../support/databases.ts'
import { oneStep, policies } from './one-step.ts'

const subjects: readonly Subject[] = [
  smtp.sendMail,
  whatsapp.sendTemplate,
  whatsapp.sendText,
  twilio.sendText,
  unifonic.sendText,
  hubspot.savePartner,
  salesforce.savePartner,
  deskHttp.openTask,
  deskHttp.withdrawTask,
  deskMail.openTask,
  deskMail.withdrawTask,
  docusign.sendEnvelope,
  docusign.voidEnvelope,
  s3.put,
  s3.remove,
  docusign.remindSigners,
  adobeSign.sendEnvelope,
  adobeSign.voidEnvelope,
  adobeSign.remindSigners,
  calCom.book,
  calCom.reschedule,
  calCom.cancel,
]

const WINDOWS = ['before sending', 'the vendor acted', 'recorded'] as const
type Window = (typeof WINDOWS)[number]

suite('a process that dies around one call', () => {
  const database = ledgerForSuite('pglite')
  for (const subject of subjects)
    for (const window of WINDOWS)
      test(`${subject.vendor} ${subject.operation}, ${window}: once, or in doubt and listed`, async () => {
        const vendor = await startWorld({ settingsFor: [subject.vendor] })
        await subject.opens?.(vendor)
        const system = vendor.connector(subject.vendor).connector.system
        const workflows = [oneStep(subject, system)]
        const world = await TestWorld.open({
          database: database(),
          workflows,
          policies,
          openSystems: (scope) => dying(vendor, system, world)(scope),
        })
        try {
          const prepared = await subject.prepare?.(vendor.open({ mode: 'make', key: 'prepared/act#1' }))
          world.crashAt(windowAt(window))
          const run = await world.start('act-once', prepared ?? '')
          await world.settle()
          assert.ok(world.isDead, 'it died')
          // What a mere hint makes us read from the vendor is no further attempt.
          await vendor.sandbox.webhooks.settled()
          const requestsBefore = vendor.sandbox.requests().length
          await world.reopen()
          await hearOfIt(vendor, world)
          await goOn(world, run)
          const acts = vendor.sandbox.acts().filter(({ action, key }) => action === subject.action && isOf(run, key))
          const { status, outcome } = await run.view()
          const listed = await listUnsettledEffects(world.database, world.tenant)
          if (isInDoubt(subject, window)) {
            assert.equal(acts.length, window === 'before sending' ? 0 : 1)
            assert.deepEqual(
              listed.map(({ run: of, state }) => ({ of, state })),
              [{ of: run.id, state: 'in_doubt' }],
            )
          } else {
            assert.equal(acts.length, 1)
            assert.deepEqual({ status, outcome, listed }, { status: 'ended', outcome: 'completed', listed: [] })
          }
          if (window === 'recorded') assert.equal(vendor.sandbox.requests().length, requestsBefore)
        } finally {
          await world.close()
          await vendor.close()
        }
      })
})

test('every operation that changes something at a vendor is a subject', async () => {
  const changing = new Set<string>()
  for (const { key } of VENDORS) {
    const one = await startSandbox({ httpPort: 0, smtpPort: 0, settingsFor: [key] })
    for (const { connector, operations } of readAccounts(one.settings).all)
      for (const [name, { kind }] of Object.entries(operations))
        if (kind === 'changing' && connector.key === key) changing.add(`${connector.key} ${name}`)
    await one.close()
  }
  const tried = subjects.map(({ vendor, operation }) => `${vendor} ${operation}`)
  assert.deepEqual([...changing].toSorted(), tried.toSorted())
})

/** The connectors for one attempt, with points at which the process may die. */
const dying =
  (vendor: World, system: SystemName, world: TestWorld): OpenSystems =>
  (scope) => {
    const systems = vendor.open({
      ...scope,
      // The one that the vendor's webhooks name.
      tenant: 'demo',
      begin: () => {
        scope.begin()
        world.reach('before sending')
      },
    })
    const methods = Object.entries<(request: unknown) => Promise<unknown>>(systems[system] as never)
    const watched = methods.map(([name, method]): readonly [string, typeof method] => [
      name,
      async (request) => {
        const answer = await method(request)
        world.reach('the vendor acted')
        return answer
      },
    ])
    return { ...systems, [system]: Object.fromEntries(watched) }
  }

/** The first write after the vendor acted is the one with its answer. */
function windowAt(window: Window): (what: string) => boolean {
  if (window !== 'recorded') return (what) => what === window
  let hasActed = false
  return (what) => {
    hasActed ||= what === 'the vendor acted'
    return hasActed && what === 'after a write'
  }
}

/** What only a webhook can tell may stay in doubt for ever. */
function isInDoubt({ acted, notActed }: Subject, window: Window): boolean {
  if (window === 'recorded') return false
  return (window === 'before sending' ? notActed : acted) === 'unknown'
}

const isOf = (run: TestRun, key: string | undefined) => key?.includes(run.id) ?? false

/** The vendor's webhooks arrive while the new process is at work. */
async function hearOfIt(vendor: World, world: TestWorld): Promise<void> {
  await vendor.sandbox.webhooks.settled()
  await receiveVendorEvents(world.parts, world.tenant, vendor.events)
  await world.settle()
}

/** Lets time pass until the run has ended, or waits for a person. */
async function goOn(world: TestWorld, run: TestRun): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) {
    const { status, effects } = await run.view()
    if (status === 'ended' || effects.some(({ state }) => state === 'in_doubt')) return
    const due = Math.max(...effects.map(({ retryAt, deadlineAt }) => Math.max(retryAt ?? 0, deadlineAt ?? 0)))
    await world.advanceTo(Math.max(due, world.now + 10_000))
  }
  assert.fail('the run does not come to an end')
}
