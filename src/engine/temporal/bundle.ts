import { type BundleOptions, bundleWorkflowCode, type Logger, type WorkflowBundleOption } from '@temporalio/worker'

/** Flows, made ready for Temporal's sandbox. Takes a second or two: a published package carries the result. */
export const bundleFlows = (modulePath: string): Promise<WorkflowBundleOption & { readonly code: string }> =>
  bundleWorkflowCode({ workflowsPath: modulePath, logger: silent, webpackConfigHook: lean })

/**
 * Without what nothing uses, and without the paths of the machine that bundles. Names stay readable, and modules apart: Temporal keeps
 * what a module holds apart for each workflow by the module.
 */
const lean: Exclude<BundleOptions['webpackConfigHook'], undefined> = (config) => ({
  ...config,
  mode: 'production',
  optimization: { ...config.optimization, minimize: false, concatenateModules: false },
})

/** What the bundler finds wrong it throws. */
const silent: Logger = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} }
