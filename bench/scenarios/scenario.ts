import type { Database } from '../../src/ledger/database/database.ts'
import type { Durability } from '../world/world.ts'

/** One thing that is measured. Each case runs in a process of its own, so that none disturbs the next. */
export interface Scenario {
  /** As `--only` takes it. */
  readonly name: string
  readonly title: string
  /** What is measured, from where to where. */
  readonly measures: string
  /** What is on disk when the caller is answered; a figure may say otherwise of itself. */
  readonly durable: string
  /** Default: both. */
  readonly databases?: readonly Database['kind'][]
  /** Default: both. Only the first where the mode makes no difference. */
  readonly durabilities?: readonly Durability[]
  /** Which of Temporal's servers stands beside it, where one does. */
  readonly server?: TemporalServer
  run(of: Case, progress: Progress): Promise<readonly Figure[]>
}

/** The development server keeps its state in a file, the full one in a Postgres of its own. */
export type TemporalServer = 'development' | 'full'

export interface Case {
  readonly database: Database['kind']
  readonly durability: Durability
  /** So small that it shows only that the scenario works. */
  readonly isQuick: boolean
  /** How long processes are killed, where that is what is done. Default: as the scenario says. */
  readonly minutes?: number | undefined
}

/** How much of the whole is done, from 0 to 1, and what is done now. */
export type Progress = (share: number, what: string) => void

export interface Figure {
  readonly what: string
  readonly value: number
  readonly unit: Unit
  /** The least and the most of the rounds, when `value` is the middle one of several. */
  readonly range?: readonly [number, number]
  readonly durable?: string
}
export type Unit =
  | 'runs'
  | 'times'
  | 'runs/s'
  | 'approvals/s'
  | 'ms'
  | 's'
  | 'MB'
  | 'bytes'
  | 'rows'
  | 'rows/s'
  | '%'
  | '×'

const databases = ['pglite', 'postgres'] as const
const durabilities = ['travelling', 'each'] as const

/** The cases of a scenario, in the order in which they are measured. */
export const casesOf = (scenario: Scenario): readonly Pick<Case, 'database' | 'durability'>[] =>
  (scenario.databases ?? databases).flatMap((database) =>
    (scenario.durabilities ?? durabilities).map((durability) => ({ database, durability })),
  )
