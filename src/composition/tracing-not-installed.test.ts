import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openLog } from './log.ts'
import { type DrivingParts, openTemporal } from './open-temporal.ts'
import { readSettings } from './settings.ts'
import { TemporalNotInstalled } from './temporal-not-installed.ts'
import { TracingNotInstalled } from './tracing-not-installed.ts'

const withTraces = {
  SIJIL_LOG: 'silent',
  SIJIL_TEMPORAL_ADDRESS: '127.0.0.1:7233',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
}

test("a collector of traces without OpenTelemetry's packages is refused before anything starts", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sijil-tracing-'))
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (!specifier.startsWith('@opentelemetry/')) return next(specifier, context)
      const error = new Error(`Cannot find package '${specifier}' imported from ${context.parentURL}`)
      throw Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' })
    },
  })
  t.after(() => {
    hooks.deregister()
    rmSync(folder, { recursive: true, force: true })
  })
  const settings = readSettings({ ...withTraces, SIJIL_DATA: join(folder, 'data') })
  const driving = { worker: 'test' } as DrivingParts // it is refused before the rest is looked at
  await assert.rejects(openTemporal({ settings, log: openLog(settings), driving }), TracingNotInstalled)
})

test('each refusal names the packages that are wanted, and no others', () => {
  const tracing = new TracingNotInstalled().message
  assert.match(tracing, /npm install @opentelemetry\/api@\d.* @temporalio\/interceptors-opentelemetry@\d/)
  assert.doesNotMatch(tracing, /@temporalio.worker@/)
  const temporal = new TemporalNotInstalled().message
  assert.match(temporal, /npm install .*@temporalio\/worker@\d/)
  assert.doesNotMatch(temporal, /opentelemetry/)
})
