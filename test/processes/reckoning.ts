import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { RunView } from './book.ts'
import { problemsIn } from './problems.ts'
import type { Scene } from './scene.ts'
import { type Server, sijil } from './server.ts'
import { Fault } from './trail.ts'

const Listed = z.object({ runs: z.array(z.object({ id: z.string() })), next: z.string().optional() })
const OpenTasks = z.object({ tasks: z.array(z.object({ id: z.string(), kind: z.string() })) })
const Digest = z.object({ digest: z.string() })
const WEBHOOKS_MS = 180_000

export interface Reckoned {
  readonly runs: number
  /** How often a worker took a run over from one whose lease had run out. */
  readonly takenOver: number
  /** Of the runs, those that Temporal drove. */
  readonly onTemporal: number
}

/** When all work is done: nothing acknowledged is lost, nothing is doubled, and the ledger proves itself. Throws a `Fault`. */
export async function reckon(scene: Scene, servers: readonly Server[]): Promise<Reckoned> {
  await webhooksArrive(scene)
  await closeLateSignals(scene)
  const runs = await allRuns(scene)
  const { book, vendors, office } = scene
  const problems = [
    ...problemsIn({ book, runs, acts: vendors.acts(), stageOf: (run) => vendors.stageOf(run) }),
    ...scene.errors.map((line) => `the log tells of an error: ${line.slice(0, 2_000)}`),
  ]
  const verified = await office.ask({ person: 'yousef', method: 'POST', path: '/ledger/verify' })
  if (!/"findings":\s*\[\]/.test(verified.text)) problems.push(`the server verifies: ${verified.text.slice(0, 2_000)}`)
  for (const server of servers) await server.signal('SIGTERM')
  const { code, said } = await sijil(['db', 'verify', '--json'], scene.environment())
  if (code !== 0) problems.push(`db verify ended with ${code}: ${said.slice(0, 2_000)}`)
  if (problems.length > 0) throw new Fault(problems.join('\n'))
  const takenOver = runs.flatMap(({ audit }) => audit.filter(({ what }) => what === 'run.taken_over')).length
  const onTemporal = runs.filter(({ engine }) => engine === 'temporal').length
  return { runs: runs.length, takenOver, onTemporal }
}

async function webhooksArrive({ vendors }: Scene): Promise<void> {
  for (const giveUpAt = performance.now() + WEBHOOKS_MS; vendors.undelivered > 0; await pause(200))
    if (performance.now() > giveUpAt) throw new Fault(`${vendors.undelivered} webhooks are not taken`)
}

/** What a vendor told of a run that had ended is looked at by an operator. */
async function closeLateSignals({ office }: Scene): Promise<void> {
  const told = await office.ask({ person: 'yousef', method: 'GET', path: '/tasks?limit=500' })
  for (const { id, kind } of OpenTasks.parse(JSON.parse(told.text)).tasks) {
    if (kind !== 'late signal') throw new Fault(`the task ${id} is open when all is done`)
    const task = await office.ask({ person: 'yousef', method: 'GET', path: `/tasks/${id}` })
    const body = { verdict: 'approve', digest: Digest.parse(JSON.parse(task.text)).digest }
    const decided = await office.ask({ person: 'yousef', method: 'POST', path: `/tasks/${id}/decisions`, body })
    if (decided.status !== 200) throw new Fault(`a late signal: ${decided.status} ${decided.text}`)
  }
}

async function allRuns({ office }: Scene): Promise<readonly RunView[]> {
  const runs: RunView[] = []
  for (let after: string | undefined = ''; after !== undefined; ) {
    const path = `/runs?limit=500${after === '' ? '' : `&after=${after}`}`
    const page = Listed.parse(JSON.parse((await office.ask({ person: 'noura', method: 'GET', path })).text))
    for (const { id } of page.runs) runs.push(await office.run(id))
    after = page.next
  }
  return runs
}
