import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { suite, test } from 'node:test'
import { adoption, adoptionPage } from '../src/composition/adoption.ts'

const root = dirname(import.meta.dirname)

test('docs/temporal-adoption.md is what the definitions say', () => {
  assert.equal(
    readFileSync(join(root, 'docs', 'temporal-adoption.md'), 'utf8'),
    adoptionPage(),
    'run: npx sijil inventory adoption --markdown > docs/temporal-adoption.md',
  )
})

suite('what the adoption record names as a proof is there', () => {
  for (const { title, proof } of adoption().prerequisites)
    if (proof !== undefined)
      test(title.en, () => {
        const path = join(root, proof.file)
        assert.ok(existsSync(path), proof.file)
        assert.ok(readFileSync(path, 'utf8').includes(proof.holds), `${proof.file} does not have: ${proof.holds}`)
      })
})
