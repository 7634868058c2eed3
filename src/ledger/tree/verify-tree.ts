import type { Database, Param, Statement } from '../database/database.ts'
import { type AuditRow, auditLeaf } from './audit-row.ts'
import { readHeadsFile } from './heads-file.ts'
import { append, emptyFrontier, encodeFrontier, type Frontier, rootOf } from './merkle.ts'
import { type SignedHead, type VerifySignature, verifyHead } from './tree-head.ts'
import {
  finalRowsWithoutLeaf,
  headsBetween,
  rowsWithManyLeaves,
  sealedRows,
  treeExtent,
  treeTenants,
} from './tree-statements.ts'

export type TreeFindingCode =
  /** A row, or the leaf that seals it, is not what it was. */
  | 'ROW_CHANGED'
  /** A leaf is there, the row that it seals is not. */
  | 'ROW_MISSING'
  /** A row that must have a leaf by now has none: the leaf was taken away, or the row was slipped in. */
  | 'ROW_WITHOUT_LEAF'
  | 'ROW_WITH_MANY_LEAVES'
  | 'LEAF_MISSING'
  /** A signed head says another root than the leaves before it give: one of them was changed, added or taken away. */
  | 'ROOT_DIFFERS'
  /** A head's signature is not by the key that it names. */
  | 'HEAD_FORGED'
  | 'HEAD_SIGNER_UNKNOWN'
  /** The frontier beside a head is not that of its leaves. */
  | 'FRONTIER_DIFFERS'
  /** A head of the heads file is not in the database. */
  | 'HEAD_MISSING'
  /** The heads file knows a larger tree than the database: its end was cut off, or an older copy was put in its place. */
  | 'TREE_TRUNCATED'
  /** A line of the heads file holds no head. */
  | 'HEADS_FILE_CHANGED'

export interface TreeFinding {
  readonly code: TreeFindingCode
  readonly tenant: string
  /** What is wrong: `audit 12`, `leaf 3`, `leaves 3 to 5`, `head 20`, `heads file, head 20`, `heads file, line 4`. */
  readonly subject: string
  readonly message: string
}

export interface TreeVerification {
  readonly database: Database
  /** Path of the heads file. Without it a tree that was cut off, or rewritten with the key, looks whole. */
  readonly headsFile?: string
  readonly verify: VerifySignature
  /** Leaves read at a time. Default 5 000. */
  readonly pageRows?: number
}

const defaultPageRows = 5_000
/** Of rows without a leaf, or with several, so many are named. */
const namedRows = 1_000

/**
 * Checks every tenant's audit log against its tree, its heads and the heads file. Nothing found: an empty list. Writers and
 * sealers may go on meanwhile; rows that are not final may still be without a leaf. Reads pages, each in its own transaction.
 */
export async function verifyTrees(options: TreeVerification): Promise<readonly TreeFinding[]> {
  const file = await readFileHeads(options.headsFile)
  const source = new TreeSource(options.database)
  const stored = await source.ask<{ readonly tenant: string }>(treeTenants)
  const tenants = new Set([...stored.map(({ tenant }) => tenant), ...file.heads.keys()])
  const findings: TreeFinding[] = [...file.findings]
  for (const tenant of [...tenants].toSorted()) {
    findings.push(...(await verifyTenant(source, tenant, file.heads.get(tenant) ?? [], options)))
  }
  return findings
}

interface Extent {
  readonly headSize: number
  readonly leafCount: number
  readonly finalBelow: number
}

async function verifyTenant(
  source: TreeSource,
  tenant: string,
  fileHeads: readonly SignedHead[],
  { verify, pageRows = defaultPageRows }: TreeVerification,
): Promise<readonly TreeFinding[]> {
  const [extent] = await source.ask<Extent>(treeExtent, [tenant])
  if (extent === undefined) throw new Error('the extent of a tree is always one row')
  const check = new TenantCheck(tenant, verify, fileHeads)
  // As far as the leaves go that were there when the extent was read; a head beyond them stays to be reported.
  for (let start = 0; start < extent.leafCount; start += pageRows) {
    const end = Math.min(start + pageRows, extent.leafCount)
    const leaves = await source.ask<SealedRow>(sealedRows, [tenant, start, end])
    const heads = await source.ask<StoredHead>(headsBetween, [tenant, start, end])
    check.page(start, end, leaves, heads)
  }
  check.rest(extent.leafCount, await source.ask<StoredHead>(headsBetween, [tenant, extent.leafCount, extent.headSize]))
  const bare = await source.ask<{ readonly id: number }>(finalRowsWithoutLeaf, [tenant, extent.finalBelow, namedRows])
  for (const { id } of bare)
    check.find('ROW_WITHOUT_LEAF', `audit ${id}`, `Audit row ${id} has no leaf, though all rows up to it were sealed`)
  const many = await source.ask<{ readonly audit: number }>(rowsWithManyLeaves, [tenant, namedRows])
  for (const { audit } of many)
    check.find('ROW_WITH_MANY_LEAVES', `audit ${audit}`, `Audit row ${audit} has several leaves`)
  return check.findings
}

interface SealedRow extends Omit<AuditRow, 'id'> {
  readonly leaf: number
  readonly audit: number
  readonly hash: Buffer
  /** Null when the row is gone. */
  readonly id: number | null
}

interface StoredHead extends SignedHead {
  readonly frontier: Buffer
}

/** Walks the leaves once, from the first to the last, and holds every head against the tree as it was then. */
class TenantCheck {
  readonly findings: TreeFinding[] = []
  readonly #tenant: string
  readonly #verify: VerifySignature
  /** Heads of the file, the smallest first; taken off as the walk passes them. */
  readonly #fileHeads: SignedHead[]
  #tree: Frontier = emptyFrontier
  /** From the first missing leaf on nobody can compute roots. */
  #broken = false
  /** One changed leaf makes every later root differ; the first tells where. */
  #differs = false

  constructor(tenant: string, verify: VerifySignature, fileHeads: readonly SignedHead[]) {
    this.#tenant = tenant
    this.#verify = verify
    this.#fileHeads = fileHeads.toSorted((one, other) => one.size - other.size)
  }

  find(code: TreeFindingCode, subject: string, message: string): void {
    this.findings.push({ code, tenant: this.#tenant, subject, message })
  }

  page(start: number, end: number, leaves: readonly SealedRow[], heads: readonly StoredHead[]): void {
    const stored = new Map(heads.map((head) => [head.size, head]))
    const inFile = this.#takeFileHeads(end)
    let expected = start
    for (const row of leaves) {
      this.#expectLeaf(expected, row.leaf)
      this.#checkRow(row)
      if (!this.#broken) this.#tree = append(this.#tree, [row.hash])
      expected = row.leaf + 1
      this.#checkHeads(expected, stored.get(expected), inFile.get(expected) ?? [])
    }
    this.#expectLeaf(expected, end)
  }

  /** What lies beyond the last leaf. */
  rest(leafCount: number, heads: readonly StoredHead[]): void {
    const last = heads.at(-1)
    if (last !== undefined) this.#expectLeaf(leafCount, last.size)
    for (const head of heads) this.#checkSignature(head, `head ${head.size}`)
    const beyond = this.#fileHeads.findLast(({ size }) => size > Math.max(leafCount, last?.size ?? 0))
    if (beyond === undefined) return
    const message = `The heads file holds a head of ${beyond.size} leaves, the database has ${leafCount}: the end of the tree is gone`
    this.find('TREE_TRUNCATED', `heads file, head ${beyond.size}`, message)
  }

  #takeFileHeads(upTo: number): Map<number, readonly SignedHead[]> {
    const count = this.#fileHeads.findIndex(({ size }) => size > upTo)
    return Map.groupBy(this.#fileHeads.splice(0, count < 0 ? Infinity : count), ({ size }) => size)
  }

  #expectLeaf(expected: number, found: number): void {
    if (found <= expected) return
    this.#broken = true
    const leaves = found - expected === 1 ? `leaf ${expected}` : `leaves ${expected} to ${found - 1}`
    this.find(
      'LEAF_MISSING',
      leaves,
      `The tree has lost ${leaves}; heads of more than ${expected} leaves cannot be checked`,
    )
  }

  #checkRow({ leaf, audit, hash, ...row }: SealedRow): void {
    const { id } = row
    if (id === null) {
      this.find('ROW_MISSING', `audit ${audit}`, `Audit row ${audit}, sealed as leaf ${leaf}, is gone`)
    } else if (!Number.isFinite(row.at) || !auditLeaf({ ...row, id }).equals(hash)) {
      const message = `Audit row ${audit} is not what was sealed as leaf ${leaf}: the row was changed, or its leaf was`
      this.find('ROW_CHANGED', `audit ${audit}`, message)
    }
  }

  #checkHeads(size: number, stored: StoredHead | undefined, inFile: readonly SignedHead[]): void {
    if (stored !== undefined) {
      this.#checkSignature(stored, `head ${size}`)
      this.#checkRoot(stored, `head ${size}`)
      if (!this.#broken && !this.#differs && !encodeFrontier(this.#tree).equals(stored.frontier))
        this.find('FRONTIER_DIFFERS', `head ${size}`, `The frontier beside the head of ${size} leaves is not theirs`)
    }
    for (const head of inFile) {
      const subject = `heads file, head ${size}`
      this.#checkSignature(head, subject)
      this.#checkRoot(head, subject)
      if (stored === undefined)
        this.find(
          'HEAD_MISSING',
          subject,
          `The heads file holds a head of ${size} leaves that the database does not have`,
        )
    }
  }

  #checkRoot({ size, root }: SignedHead, subject: string): void {
    if (this.#broken || this.#differs || rootOf(this.#tree).equals(root)) return
    this.#differs = true
    const message = `The first ${size} leaves do not give the root that was signed for them: a leaf was changed, or the tree was rewritten`
    this.find('ROOT_DIFFERS', subject, message)
  }

  #checkSignature(head: SignedHead, subject: string): void {
    const verdict = verifyHead(this.#verify, head)
    if (verdict === 'invalid')
      this.find('HEAD_FORGED', subject, `The signature of the head of ${head.size} leaves does not fit it`)
    if (verdict === 'unknown signer')
      this.find(
        'HEAD_SIGNER_UNKNOWN',
        subject,
        `The head of ${head.size} leaves names a signer whose public key is not known`,
      )
  }
}

interface FileHeads {
  readonly heads: ReadonlyMap<string, readonly SignedHead[]>
  readonly findings: readonly TreeFinding[]
}

async function readFileHeads(path: string | undefined): Promise<FileHeads> {
  const heads = new Map<string, SignedHead[]>()
  const findings: TreeFinding[] = []
  if (path === undefined) return { heads, findings }
  for await (const { number, head } of readHeadsFile(path)) {
    if (head === undefined) {
      const message = `Line ${number} of the heads file holds no head`
      findings.push({ code: 'HEADS_FILE_CHANGED', tenant: '', subject: `heads file, line ${number}`, message })
    } else {
      const known = heads.get(head.tenant)
      if (known === undefined) heads.set(head.tenant, [head])
      else known.push(head)
    }
  }
  return { heads, findings }
}

class TreeSource {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** One transaction a question: on the embedded database a long one would keep everybody waiting. */
  ask<Row extends object>(statement: Statement, params: readonly Param[] = []): Promise<readonly Row[]> {
    return this.#database.transaction({ role: 'owner' }, (session) => session.query<Row>(statement, params))
  }
}
