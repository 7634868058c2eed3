import type { Scenario } from './scenario.ts'

export const temporal: Scenario = {
  name: 'temporal',
  title: 'On Temporal',
  measures:
    'three-step runs on the local engine, on Temporal through our engine, and by hand with Temporal’s SDK (the same three activities, nothing sealed and nothing audited), one after another on one machine; the same development server on a file, the ledger on Postgres',
  durable: 'the end of the run and everything before it',
  databases: ['postgres'],
  durabilities: ['each'],
  async run(of, progress) {
    // Temporal's own library is large, and nobody else needs it.
    const { measureTemporal } = await import('../temporal/measure-temporal.ts')
    return measureTemporal(of, progress)
  },
}
