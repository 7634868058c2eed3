import { z } from 'zod'
import '../../src/connectors/systems.ts'
import '../../src/engine/services.ts'
import { call, contract, days, type Flow, step, workflow } from '../../src/flow/index.ts'
import type { SystemName, Systems } from '../../src/flow/effect.ts'
import type { Workflow } from '../../src/flow/workflow.ts'
import type { Subject } from '../../sandbox/connector-suite.ts'

const part = { en: 'Part', ar: 'جزء' } as const

export const policies = { act: 'A' } as const

/** A workflow of one step, which calls the operation of the subject with what was prepared for it. */
export function oneStep(subject: Subject, system: SystemName): Workflow {
  const acting = contract({
    name: 'act-once',
    version: 1,
    title: part,
    lasts: { from: days(1), to: days(30) },
    input: z.string(),
    output: z.string(),
    endings: {},
    gates: {},
    signals: {},
  })
  const steps = {
    act: step({
      title: part,
      effect: call(system, 'act'),
      input: z.string(),
      output: z.string(),
      // The context has the one system that the effect names, and the subject reaches for no other.
      do: async (ctx, prepared) => JSON.stringify(await subject.call(ctx as Systems, prepared)),
      irreversible: 'this flow ends with it',
    }),
  }
  return workflow({
    contract: acting,
    steps,
    flow: (flow: Flow<typeof acting, typeof steps>, prepared: string) => flow.act(prepared),
  })
}
