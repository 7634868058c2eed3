import { measure } from '../measure.ts'
import { openApprovals } from '../world/open-approvals.ts'
import type { Scenario } from './scenario.ts'

const CONCURRENT = 50

export const partnerApproval: Scenario = {
  name: 'partner-approval',
  title: 'Whole partner approvals',
  measures:
    'the workflow of the product over its own server, from the application to the welcome: three decisions taken at once, an answer, two signatures, seven calls of four vendors that run in a process of their own on this machine and tell us by signed webhooks; somebody looks what is asked of people whenever the engine has committed',
  durable: 'the end of the run; every intent before its call, every outcome after it',
  durabilities: ['travelling'],
  async run(of, progress) {
    await using opened = new AsyncDisposableStack()
    const approvals = await openApprovals(of, opened)
    const runs = of.isQuick ? 2 : 500
    let done = 0
    const work = async (): Promise<void> => {
      await approvals.run()
      done += 1
      progress(Math.min(1, done / (runs * 1.5)), 'partners are approved')
    }
    const many = await measure({ runs, concurrent: of.isQuick ? 2 : CONCURRENT }, work)
    const alone = await measure({ runs: of.isQuick ? 1 : 50, concurrent: 1 }, work)
    return [
      { what: `approvals at ${CONCURRENT} concurrent`, value: many.perSecond, unit: 'approvals/s' },
      { what: `one of ${CONCURRENT}, p50`, value: many.p50Ms, unit: 'ms' },
      { what: `one of ${CONCURRENT}, p99`, value: many.p99Ms, unit: 'ms' },
      { what: 'one alone, p50', value: alone.p50Ms, unit: 'ms' },
      { what: 'one alone, p99', value: alone.p99Ms, unit: 'ms' },
    ]
  },
}
