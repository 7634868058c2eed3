/** A plan carried out over the scripted host, with vendors who note what they are asked and answer when they are let. */
import { Stuck } from '../../src/flow/endings.ts'
import type { Result } from '../../src/flow/drive.ts'
import type { Operation } from '../../src/flow/host.ts'
import {
  type Attempt,
  driveScripted,
  type Script,
  type ScriptedLedger,
  type ScriptedRun,
} from '../support/scripted-host.ts'
import { type Part, type Plan, partsOf } from './plan.ts'
import { planWorkflow, wordOf } from './plan-workflow.ts'

/** What reached a vendor, or what was kept inside: `made` or taken back, by the key of the step. */
export interface Act {
  readonly what: 'made' | 'taken back'
  readonly key: string
}

export interface PlanRun {
  readonly plan: Plan
  readonly ledger?: ScriptedLedger
  /** Before a vendor answers. */
  readonly answering?: (key: string) => Promise<void>
  readonly onAsk?: (operation: Operation) => void
  readonly onAct?: (act: Act) => void
}
export type PlanEnd = Result | { readonly outcome: 'stuck'; readonly code: string }

export function carryOutScripted({ plan, answering = async () => {}, onAct = () => {}, ...more }: PlanRun): {
  readonly end: Promise<PlanEnd>
  readonly acts: readonly Act[]
  readonly ledger: ScriptedLedger
  readonly cancel: () => void
} {
  const acts: Act[] = []
  const note = (what: Act['what'], key: string): void => {
    const act = { what, key: key.slice(key.indexOf('/') + 1) }
    acts.push(act)
    onAct(act)
  }
  const workflow = planWorkflow({
    note: (what, key) => (what === 'kept' ? note('made', key) : note('taken back', key.replace('undo ', ''))),
  })
  const open = ({ key }: Attempt) => {
    const call = async <T>(answer: T): Promise<T> => {
      if (key.includes('/undo ')) note('taken back', key.replace('undo ', ''))
      else note('made', key)
      await answering(key)
      return answer
    }
    return {
      kept: { put: () => {} },
      crm: { savePartner: () => call({ recordId: '', created: true }) },
      esign: { sendEnvelope: () => call({ envelopeId: '' }), voidEnvelope: () => call({ envelopeId: '' }) },
      email: { send: () => call({ messageId: '' }) },
      whatsapp: { sendTemplate: () => call({ messageId: '' }) },
    }
  }
  const settings: ScriptedRun = { ...more, workflow, input: plan, script: scriptOf(plan), open }
  const driven = driveScripted(settings)
  return {
    acts,
    ledger: driven.ledger,
    cancel: () => driven.cancel({ why: 'not wanted any more', undo: true }),
    end: driven.result.catch((error: unknown) => {
      if (error instanceof Stuck) return { outcome: 'stuck', code: error.code } as const
      throw error
    }),
  }
}

/** People, partners and vendors do what the plan says that they do. */
function scriptOf(plan: Plan): Script {
  const waits = new Map<string, Part>()
  for (const part of partsOf(plan)) waits.set(wordOf(part.label), part)
  return (operation) => {
    switch (operation.kind) {
      case 'step':
        return failsOf(operation.input) ? { kind: 'failed', code: 'SAID_NO' } : undefined
      case 'gate':
        return decisionOf(operation.input)
      case 'signal': {
        const part = waits.get(operation.name)
        if (part?.does !== 'wait') return undefined
        const isLast = !part.reminds || operation.key.endsWith('/last')
        const comes = part.word === 'early' || (part.word === 'late' && isLast)
        return comes ? { kind: 'value', value: { said: `word ${part.label}` } } : { kind: 'expired' }
      }
      default:
        return undefined
    }
  }
}

const failsOf = (input: unknown): boolean =>
  typeof input === 'object' && input !== null && 'fails' in input && input.fails === true

function decisionOf(packet: unknown): ReturnType<Script> {
  const verdict = typeof packet === 'object' && packet !== null && 'verdict' in packet ? packet.verdict : undefined
  if (verdict === 'approve') return { kind: 'value', value: {} }
  if (verdict === 'return') return { kind: 'returned', comments: 'once more' }
  if (verdict === 'reject') return { kind: 'rejected', why: 'no' }
  return { kind: 'expired' }
}
