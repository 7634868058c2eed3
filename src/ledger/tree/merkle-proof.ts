import { append, emptyFrontier, nodeHash, rootOf } from './merkle.ts'

/** Proofs of RFC 9162, sections 2.1.3 and 2.1.4: that a leaf is in a tree, and that one tree is the beginning of another. */
export interface Tree {
  readonly size: number
  readonly root: Buffer
  /** The hashes that lead from the leaf to the root. Throws a RangeError for a leaf that is not there. */
  inclusionProof(leaf: number): readonly Uint8Array[]
  /** What turns the root of the first `size` leaves into this tree's root. Throws a RangeError beyond the tree. */
  consistencyProof(size: number): readonly Uint8Array[]
}

/** Holds every node (64 bytes a leaf), so that each proof afterwards costs only a walk from a leaf to the root. */
export function treeOf(leaves: readonly Uint8Array[]): Tree {
  const levels = levelsOf(leaves)
  const size = leaves.length
  return {
    size,
    root: rootOf(append(emptyFrontier, leaves)),
    inclusionProof: (leaf) => {
      if (!(leaf >= 0 && leaf < size)) throw new RangeError(`leaf ${leaf} is not in a tree of ${size}`)
      return siblingsOf(levels, leaf)
    },
    consistencyProof: (oldSize) => {
      if (!(oldSize >= 0 && oldSize <= size)) throw new RangeError(`a tree of ${size} has no beginning of ${oldSize}`)
      return oldSize === 0 || oldSize === size ? [] : extensionOf(levels, oldSize)
    },
  }
}

/** The leaves, then their parents, up to the root. A node without a right sibling rises as it is. */
function levelsOf(leaves: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const levels = [leaves]
  for (let level = leaves; level.length > 1; levels.push(level)) level = parentsOf(level)
  return levels
}

function parentsOf(level: readonly Uint8Array[]): readonly Uint8Array[] {
  const parents: Uint8Array[] = []
  for (const [index, node] of level.entries()) {
    if (index % 2 === 1) continue
    const right = level[index + 1]
    parents.push(right === undefined ? node : nodeHash(node, right))
  }
  return parents
}

function siblingsOf(levels: readonly (readonly Uint8Array[])[], leaf: number): readonly Uint8Array[] {
  const proof: Uint8Array[] = []
  let index = leaf
  for (const level of levels) {
    const sibling = level[index % 2 === 1 ? index - 1 : index + 1]
    if (sibling !== undefined) proof.push(sibling)
    index = Math.floor(index / 2)
  }
  return proof
}

/**
 * Walks from the smallest perfect subtree that ends the old tree. The verifier knows that subtree when it is the whole old
 * tree, so only then is it left out.
 */
function extensionOf(levels: readonly (readonly Uint8Array[])[], oldSize: number): readonly Uint8Array[] {
  let index = oldSize - 1
  let height = 0
  for (; index % 2 === 1; height += 1) index = (index - 1) / 2
  const start = levels[height]?.[index]
  const proof = start === undefined || index === 0 ? [] : [start]
  return [...proof, ...siblingsOf(levels.slice(height), index)]
}

export interface InclusionClaim {
  readonly leaf: Uint8Array
  readonly index: number
  readonly size: number
  readonly root: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/** Section 2.1.3.2. */
export function verifyInclusion({ leaf, index, size, root, proof }: InclusionClaim): boolean {
  if (!isSize(index) || !isSize(size) || index >= size) return false
  let position = index
  let last = size - 1
  let hash = leaf
  for (const sibling of proof) {
    if (last === 0) return false
    if (position % 2 === 1 || position === last) {
      hash = nodeHash(sibling, hash)
      for (; position % 2 === 0 && position !== 0; position /= 2) last = Math.floor(last / 2)
    } else {
      hash = nodeHash(hash, sibling)
    }
    position = Math.floor(position / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && equal(hash, root)
}

export interface ConsistencyClaim {
  readonly oldSize: number
  readonly oldRoot: Uint8Array
  readonly newSize: number
  readonly newRoot: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/** Section 2.1.4.2. The empty tree begins every tree. */
export function verifyConsistency({ oldSize, oldRoot, newSize, newRoot, proof }: ConsistencyClaim): boolean {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize) return false
  if (oldSize === 0) return proof.length === 0 && equal(oldRoot, rootOf(emptyFrontier))
  if (oldSize === newSize) return proof.length === 0 && equal(oldRoot, newRoot)

  let position = oldSize - 1
  let last = newSize - 1
  for (; position % 2 === 1; position = (position - 1) / 2) last = Math.floor(last / 2)
  const [start, ...rest] = position === 0 ? [oldRoot, ...proof] : proof
  if (start === undefined) return false
  let ofOld = start
  let ofNew = start
  for (const sibling of rest) {
    if (last === 0) return false
    if (position % 2 === 1 || position === last) {
      ofOld = nodeHash(sibling, ofOld)
      ofNew = nodeHash(sibling, ofNew)
      for (; position % 2 === 0 && position !== 0; position /= 2) last = Math.floor(last / 2)
    } else {
      ofNew = nodeHash(ofNew, sibling)
    }
    position = Math.floor(position / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && equal(ofOld, oldRoot) && equal(ofNew, newRoot)
}

const isSize = (number: number): boolean => Number.isSafeInteger(number) && number >= 0
const equal = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0
