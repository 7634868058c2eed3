import { bundleWorkflowCode, type Logger, type WorkflowBundleOption } from '@temporalio/worker'

/** Flows, made ready for Temporal's sandbox. Takes a second or two: a published package carries the result. */
export const bundleFlows = (modulePath: string): Promise<WorkflowBundleOption & { readonly code: string }> =>
  bundleWorkflowCode({ workflowsPath: modulePath, logger: silent })

/** What the bundler finds wrong it throws. */
const silent: Logger = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} }
