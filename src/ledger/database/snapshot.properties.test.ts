import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { openTestDatabase } from '../../../test/support/databases.ts'
import { runs } from '../../../test/support/property-runs.ts'
import type { Database } from './database.ts'
import { DatabaseError } from './database-error.ts'
import { restoreSnapshot, takeSnapshot } from './snapshot.ts'

const schema = `
  create schema sijil;
  create table sijil.parent (id bigint primary key, at timestamptz, bytes bytea, doc jsonb, amount int not null);
  create table sijil.word (word text primary key, parent bigint references sijil.parent);
`
const settings = { schemaVersion: '7' }
const owner = { role: 'owner' } as const
const content = {
  name: 'content',
  text: `select (select json_agg(p::text order by id) from sijil.parent p) as parents, (select json_agg(w::text order by word) from sijil.word w) as words`,
}
const empty = [{ parents: null, words: null }]

let folder: string
let full: Database
let target: Database
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sijil-snapshot-'))
  full = await openTestDatabase('postgres')
  target = await openTestDatabase('postgres')
  for (const database of [full, target]) await database.script(schema)
})
after(async () => {
  await full?.close()
  await target?.close()
  rmSync(folder, { recursive: true })
})
const contentOf = (database: Database) => database.transaction(owner, (session) => session.query(content))
const emptied = (database: Database) => database.script('truncate sijil.parent, sijil.word')
const insertParent = { name: 'parent', text: 'insert into sijil.parent values ($1, $2, $3, $4::jsonb, $5)' }
const insertWord = { name: 'word', text: 'insert into sijil.word values ($1, $2)' }

const storable = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0') && text.isWellFormed())
const rows = fc.uniqueArray(
  fc.record({
    id: fc.maxSafeInteger(),
    at: fc.date({ min: new Date('1000-01-01'), max: new Date('9999-01-01'), noInvalidDate: true }),
    bytes: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    doc: storable,
    amount: fc.integer(),
  }),
  { selector: ({ id }) => id, minLength: 1, maxLength: 5 },
)
const words = fc.uniqueArray(storable, { maxLength: 5 })

async function fill(
  parents: typeof rows extends fc.Arbitrary<infer Rows> ? Rows : never,
  texts: readonly string[],
): Promise<void> {
  await emptied(full)
  await full.transaction(owner, async (session) => {
    for (const { id, at, bytes, doc, amount } of parents) {
      const hex = `\\x${bytes.toString('hex')}`
      await session.query(insertParent, [id, at.toISOString(), hex, JSON.stringify(doc), amount])
    }
    for (const text of texts) await session.query(insertWord, [text, parents[0]?.id ?? null])
  })
}

test('a snapshot brings back every row, and a snapshot of that is the same', () =>
  fc.assert(
    fc.asyncProperty(rows, words, async (parents, texts) => {
      await fill(parents, texts)
      await emptied(target)
      const [first, second] = [join(folder, 'first'), join(folder, 'second')]
      await takeSnapshot(full, first, settings)
      await restoreSnapshot(target, first, settings)
      assert.deepEqual(await contentOf(target), await contentOf(full))
      await takeSnapshot(target, second, settings)
      assert.deepEqual(linesOf(second).slice(1), linesOf(first).slice(1))
    }),
    runs(10),
  ))

const linesOf = (file: string): readonly string[] => gunzipSync(readFileSync(file)).toString().split('\n').slice(0, -1)

type Damage =
  | { readonly line: number; readonly at: number; readonly gone: number; readonly put: string }
  | 'a line less'
  | 'a line more'
const damages: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({
    line: fc.nat(),
    at: fc.nat(),
    gone: fc.integer({ min: 0, max: 3 }),
    put: fc.oneof(fc.constantFrom('', '9', 'x', '"', '\\u0000', 'null', ',', ']'), fc.string({ maxLength: 2 })),
  }),
  fc.constantFrom('a line less' as const, 'a line more' as const),
)

function damaged(lines: readonly string[], damage: Damage): readonly string[] {
  if (damage === 'a line less') return lines.toSpliced(2, 1)
  if (damage === 'a line more') return lines.toSpliced(2, 0, lines[2] ?? '')
  const index = damage.line % lines.length
  const text = lines[index] ?? ''
  const at = damage.at % (text.length + 1)
  return lines.with(index, text.slice(0, at) + damage.put + text.slice(at + damage.gone))
}

test('a damaged snapshot is refused by its code and leaves nothing, or only a value that it holds is another', () =>
  fc.assert(
    fc.asyncProperty(rows, words, damages, async (parents, texts, damage) => {
      await fill(parents, texts)
      await emptied(target)
      const file = join(folder, 'damaged')
      await takeSnapshot(full, file, settings)
      writeFileSync(
        file,
        gzipSync(
          damaged(linesOf(file), damage)
            .map((line) => `${line}\n`)
            .join(''),
        ),
      )
      try {
        await restoreSnapshot(target, file, settings)
        assert.equal(typeof damage, 'object', 'a line less or more')
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error
        assert.equal(error.code, 'SNAPSHOT_REFUSED')
        assert.deepEqual(await contentOf(target), empty)
      }
    }),
    runs(25),
  ))
