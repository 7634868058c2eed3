import { isOfTracing, peerPackages } from './peer-packages.ts'

/** A cluster is configured, and the packages that speak to it are not there. Nothing was started. */
export class TemporalNotInstalled extends Error {
  override readonly name = 'TemporalNotInstalled'
  readonly code = 'TEMPORAL_NOT_INSTALLED'
  constructor(options?: ErrorOptions) {
    super(
      `SIJIL_TEMPORAL_ADDRESS is set, and Temporal's packages are not installed beside Sijil. Nothing was started. Install them with: npm install ${peerPackages((name) => !isOfTracing(name)).join(' ')}`,
      options,
    )
  }
}
