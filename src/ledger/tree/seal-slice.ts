import { byteaArray, int8Array, textArray } from '../database/binary-array.ts'
import type { Session } from '../database/database.ts'
import { append, decodeFrontier, emptyFrontier, encodeFrontier, type Frontier, hashesIn, rootOf } from './merkle.ts'
import { type HeadSigner, type SignedHead, signHead, verifyHead } from './tree-head.ts'
import { addHeads, ledgerTime, lockTenants, noteSealing, sealRows, treesToExtend } from './tree-statements.ts'

/**
 * One slice: rows without a leaf get one, in one transaction, for as many tenants as the slice has room for.
 *
 * A smaller id may commit later than a larger one, so no id is a high-water mark by itself. What is safe:
 * 1. A row counts as sealed only when it has a leaf; the search is for rows without one, above `final_below`.
 * 2. `seen` is the largest id with a leaf when it was noted. Every transaction that will ever show a smaller id has a smaller
 *    transaction id than the one that noted it: an insert into the audit log takes its transaction id before its row id (a
 *    trigger sees to it), and the sealer takes its own only once the statement that reads the rows has its snapshot.
 * 3. Once all those transactions have ended (`settled`), one search that leaves nothing up to `seen` makes it final. They may have
 *    ended before the rows were read (`endedBelow`): then it is final at once.
 */
export interface Slice {
  readonly rows: number
  readonly heads: readonly SignedHead[]
  /** Rows that are visible now did not all fit. */
  readonly more: boolean
  /** Tenants whose tree was not extended, because its last head is not one that this signer vouches for. */
  readonly refused: readonly string[]
}

/** A tree as it stands in the database; without a head there is none yet. */
type StoredTree = {
  readonly tenant: string
  readonly finalBelow: number
  readonly finalSize: number
  readonly seen: number
  readonly seenSize: number
  readonly settled: boolean
  /** The largest audit id that has a leaf. */
  readonly lastAudit: number
} & (StoredHead | { readonly [Field in Exclude<keyof StoredHead, 'tenant'>]: null })

interface StoredHead extends SignedHead {
  readonly frontier: Buffer
}

interface SealedRows {
  readonly tenant: string
  readonly last: number
  /** One hash after another. */
  readonly leaves: Buffer
  /** Every transaction with a smaller id had ended when the rows were read. */
  readonly endedBelow: number
}

interface Extension {
  readonly tree: StoredTree
  readonly before: Frontier
  readonly leaves: readonly Uint8Array[]
  /** Of the last row that was sealed; 0 for none. */
  readonly last: number
  readonly endedBelow: number
  /** No visible row is left without a leaf. */
  readonly complete: boolean
}

/** `tenants` in the order in which they are served. `vouched`: heads known to be genuine, so that each is checked once. */
export async function sealSlice(
  session: Session,
  tenants: readonly string[],
  options: { readonly signer: HeadSigner; readonly sliceRows: number; readonly vouched: Map<string, Buffer> },
): Promise<Slice> {
  const { signer, sliceRows, vouched } = options
  const locked = await session.query<{ readonly tenant: string }>(lockTenants, [textArray(tenants)])
  const free = tenants.filter((name) => locked.some(({ tenant }) => tenant === name))
  const trees = await session.query<StoredTree>(treesToExtend, [textArray(free)])
  const frontiers = new Map(trees.map((tree) => [tree.tenant, trustedFrontier(tree, signer, vouched)]))
  const served = free.flatMap((name) =>
    trees.filter(({ tenant }) => tenant === name && frontiers.get(name) !== undefined),
  )

  const before = (tenant: string): Frontier => frontiers.get(tenant) ?? emptyFrontier
  const sealed = await session.query<SealedRows>(sealRows, [
    textArray(served.map(({ tenant }) => tenant)),
    int8Array(served.map(({ finalBelow }) => finalBelow)),
    int8Array(served.map(({ finalSize }) => finalSize)),
    int8Array(served.map(({ tenant }) => before(tenant).size)),
    sliceRows,
  ])
  const sealedOf = new Map(sealed.map((rows) => [rows.tenant, { ...rows, leaves: hashesIn(rows.leaves) }]))
  const count = [...sealedOf.values()].reduce((sum, { leaves }) => sum + leaves.length, 0)
  const full = count >= sliceRows
  const cut = full ? served.findIndex(({ tenant }) => tenant === sealed.at(-1)?.tenant) : served.length
  const extensions = served.slice(0, cut + 1).map((tree, place): Extension => {
    const { leaves, last, endedBelow } = sealedOf.get(tree.tenant) ?? { leaves: [], last: 0, endedBelow: 0 }
    return { tree, before: before(tree.tenant), leaves, last, endedBelow, complete: place < cut }
  })
  const heads = await write(session, extensions, signer)
  for (const head of heads) vouched.set(head.tenant, head.signature)
  return { rows: count, heads, more: full, refused: free.filter((name) => frontiers.get(name) === undefined) }
}

/** Undefined unless the head is genuine and the frontier beside it has the root that was signed. */
function trustedFrontier(tree: StoredTree, signer: HeadSigner, vouched: Map<string, Buffer>): Frontier | undefined {
  if (tree.signature === null) return emptyFrontier
  const frontier = decodeFrontier(tree.size, tree.frontier)
  if (frontier === undefined || !rootOf(frontier).equals(tree.root)) return undefined
  const known = vouched.get(tree.tenant)?.equals(tree.signature) === true
  return known || verifyHead(signer.verify, tree) === 'valid' ? frontier : undefined
}

async function write(
  session: Session,
  extensions: readonly Extension[],
  signer: HeadSigner,
): Promise<readonly SignedHead[]> {
  const grown = extensions.filter(({ leaves }) => leaves.length > 0)
  const heads = grown.length === 0 ? [] : await writeTree(session, grown, signer)
  const noted = extensions.flatMap(notes)
  if (noted.length > 0) {
    await session.query(noteSealing, [
      textArray(noted.map(({ tenant }) => tenant)),
      int8Array(noted.map(({ finalBelow }) => finalBelow)),
      int8Array(noted.map(({ finalSize }) => finalSize)),
      int8Array(noted.map(({ seen }) => seen)),
      int8Array(noted.map(({ seenSize }) => seenSize)),
      int8Array(noted.map(({ endedBelow }) => endedBelow)),
    ])
  }
  return heads
}

async function writeTree(
  session: Session,
  grown: readonly Extension[],
  signer: HeadSigner,
): Promise<readonly SignedHead[]> {
  const [time] = await session.query<{ readonly now: number }>(ledgerTime)
  if (time === undefined) throw new Error('the ledger has no time: nothing was sealed')
  const grownTo = grown.map(({ tree: { tenant }, before, leaves: added }) => {
    const after = append(before, added)
    return { after, head: signHead(signer, { tenant, size: after.size, root: rootOf(after), at: time.now }) }
  })
  const heads = grownTo.map(({ head }) => head)
  await session.query(addHeads, [
    textArray(heads.map(({ tenant }) => tenant)),
    int8Array(heads.map(({ size }) => size)),
    byteaArray(heads.map(({ root }) => root)),
    byteaArray(grownTo.map(({ after }) => encodeFrontier(after))),
    int8Array(heads.map(({ at }) => at)),
    textArray(heads.map(({ signer: by }) => by)),
    byteaArray(heads.map(({ signature }) => signature)),
  ])
  return heads
}

type Noted = Pick<StoredTree, 'tenant' | 'finalBelow' | 'finalSize' | 'seen' | 'seenSize'> &
  Pick<SealedRows, 'endedBelow'>

/** Rule 3; nothing while a transaction that `seen` waits for is under way, or rows up to `seen` are left over. */
function notes({ tree, before, leaves, last, endedBelow, complete }: Extension): readonly Noted[] {
  const { tenant, seen, seenSize, settled, lastAudit } = tree
  const through = complete ? Math.max(lastAudit, last) : last
  if (!settled || seen > through) return []
  // A row above `through` that has its leaf already was sealed since `seen` was noted.
  const size = lastAudit > through ? seenSize : before.size + leaves.length
  return [{ tenant, finalBelow: seen, finalSize: seenSize, seen: through, seenSize: size, endedBelow }]
}
