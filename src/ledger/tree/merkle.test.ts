import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { append, decodeFrontier, emptyFrontier, encodeFrontier, leafHash, rootOf } from './merkle.ts'
import { treeOf, verifyConsistency, verifyInclusion } from './merkle-proof.ts'

/** The test tree of the Certificate Transparency reference implementation. */
const known = {
  leaves: ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'],
  roots: [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ],
} as const
const knownLeaves = known.leaves.map((leaf) => leafHash(Buffer.from(leaf, 'hex')))

test('the roots are those of the Certificate Transparency test tree', () => {
  for (const [size, root] of known.roots.entries()) {
    const leaves = knownLeaves.slice(0, size)
    assert.equal(rootOf(append(emptyFrontier, leaves)).toString('hex'), root)
    assert.equal(treeOf(leaves).root.toString('hex'), root)
  }
})

test('the proofs are those of the Certificate Transparency test tree', () => {
  const hex = (proof: readonly Uint8Array[]) => proof.map((hash) => Buffer.from(hash).toString('hex'))
  assert.deepEqual(hex(treeOf(knownLeaves).inclusionProof(0)), [
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ])
  assert.deepEqual(hex(treeOf(knownLeaves).consistencyProof(6)), [
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ])
  assert.deepEqual(hex(treeOf(knownLeaves.slice(0, 5)).consistencyProof(2)), [
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  ])
})

const leavesOf = (size: number) => Array.from({ length: size }, (_, index) => leafHash(`leaf ${index}`))
const sizes = fc.integer({ min: 0, max: 70 })
const sizeAndLeaf = fc.integer({ min: 1, max: 70 }).chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1)))

test('leaves added in any batches give the same frontier and root', () => {
  fc.assert(
    fc.property(sizes, sizes, (first, second) => {
      const leaves = leavesOf(first + second)
      const once = append(emptyFrontier, leaves)
      const kept = decodeFrontier(first, encodeFrontier(append(emptyFrontier, leaves.slice(0, first))))
      assert.ok(kept)
      const twice = append(kept, leaves.slice(first))
      assert.deepEqual(encodeFrontier(twice), encodeFrontier(once))
      assert.deepEqual(rootOf(twice), treeOf(leaves).root)
    }),
  )
})

test('bytes of the wrong length are no frontier', () => {
  const bytes = encodeFrontier(append(emptyFrontier, leavesOf(5)))
  assert.equal(decodeFrontier(5, bytes)?.size, 5)
  assert.equal(decodeFrontier(4, bytes), undefined)
  assert.equal(decodeFrontier(5, bytes.subarray(1)), undefined)
})

test('every inclusion proof verifies, and fails once a byte, the place or the size is another', () => {
  fc.assert(
    fc.property(sizeAndLeaf, fc.nat(), ([size, index], flip) => {
      const leaves = leavesOf(size)
      const tree = treeOf(leaves)
      const leaf = leaves[index] ?? assert.fail('the leaf is there')
      const claim = { leaf, index, size, root: tree.root, proof: tree.inclusionProof(index) }
      assert.equal(verifyInclusion(claim), true)
      assert.equal(verifyInclusion({ ...claim, index: size }), false)
      assert.equal(verifyInclusion({ ...claim, index: (index + 1) % size }), size === 1)
      assert.equal(verifyInclusion({ ...claim, proof: [...claim.proof, leaf] }), false)
      assert.equal(verifyInclusion({ ...claim, leaf: flipped(leaf, flip) }), false)
      assert.equal(verifyInclusion({ ...claim, root: flipped(tree.root, flip) }), false)
      for (const at of claim.proof.keys()) {
        assert.equal(verifyInclusion({ ...claim, proof: withFlipped(claim.proof, at, flip) }), false)
        assert.equal(verifyInclusion({ ...claim, proof: claim.proof.toSpliced(at, 1) }), false)
      }
    }),
  )
})

test('every consistency proof verifies, and fails once a byte or a size is another', () => {
  fc.assert(
    fc.property(sizes, sizes, fc.nat(), (one, other, flip) => {
      const [oldSize, newSize] = one < other ? [one, other] : [other, one]
      const old = treeOf(leavesOf(oldSize))
      const tree = treeOf(leavesOf(newSize))
      const proof = tree.consistencyProof(oldSize)
      const claim = { oldSize, oldRoot: old.root, newSize, newRoot: tree.root, proof }
      assert.equal(verifyConsistency(claim), true)
      assert.equal(verifyConsistency({ ...claim, oldRoot: flipped(old.root, flip) }), false)
      assert.equal(verifyConsistency({ ...claim, oldSize: newSize + 1 }), false)
      assert.equal(verifyConsistency({ ...claim, proof: [...proof, tree.root] }), false)
      if (oldSize > 0) assert.equal(verifyConsistency({ ...claim, newRoot: flipped(tree.root, flip) }), false)
      for (const at of proof.keys()) {
        assert.equal(verifyConsistency({ ...claim, proof: withFlipped(proof, at, flip) }), false)
        assert.equal(verifyConsistency({ ...claim, proof: proof.toSpliced(at, 1) }), false)
      }
    }),
  )
})

test('a proof beyond the tree is refused', () => {
  assert.throws(() => treeOf(leavesOf(3)).inclusionProof(3), RangeError)
  assert.throws(() => treeOf(leavesOf(3)).consistencyProof(4), RangeError)
})

function flipped(hash: Uint8Array, bit: number): Buffer {
  const changed = Buffer.from(hash)
  const at = Math.floor(bit / 8) % changed.length
  changed[at] = (changed[at] ?? 0) ^ (1 << (bit % 8))
  return changed
}

const withFlipped = (proof: readonly Uint8Array[], at: number, bit: number): readonly Uint8Array[] =>
  proof.map((hash, index) => (index === at ? flipped(hash, bit) : hash))
