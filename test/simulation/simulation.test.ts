import assert from 'node:assert/strict'
import { test } from 'node:test'
import { liveBlock, liveOne, whole } from './block.ts'

/** Lived on every test run; many more are lived by `npm run sim`. */
const SEEDS = 20
/** Within so many seeds a fault that was planted must be found. */
const FOUND_WITHIN = 20

test(`${SEEDS} seeds of many runs, workers, people and faults come to rest with nothing lost and nothing done twice`, async () => {
  const results = await liveBlock(1, SEEDS, whole)
  assert.equal(results.length, SEEDS)
  for (const { seed, problems } of results) assert.deepEqual(problems, [], `npm run sim -- --seed ${seed} --runs 1`)
  const tried = new Set(results.flatMap((result) => result.tried.map(([kind]) => kind)))
  assert.ok(tried.has('worker dies') && tried.has('worker freezes') && tried.has('answer of the database lost'))
})

test('one seed is the same to the last answer of the database, alone and after others', async () => {
  const deep = { ...whole, isDeep: true }
  const alone = await liveOne(7, deep)
  await liveOne(6, deep)
  const again = await liveOne(7, deep)
  assert.ok(alone.trace.lines.length > 50, 'something happened')
  assert.deepEqual(again.trace.lines, alone.trace.lines)
  assert.equal(again.trace.digest, alone.trace.digest)
})

/** A function of the ledger as it is, with one of its guards taken out. */
const without = (name: string, guard: string, instead: string): string => `do $plant$
  declare
    was text := pg_get_functiondef('sijil.${name}'::regproc);
    guard text := $guard$${guard}$guard$;
  begin
    if strpos(was, guard) = 0 then raise exception 'the function has no such guard'; end if;
    execute replace(was, guard, '${instead}');
  end $plant$`

for (const [fault, plant] of [
  [
    'a ledger that lets a worker write after it has lost its run',
    without('commit_batch', 'r.epoch <> b.epoch or r.batch <> b.batch - 1', 'false'),
  ],
  [
    'a ledger that forgets which letters were taken',
    without('commit_rare', `set consumed_by = e.b ->> 'key'`, 'set consumed_by = s.consumed_by'),
  ],
] as const) {
  test(`${fault} is found`, async () => {
    const results = await liveBlock(1, FOUND_WITHIN, { ...whole, plant })
    assert.ok(
      results.some(({ problems }) => problems.length > 0),
      `${FOUND_WITHIN} seeds met nothing`,
    )
  })
}
