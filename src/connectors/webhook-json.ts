import { oddityOf } from '../engine/plain-json.ts'

/** What a signed webhook says; undefined when it is no JSON, or none to be walked through. */
export function webhookJson(raw: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(raw.toString('utf8'))
    return oddityOf(value) === undefined ? value : undefined
  } catch {
    return undefined
  }
}
