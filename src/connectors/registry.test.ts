import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Title } from '../flow/words.ts'
import { connectors } from './registry.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Said in both languages, each in its own letters. */
const isSaid = ({ en, ar }: Title): boolean => /[a-z]/i.test(en) && /\p{Script=Arabic}/u.test(ar)

for (const { key, declaration, settings } of connectors)
  suite(`The contract of ${key}`, () => {
    const { operations, webhook } = declaration
    const entries = Object.entries(operations)

    test('is said in both languages, and points to documentation', () => {
      const { displayName, personalData, processedIn } = declaration
      const titles = [displayName, processedIn, ...personalData, ...Object.values(settings).map(({ title }) => title)]
      for (const title of [...titles, ...entries.map(([, operation]) => operation.title)])
        assert.ok(isSaid(title), JSON.stringify(title))
      for (const { documentation } of [declaration, ...Object.values(operations)])
        assert.match(documentation, /^https:\/\/|^docs\//)
      assert.notEqual(declaration.version, '')
    })

    test('undoes each change by a change of its own, or says in both languages why not', () => {
      for (const [name, { kind, undoneBy }] of entries) {
        if (kind === 'reading') continue
        assert.ok(undoneBy !== undefined, name)
        if (typeof undoneBy === 'string') assert.equal(operations[undoneBy]?.kind, 'changing', `${name}: ${undoneBy}`)
        else assert.ok(isSaid(undoneBy.never), name)
      }
    })

    test('has limits that a person would take for meant', () => {
      for (const [name, { timeoutMs, rateLimit, retry, auditEvent }] of entries) {
        assert.ok(timeoutMs >= 1_000 && timeoutMs <= 10 * MINUTE_MS, name)
        assert.ok(rateLimit.calls >= 1 && rateLimit.perMs >= 1_000 && rateLimit.perMs <= 24 * HOUR_MS, name)
        assert.ok(retry.attempts >= 1 && retry.firstWaitMs <= retry.longestWaitMs, name)
        assert.match(auditEvent, /^[a-z]+(\.[a-z_]+)+$/, name)
      }
    })

    test('keeps a copied webhook out for a time that fits how the vendor repeats', () => {
      if (webhook === undefined) return
      const { replay } = webhook
      // A window is for clocks that differ and a slow network; a vendor's own retries come signed anew.
      if (replay.kind === 'time window') assert.ok(replay.windowMs > 0 && replay.windowMs <= HOUR_MS)
      else assert.ok(replay.retriesForMs >= MINUTE_MS)
    })
  })

test('no two connectors share a key or a variable', () => {
  const keys = connectors.map(({ key }) => key)
  const variables = connectors.flatMap(({ settings }) => Object.values(settings).map(({ env }) => env))
  assert.equal(new Set(keys).size, keys.length)
  assert.equal(new Set(variables).size, variables.length)
  for (const key of keys) assert.match(key, /^[a-z][a-z0-9-]*$/)
})
