import { hash } from 'node:crypto'

/**
 * The hashes of RFC 9162, section 2.1: a leaf is SHA-256(0x00 ‖ data), a node SHA-256(0x01 ‖ left ‖ right), so that neither
 * passes for the other. Pure: whoever holds the rows computes the same root with nothing but this file.
 */
export const hashBytes = 32

export const leafHash = (data: Uint8Array | string): Buffer =>
  sha256(typeof data === 'string' ? `\0${data}` : Buffer.concat([leafPrefix, data]))

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  node.set(left, 1)
  node.set(right, 1 + hashBytes)
  return sha256(node)
}

const leafPrefix = Uint8Array.of(0)
/** Written anew for every node: its prefix, and room for the two below it. */
const node = new Uint8Array(1 + 2 * hashBytes)
node[0] = 1

/** By way of hex: asking for bytes takes three times as long. */
const sha256 = (data: Uint8Array | string): Buffer => Buffer.from(hash('sha256', data, 'hex'), 'hex')

/**
 * All that is needed of a tree to add leaves to it: the roots of its perfect subtrees, the largest (leftmost) first. There is
 * one for each 1 in the binary number of `size`.
 */
export interface Frontier {
  readonly size: number
  readonly roots: readonly Uint8Array[]
}

export const emptyFrontier: Frontier = { size: 0, roots: [] }

/** The frontier of the tree with these leaves added on the right. */
export function append(frontier: Frontier, leaves: Iterable<Uint8Array>): Frontier {
  const roots = [...frontier.roots]
  let size = frontier.size
  for (const leaf of leaves) {
    let root = leaf
    for (let left = size; left % 2 === 1; left = (left - 1) / 2) root = nodeHash(lastOf(roots), root)
    roots.push(root)
    size += 1
  }
  return { size, roots }
}

function lastOf(roots: Uint8Array[]): Uint8Array {
  const last = roots.pop()
  if (last === undefined) throw new RangeError('a frontier has one root for each 1 in its size')
  return last
}

/** The root of the whole tree. That of the empty tree is the hash of nothing. */
export function rootOf(frontier: Frontier): Buffer {
  const root = frontier.roots.reduceRight<Uint8Array | undefined>(
    (right, left) => (right === undefined ? left : nodeHash(left, right)),
    undefined,
  )
  return root === undefined ? sha256('') : Buffer.from(root)
}

export const encodeFrontier = (frontier: Frontier): Buffer => Buffer.concat(frontier.roots)

/** Undefined for bytes that are no frontier of a tree of this size. */
export function decodeFrontier(size: number, bytes: Uint8Array): Frontier | undefined {
  if (bytes.length !== onesIn(size) * hashBytes) return undefined
  return { size, roots: hashesIn(bytes) }
}

/** Hashes that lie one after another, each of them a view into the bytes. */
export const hashesIn = (bytes: Uint8Array): readonly Uint8Array[] =>
  Array.from({ length: bytes.length / hashBytes }, (_, index) =>
    bytes.subarray(index * hashBytes, (index + 1) * hashBytes),
  )

function onesIn(size: number): number {
  let ones = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2
  return ones
}
