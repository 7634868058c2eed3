import assert from 'node:assert/strict'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { temporaryDirectory } from '../../../test/support/audit-log.ts'
import { copyHeadsFile } from './heads-file.ts'

suite('The heads file of a ledger that moves', () => {
  test('goes along, into a directory that is not there yet, and again once it is longer', async () => {
    using directory = temporaryDirectory()
    const [from, to] = [directory.file('heads'), directory.file('there/heads')]
    writeFileSync(from, '{"one":1}\n')
    assert.equal(await copyHeadsFile(from, to), true)
    appendFileSync(from, '{"two":2}\n')
    assert.equal(await copyHeadsFile(from, to), true)
    assert.equal(readFileSync(to, 'utf8'), '{"one":1}\n{"two":2}\n')
  })

  test('does not take the place of another, nor of a longer one', async () => {
    using directory = temporaryDirectory()
    const [from, to] = [directory.file('heads'), directory.file('others')]
    writeFileSync(from, '{"one":1}\n')
    for (const other of ['{"one":2}\n', '{"one":1}\n{"two":2}\n']) {
      writeFileSync(to, other)
      assert.equal(await copyHeadsFile(from, to), false)
      assert.equal(readFileSync(to, 'utf8'), other)
    }
  })

  test('is left alone where it stands already, and where there is none', async () => {
    using directory = temporaryDirectory()
    const [file, to] = [directory.file('heads'), directory.file('there')]
    assert.equal(await copyHeadsFile(file, to), true)
    assert.equal(existsSync(to), false)
    writeFileSync(file, '{"one":1}\n')
    assert.equal(await copyHeadsFile(file, file), true)
    assert.equal(readFileSync(file, 'utf8'), '{"one":1}\n')
  })
})
