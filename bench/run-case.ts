import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Case, Figure, Progress } from './scenarios/scenario.ts'

export interface CaseStart extends Case {
  readonly scenario: string
}
export type FromCase =
  | { readonly kind: 'progress'; readonly share: number; readonly what: string }
  | { readonly kind: 'figures'; readonly figures: readonly Figure[] }

const file = fileURLToPath(new URL('./scenario-process.ts', import.meta.url))

/** Runs a case in a process of its own, whose words go where ours go. */
export async function runCase(start: CaseStart, progress: Progress): Promise<readonly Figure[]> {
  const child = fork(file, [JSON.stringify(start)], { execArgv: ['--expose-gc'] })
  let figures: readonly Figure[] | undefined
  child.on('message', (message: FromCase) => {
    if (message.kind === 'figures') figures = message.figures
    else progress(message.share, message.what)
  })
  await once(child, 'exit')
  if (figures === undefined)
    throw new Error(`${start.scenario} on ${start.database}, ${start.durability}, ended without figures`)
  return figures
}
