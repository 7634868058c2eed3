import type { Sijil } from '../../composition/open-sijil.ts'
import type { HealthCheck } from '../health-check.ts'
import { CONTENT_TYPE, exposition } from './exposition.ts'
import { measurements } from './measurements.ts'

/** Answers `GET /metrics`, on an address of its own. Of all organisations together, and of none by name. */
export const metricsPage =
  ({ connectorMetrics }: Sijil, check: HealthCheck) =>
  async ({ method, url }: Request): Promise<Response> => {
    if (new URL(url).pathname !== '/metrics') return new Response(null, { status: 404 })
    if (method !== 'GET') return new Response(null, { status: 405, headers: { allow: 'GET' } })
    const text = exposition(measurements(await check.view(), connectorMetrics.snapshot()))
    return new Response(text, { headers: { 'content-type': CONTENT_TYPE, 'cache-control': 'no-store' } })
  }
