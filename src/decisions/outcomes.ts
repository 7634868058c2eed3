import { isOutside } from '../flow/effect.ts'
import type { Gate, GateOutcome } from '../flow/gate.ts'
import type { Workflow } from '../flow/workflow.ts'
import type { EffectView, TaskRow } from '../ledger/reading/run-view.ts'
import type { PolicyRow } from '../ledger/reading/organisation.ts'
import type { ActionView, OutcomeView } from './task-view.ts'

export interface OutcomesOf {
  readonly workflow: Workflow
  readonly gate: Gate
  readonly policies: readonly PolicyRow[]
  readonly effects: readonly EffectView[]
  readonly authorises: TaskRow['authorises']
}

/** What follows each way in which a gate can end, read from the definition, the task and what the run has done so far. */
export function outcomesOf(of: OutcomesOf): readonly OutcomeView[] {
  const outcomes: readonly GateOutcome[] = [
    'approved',
    ...(of.gate.onReturn === 'value' ? (['returned'] as const) : []),
    'rejected',
    'expired',
  ]
  return outcomes.map((outcome) => {
    const undoes = outcome === 'rejected' || (outcome === 'expired' && of.gate.onExpiry === 'undo')
    return {
      outcome,
      run: undoes ? 'undoes' : 'goes on',
      actions: (of.authorises[outcome] ?? []).flatMap(({ step }) => actionOf(of, step)),
      undone: undoes ? undoneOf(of) : [],
    }
  })
}

function actionOf({ workflow, policies }: OutcomesOf, name: string): readonly ActionView[] {
  const step = workflow.steps[name]
  if (step === undefined || !isOutside(step.effect)) return []
  const { title, effect, reversal, pivot } = step
  const { kind, action, systems } = effect
  return [
    {
      step: name,
      title,
      effect: kind,
      systems,
      action,
      class: policies.find((policy) => policy.action === action)?.class ?? 'B',
      reversal,
      pivot,
    },
  ]
}

/** Latest start first, as the undo will go. */
const undoneOf = ({ workflow, effects }: OutcomesOf): OutcomeView['undone'] =>
  effects
    .filter(({ undoable, of, state }) => undoable && of === null && STARTED.has(state))
    .toSorted((one, other) => other.startedSeq - one.startedSeq)
    .map(({ key, step }) => ({ key, step, title: workflow.steps[step]?.title ?? { en: step, ar: step } }))

const STARTED: ReadonlySet<string> = new Set(['started', 'done', 'in_doubt'])
