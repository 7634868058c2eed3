import { peerPackages, isOfTracing } from './peer-packages.ts'

/** A collector of traces is configured, and the packages that speak to it are not there. Nothing was started. */
export class TracingNotInstalled extends Error {
  override readonly name = 'TracingNotInstalled'
  readonly code = 'TRACING_NOT_INSTALLED'
  constructor(options?: ErrorOptions) {
    super(
      `A collector of traces is set (OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT), and OpenTelemetry's packages are not installed beside Sijil. Nothing was started. Install them with: npm install ${peerPackages(isOfTracing).join(' ')} – or set OTEL_TRACES_EXPORTER=none.`,
      options,
    )
  }
}
