import type { Scenario } from './scenario.ts'

/** What needs Temporal's command-line tool. Temporal's own library is large, and no other scenario needs it: it is loaded here. */
const onPostgres = { databases: ['postgres'], durabilities: ['each'] } as const

const throughput: Scenario = {
  name: 'temporal-throughput',
  title: 'On Temporal',
  measures:
    'three-step runs on the local engine, on Temporal through our engine, and by hand with Temporal’s SDK (the same three activities, nothing sealed and nothing audited), one after another on one machine; the same development server on a file, the ledger on Postgres',
  durable: 'the end of the run and everything before it',
  ...onPostgres,
  async run(of, progress) {
    const { measureThroughput } = await import('../temporal/measure-throughput.ts')
    return measureThroughput(of, progress)
  },
}

const paused: Scenario = {
  name: 'temporal-paused',
  title: '10,000 paused runs on Temporal',
  measures:
    'a step, then a gate at which each run waits for a person: memory of the worker’s process (the bench and the sealer are in it) and of the development server, and from the moment a decision is submitted to the moment the `do` of the next step begins, one after another, for runs that paused first and last alike',
  durable: 'the decision, its audit row and the letter that wakes the run',
  ...onPostgres,
  async run(of, progress) {
    const { measurePaused } = await import('../temporal/measure-paused.ts')
    return measurePaused(of, progress)
  },
}

const kills: Scenario = {
  name: 'temporal-kills',
  title: 'Workers and Temporal killed under load',
  measures:
    'partner approvals on Temporal over two processes of `sijil serve` on one ledger, of which one is killed with -9 every few seconds, and twice the development server under both (its state in a file); then everything that was acknowledged is held against the ledger, and the ledger against the vendors: where anything is lost or doubled there are no figures, and the bench ends with 1',
  durable: '–',
  ...onPostgres,
  async run(of, progress) {
    const { measureKills } = await import('../temporal/measure-kills.ts')
    return measureKills(of, progress)
  },
}

export const temporal: readonly Scenario[] = [throughput, paused, kills]
