/** What was measured, as data: the page and its charts are made from it, and a run of one scenario replaces only its own part. */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { z } from 'zod'

const FigureRow = z.object({
  what: z.string(),
  value: z.number(),
  unit: z.enum(['runs', 'times', 'runs/s', 'approvals/s', 'ms', 's', 'MB', 'bytes', 'rows', 'rows/s', '%', '×']),
  range: z.tuple([z.number(), z.number()]).readonly().optional(),
  durable: z.string().optional(),
})
const CaseRow = z.object({
  database: z.enum(['pglite', 'postgres']),
  durability: z.enum(['travelling', 'each']),
  figures: z.array(FigureRow),
})
const Measured = z.object({
  on: z.string(),
  machine: z.string(),
  command: z.string(),
  cases: z.array(CaseRow),
})
const Results = z.record(z.string(), Measured)

export type CaseRow = z.infer<typeof CaseRow>
export type Measured = z.infer<typeof Measured>
/** By the name of the scenario. */
export type Results = z.infer<typeof Results>

const file = new URL('../results.json', import.meta.url)

export function readResults(): Results {
  try {
    return Results.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
}

export const writeResults = (results: Results): void => writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)

export const isOf =
  (of: Pick<CaseRow, 'database' | 'durability'>) =>
  ({ database, durability }: CaseRow): boolean =>
    database === of.database && durability === of.durability

/** A figure of a case by its name; undefined when it was not measured. */
export const valueOf = (
  results: Results,
  scenario: string,
  of: Pick<CaseRow, 'database' | 'durability'>,
  what: string,
): number | undefined => results[scenario]?.cases.find(isOf(of))?.figures.find((figure) => figure.what === what)?.value

export function machineNow(): string {
  const [processor] = cpus()
  return `${cpus().length} × ${processor?.model.trim() ?? 'unknown processor'}, Node ${process.version}`
}
