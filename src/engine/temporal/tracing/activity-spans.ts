/** The spans of what workers do for a run. Temporal's own interceptor makes them; these say whose they are and what came of it. */
import { context, trace, type Tracer } from '@opentelemetry/api'
import {
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
} from '@temporalio/interceptors-opentelemetry'
import type { ActivityExecuteInput, ActivityInterceptorsFactory } from '@temporalio/worker'
import type { StepOperation, UndoOperation } from '../../../flow/host.ts'
import type { Report, RunRef } from '../wire.ts'
import { contextBeneath, idsOfStay } from './run-trace.ts'
import { attributes } from './without-text.ts'

/** From the outermost to the innermost. */
export const activitySpans = (tracer: Tracer): readonly ActivityInterceptorsFactory[] => [
  () => ({ inbound: beneathStay }),
  (activity) => ({
    inbound: new OpenTelemetryActivityInboundInterceptor(activity, { tracer }),
    outbound: new OpenTelemetryActivityOutboundInterceptor(activity),
  }),
  () => ({ inbound: described }),
]

type Inbound = NonNullable<ReturnType<ActivityInterceptorsFactory>['inbound']>

const beneathStay: Inbound = {
  execute(input, next) {
    const ref = refOf(input)
    return context.with(contextBeneath(ref, idsOfStay(ref)), () => next(input))
  },
}

/** A step that is made beside the flow is named after it too; so is what takes it back. */
const described: Inbound = {
  async execute(input, next) {
    const span = trace.getActiveSpan()
    const operation = operationOf(input)
    if (operation !== undefined) {
      const { kind, name } = operation
      span?.updateName(`RunActivity:${kind === 'undo' ? `undo ${name}` : name}`)
      span?.setAttribute(attributes.step, name)
    }
    const answer = await next(input)
    const trouble = troubleOf(answer)
    if (trouble !== undefined) span?.setAttribute(attributes.errorType, trouble)
    return answer
  },
}

const refOf = ({ args }: ActivityExecuteInput): RunRef => args[0] as RunRef // every errand begins with it

type Asked = { readonly kind?: unknown } | undefined

/** Of the errand `act`, under whatever name it was sent. */
function operationOf({ args }: ActivityExecuteInput): StepOperation | UndoOperation | undefined {
  const asked = args[1] as Asked // what an errand is given is an object
  return asked?.kind === 'step' || asked?.kind === 'undo'
    ? (asked as StepOperation | UndoOperation) // no other errand is given these kinds
    : undefined
}

/** What the operation failed with for good, or that a person must help. */
function troubleOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object') return undefined
  const report = answer as Partial<Report> // or a part of the memory, which has no kind
  if (report.kind === 'stuck') return 'stuck'
  if (report.kind !== 'done' || report.answers === undefined) return undefined
  return report.answers
    .map(({ outcome }) => (outcome.kind === 'failed' ? codeOf(outcome.value.code) : undefined))
    .find((code) => code !== undefined)
}

/** A vendor may have chosen it. */
const codeOf = (code: string): string => (/^[\w.-]{1,64}$/.test(code) ? code : 'failed')
