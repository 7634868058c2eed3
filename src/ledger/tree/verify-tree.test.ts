import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, beforeEach, afterEach, it } from 'node:test'
import { addAuditRows, sealForGood, tamper, temporaryDirectory } from '../../../test/support/audit-log.ts'
import { onBothDatabases } from '../../../test/support/databases.ts'
import { ephemeralSigner } from '../../../test/support/head-signer.ts'
import { migrate } from '../migrate.ts'
import { type Sealer, startSealer } from './sealer.ts'
import { headLine, parseHeadLine, signHead } from './tree-head.ts'
import { verifyTrees } from './verify-tree.ts'

const signer = ephemeralSigner()
const tables = ['audit', 'tree_leaves', 'tree_heads', 'sealing'] as const

onBothDatabases('Verifying a tree', (database) => {
  const directory = temporaryDirectory()
  const headsFile = directory.file('heads.ndjson')
  let sealer: Sealer
  let ids: readonly number[]

  before(async () => {
    await migrate(database())
  })
  after(() => directory[Symbol.dispose]())

  /** Ten rows under heads of 4, 8 and 10 leaves, all of them final. */
  beforeEach(async () => {
    await tamper(database(), tables.map((table) => `truncate sijil.${table}`).join(';'))
    writeFileSync(headsFile, '')
    const onProblem = (problem: unknown) => assert.fail(String(problem))
    sealer = await startSealer({ database: database(), signer, headsFile, everyMs: 30_000, onProblem })
    ids = []
    for (const count of [4, 4, 2]) {
      ids = [...ids, ...(await database().transaction({ role: 'owner' }, (s) => addAuditRows(s, 'acme', count)))]
      await sealer.sealNow()
    }
    await sealForGood(database(), sealer, 'acme')
  })
  afterEach(() => sealer.stop())

  const findings = async (verify = signer.verify) =>
    (await verifyTrees({ database: database(), headsFile, verify, pageRows: 3 })).map(
      ({ code, subject }) => `${code}: ${subject}`,
    )
  const change = (sql: string) => tamper(database(), sql)
  const row = (index: number) => `tenant = 'acme' and id = ${ids[index]}`

  it('finds nothing in a tree that nobody touched, nor in rows that wait for their leaf', async () => {
    await database().transaction({ role: 'owner' }, (s) => addAuditRows(s, 'acme', 2))
    assert.deepEqual(await findings(), [])
  })

  it('finds the leaf that the database made to be that of the row, whatever the row holds', async () => {
    const controls = Array.from({ length: 31 }, (_, index) => `chr(${index + 1})`).join(' || ')
    const texts = [controls, `'"\\/ ' || chr(127) || chr(8232)`, `'سجل 🖋 é'`, `''`, `'null'`]
    await tamper(
      database(),
      texts
        .map(
          (text, index) => `insert into sijil.audit (tenant, at, actor, what, run, subject, old, new, source, why)
            values ('acme', '2026-11-22T10:00:00.00000${index}Z', ${text}, ${text}, gen_random_uuid(), ${text}, ${text}, ${text}, ${text}, ${text})`,
        )
        .join(';'),
    )
    assert.equal(await sealer.sealNow(), texts.length)
    assert.deepEqual(await findings(), [])
  })

  for (const [column, value] of [
    ['at', "at + interval '1 microsecond'"],
    ['at', "'infinity'"],
    ['actor', "actor || 'x'"],
    ['what', "'step undone'"],
    ['run', "'00000000-0000-7000-8000-000000000000'"],
    ['subject', "'another'"],
    ['old', "''"],
    ['new', 'null'],
    ['source', "'elsewhere'"],
    ['why', "'because'"],
  ]) {
    it(`names the row whose ${column} was changed to ${value}`, async () => {
      await change(`update sijil.audit set ${column} = ${value} where ${row(5)}`)
      assert.deepEqual(await findings(), [`ROW_CHANGED: audit ${ids[5]}`])
    })
  }

  it('names a row that is gone', async () => {
    await change(`delete from sijil.audit where ${row(2)}`)
    assert.deepEqual(await findings(), [`ROW_MISSING: audit ${ids[2]}`])
  })

  it('names a row that was slipped in', async () => {
    await change(`insert into sijil.audit (id, tenant, at, actor, what, subject, source) overriding system value
      values (0, 'acme', now(), 'engine', 'approved', 'deal', 'worker')`)
    assert.deepEqual(await findings(), ['ROW_WITHOUT_LEAF: audit 0'])
  })

  it('names leaves that are gone, in the middle and at the end', async () => {
    await change(`update sijil.tree_leaves set first = 5, count = 3, audits = audits[2:], hashes = substr(hashes, 33) where first = 4;
      delete from sijil.tree_leaves where first = 8`)
    assert.deepEqual(await findings(), [
      'LEAF_MISSING: leaf 4',
      'LEAF_MISSING: leaves 8 to 9',
      ...[4, 8, 9].map((leaf) => `ROW_WITHOUT_LEAF: audit ${ids[leaf]}`),
    ])
  })

  it('finds a row that was changed together with its leaf by the root that was signed', async () => {
    await change(
      `update sijil.tree_leaves set hashes = set_byte(hashes, 63, 255 - get_byte(hashes, 63)) where first = 4`,
    )
    assert.deepEqual(await findings(), [`ROW_CHANGED: audit ${ids[5]}`, 'ROOT_DIFFERS: head 8'])
  })

  it('names a row that has several leaves', async () => {
    await change(
      `insert into sijil.tree_leaves select tenant, 10, 1, array[audit], hash from sijil.leaves where leaf = 3`,
    )
    assert.deepEqual(await findings(), [`ROW_WITH_MANY_LEAVES: audit ${ids[3]}`])
  })

  it('finds by the heads file that the end of a tree was cut off', async () => {
    await change(`delete from sijil.tree_heads where size > 4; delete from sijil.tree_leaves where first >= 4;
      delete from sijil.audit where id > ${ids[3]}`)
    assert.deepEqual(await findings(), ['TREE_TRUNCATED: heads file, head 10'])
  })

  it('finds by the heads file that a tenant is gone altogether', async () => {
    await change(tables.map((table) => `truncate sijil.${table}`).join(';'))
    assert.deepEqual(await findings(), ['TREE_TRUNCATED: heads file, head 10'])
  })

  it('finds by the heads file that a tree was rewritten, even with the signing key', async () => {
    await change(
      tables
        .slice(1)
        .map((table) => `truncate sijil.${table}`)
        .join(';'),
    )
    await change(`update sijil.audit set what = 'approved' where ${row(0)}`)
    const rewriter = temporaryDirectory()
    const onProblem = () => undefined
    const forger = await startSealer({ database: database(), signer, headsFile: rewriter.file('heads'), onProblem })
    await forger.sealNow()
    await forger.stop()
    rewriter[Symbol.dispose]()
    assert.deepEqual(await findings(), [
      'ROOT_DIFFERS: heads file, head 4',
      'HEAD_MISSING: heads file, head 4',
      'HEAD_MISSING: heads file, head 8',
    ])
  })

  it('names a head that was changed, and one whose frontier was', async () => {
    await change(`update sijil.tree_heads set at = at + interval '1 millisecond' where size = 4`)
    await change(
      `update sijil.tree_heads set frontier = set_byte(frontier, 0, 255 - get_byte(frontier, 0)) where size = 8`,
    )
    assert.deepEqual(await findings(), ['HEAD_FORGED: head 4', 'FRONTIER_DIFFERS: head 8'])
  })

  it('names a head that is beyond the last leaf and was changed', async () => {
    await change(`update sijil.tree_heads set size = 11 where size = 10`)
    assert.deepEqual(await findings(), [
      'HEAD_MISSING: heads file, head 10',
      'LEAF_MISSING: leaf 10',
      'HEAD_FORGED: head 11',
    ])
  })

  it('names heads of a signer whom nobody knows', async () => {
    const stranger = ephemeralSigner()
    const unknown = [4, 8, 10].flatMap((size) => [
      `HEAD_SIGNER_UNKNOWN: head ${size}`,
      `HEAD_SIGNER_UNKNOWN: heads file, head ${size}`,
    ])
    assert.deepEqual(await findings(stranger.verify), unknown)
  })

  it('names a head of the file that was forged, and a line that holds none', async () => {
    const [first = '', second = '', third = ''] = readFileSync(headsFile, 'utf8').split('\n')
    const head = parseHeadLine(second) ?? assert.fail('the line holds a head')
    const forged = headLine({ ...signHead(ephemeralSigner(), head), signer: signer.id })
    writeFileSync(headsFile, [first, forged, third.replace('"tenant"', '"tenants"'), '{"at":17'].join('\n'))
    assert.deepEqual(await findings(), ['HEADS_FILE_CHANGED: heads file, line 3', 'HEAD_FORGED: heads file, head 8'])
  })
})
