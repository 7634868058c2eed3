import { type ChildProcess, spawn } from 'node:child_process'
import { freePort } from '../../test/support/free-port.ts'
import { findTool } from './find-tool.ts'
import { SEARCHED_BY } from './searched-by.ts'
import { untilReady } from './until-ready.ts'

export interface DevServer {
  readonly address: string
  readonly child: ChildProcess
}

export interface DevServerSettings {
  /** The file that holds its state: the same one again is the same cluster. */
  readonly file: string
  /** Default: any free one. */
  readonly port?: number
  /** Whether its namespace knows from the start what runs are searched by. Default: yes. */
  readonly isSearchable?: boolean
}

/** Temporal's development server, ready. Whoever starts it ends it. Throws when no tool is found, or it does not come up. */
export async function startDevServer({ file, port, isSearchable = true }: DevServerSettings): Promise<DevServer> {
  const tool = findTool()
  if (tool === undefined)
    throw new Error(
      'There is no Temporal command-line tool. Build it with `npm run temporal:install`, or put one on PATH.',
    )
  const at = port ?? (await freePort())
  const child = spawn(
    tool,
    [
      'server',
      'start-dev',
      '--headless',
      '--ip=127.0.0.1',
      `--port=${at}`,
      `--db-filename=${file}`,
      '--log-level=error',
      // A name that is added later is known only after a while.
      ...(isSearchable ? SEARCHED_BY.map((name) => `--search-attribute=${name}=Keyword`) : []),
      // As it ships it looks at most twenty times a second for what is to be done next.
      '--dynamic-config-value=history.transferProcessorMaxPollRPS=1000',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const address = `127.0.0.1:${at}`
  await untilReady(address, child, ({ workflowService }) => workflowService.describeNamespace({ namespace: 'default' }))
  return { address, child }
}
