import type { Scenario, TemporalServer } from './scenario.ts'

/** What needs a Temporal server. Temporal's own library is large, and no other scenario needs it: it is loaded here. */
const onPostgres = { databases: ['postgres'], durabilities: ['each'] } as const

/** The same scenarios for each server, told apart by their names. */
const servers: Record<TemporalServer, { readonly prefix: string; readonly title: string; readonly inWords: string }> = {
  development: { prefix: 'temporal', title: 'Temporal', inWords: 'the development server on a file' },
  full: {
    prefix: 'temporal-full',
    title: 'Temporal’s full server',
    inWords: 'the full server (four services in one process, four shards) on a Postgres of its own',
  },
}

const throughput = (server: TemporalServer): Scenario => ({
  name: `${servers[server].prefix}-throughput`,
  title: `Three-step runs on ${servers[server].title}`,
  measures: `three-step runs on the local engine, on Temporal through our engine, and by hand with Temporal’s SDK (the same three activities, nothing sealed and nothing audited), one after another on one machine; the same Temporal for both: ${servers[server].inWords}; the ledger on Postgres`,
  durable: 'the end of the run and everything before it',
  server,
  ...onPostgres,
  async run(of, progress) {
    const { measureThroughput } = await import('../temporal/measure-throughput.ts')
    return measureThroughput(of, server, progress)
  },
})

const approvals = (server: TemporalServer): Scenario => ({
  name: `${servers[server].prefix}-approvals`,
  title: `Whole partner approvals on ${servers[server].title}`,
  measures: `the workflow of the product from the application to the welcome: on the local engine and on Temporal through our engine, over its own server as under *Whole partner approvals*; and by hand with Temporal’s SDK, where the same flow runs with every step an activity that makes the same calls, every wait a signal, and people who answer at once (nothing sealed, audited, kept or undone); vendors in a process of their own; ${servers[server].inWords}; the ledger on Postgres`,
  durable: 'the end of the run; every intent before its call, every outcome after it',
  server,
  ...onPostgres,
  async run(of, progress) {
    const { measureApprovals } = await import('../temporal/measure-approvals.ts')
    return measureApprovals(of, server, progress)
  },
})

const paused = (server: TemporalServer): Scenario => ({
  name: `${servers[server].prefix}-paused`,
  title: `10,000 paused runs on ${servers[server].title}`,
  measures: `a step, then a gate at which each run waits for a person: memory of the worker’s process (the bench and the sealer are in it) and of Temporal’s, ${servers[server].inWords}; then, one after another, from the moment a decision is submitted to the moment the \`do\` of the next step begins: for runs that paused last, which the worker still has in memory, and for those that paused first, whose history it must read again`,
  durable: 'the decision, its audit row and the letter that wakes the run',
  server,
  ...onPostgres,
  async run(of, progress) {
    const { measurePaused } = await import('../temporal/measure-paused.ts')
    return measurePaused(of, server, progress)
  },
})

const kills: Scenario = {
  name: 'temporal-kills',
  title: 'Workers and Temporal killed under load',
  measures:
    'partner approvals on Temporal over two processes of `sijil serve` on one ledger, of which one is killed with -9 every few seconds, and twice the development server under both (its state in a file); then everything that was acknowledged is held against the ledger, and the ledger against the vendors: where anything is lost or doubled there are no figures, and the bench ends with 1',
  durable: '–',
  server: 'development',
  ...onPostgres,
  async run(of, progress) {
    const { measureKills } = await import('../temporal/measure-kills.ts')
    return measureKills(of, progress)
  },
}

export const temporal: readonly Scenario[] = [
  throughput('development'),
  throughput('full'),
  approvals('development'),
  approvals('full'),
  paused('development'),
  paused('full'),
  kills,
]
