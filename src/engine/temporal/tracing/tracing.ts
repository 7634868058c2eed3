/**
 * What of a run's course on Temporal is told to a collector of traces. Whatever tells it stands behind this interface: OpenTelemetry is
 * optional, and an engine without it must not read it.
 */
import type { WorkflowClientInterceptor } from '@temporalio/client'
import type { ActivityInterceptorsFactory, InjectedSinks } from '@temporalio/worker'
import type { StaySinks } from '../sandbox/stay.ts'

export interface RunOfTenant {
  readonly tenant: string
  readonly run: string
}

export interface AcceptedRun extends RunOfTenant {
  readonly workflow: string
  readonly version: number
}

export interface Tracing {
  readonly client: readonly WorkflowClientInterceptor[]
  readonly activity: readonly ActivityInterceptorsFactory[]
  readonly sinks: InjectedSinks<StaySinks>
  /** The run stands in the ledger; the cluster has not heard of it yet. */
  readonly accepted: (run: AcceptedRun) => void
  /** What the client is asked within is done for this run. */
  readonly within: <T>(run: RunOfTenant, tell: () => Promise<T>) => Promise<T>
  /** Sends what is left, as far as the collector takes it soon. */
  readonly stop: () => Promise<void>
}
