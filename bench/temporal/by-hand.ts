import type { Client } from '@temporalio/client'
import { NativeConnection, Worker, type WorkflowBundleOption } from '@temporalio/worker'
import { v7 } from 'uuid'
import type { threeStepsByHand } from './workflows.ts'

/** As our own run carries it, unsealed. */
export interface Counted {
  readonly n: number
  readonly email: string
}

const TASK_QUEUE = 'by-hand'

/** The same three activities as somebody writes them with Temporal's own SDK: nothing else is kept, nothing is sealed. */
export async function openByHand(
  address: string,
  client: Client,
  workflowBundle: WorkflowBundleOption,
  opened: AsyncDisposableStack,
): Promise<() => Promise<void>> {
  const connection = opened.adopt(await NativeConnection.connect({ address }), (one) => one.close())
  const worker = await Worker.create({
    connection,
    taskQueue: TASK_QUEUE,
    workflowBundle,
    activities: { add: async ({ n, email }: Counted): Promise<Counted> => ({ n: n + 1, email }) },
  })
  const running = worker.run()
  opened.defer(async () => {
    worker.shutdown()
    await running
  })
  let count = 0
  return async () => {
    count += 1
    const counted: Counted = { n: 1, email: `person-${count % 1_000}@example.com` }
    const options = { taskQueue: TASK_QUEUE, workflowId: v7(), args: [counted] as const }
    const result = await client.workflow.execute<typeof threeStepsByHand>('threeStepsByHand', options)
    if (result.n !== 4) throw new Error(`three steps by hand counted to ${result.n}`)
  }
}
