import { cancellationSignal, activityInfo } from '@temporalio/activity'
import type { Accounts } from '../../src/connectors/accounts.ts'
import { ConnectorMetrics } from '../../src/connectors/metrics.ts'
import { openSystems } from '../../src/connectors/open-systems.ts'
import type { Personal } from '../../src/flow/personal.ts'
import type { FullContext } from '../../src/flow/step.ts'
import { SAMPLE_TENANT } from '../../src/seed/organisation.ts'
import { workflows } from '../../src/workflows/index.ts'
import { STEPS } from './partner-by-hand.ts'

const PATIENCE_MS = 30_000

/** Nobody has said that they want no mail. None of the vendors of a partner approval asks the database itself. */
const noLedger = {
  // There is none, and whoever asked it would fail at once.
  database: undefined as never,
  contacts: {
    note: async () => {},
    of: async () => ({ wroteAt: undefined, stopped: false }),
    stopUrl: () => 'http://127.0.0.1/stop',
  },
}

/** As readable as it was, in the only shape that the steps take. */
export const unsealed = (value: string): Personal => ({
  sealed: `v1.by-hand.${Buffer.from(value).toString('base64url')}`,
})
const readable = ({ sealed }: Personal): string =>
  Buffer.from(sealed.slice(sealed.lastIndexOf('.') + 1), 'base64url').toString()

/** The steps of the product as activities: the same calls of the same vendors, with nothing kept before or after them. */
export function activitiesOf(
  accounts: Accounts,
  onMade: (run: string, step: string, result: unknown) => void,
): Readonly<Record<string, (input: unknown) => Promise<unknown>>> {
  const steps = workflows.find(({ contract }) => contract.name === 'partner-approval')?.steps ?? {}
  const systems = openSystems(accounts, {
    memory: { used: async () => [], note: async () => {} },
    metrics: new ConnectorMetrics(),
    ...noLedger,
  })
  const contextOf = (run: string, step: string): FullContext => {
    const key = `${run}/${step}`
    const now = Date.now()
    const abort = cancellationSignal()
    const of = { tenant: SAMPLE_TENANT, key, now, abort }
    const scope = {
      ...of,
      mode: 'make',
      deadline: now + PATIENCE_MS,
      begin: () => {},
      sightings: async () => [],
    } as const
    const services = {
      personal: { open: async (value: Personal) => readable(value) },
      links: { answer: async () => `http://127.0.0.1/answer/${key}` },
      kept: { put: () => {} },
    }
    // Nothing is sealed here, a link leads nowhere and nothing is kept: that is what makes it the version by hand.
    return { ...systems(scope), ...of, ...services, run } as unknown as FullContext
  }
  return Object.fromEntries(
    STEPS.map((name) => [
      name,
      async (input: unknown) => {
        const run = activityInfo().workflowExecution?.workflowId ?? ''
        const result = await steps[name]?.perform(contextOf(run, name), input)
        onMade(run, name, result)
        return result
      },
    ]),
  )
}
