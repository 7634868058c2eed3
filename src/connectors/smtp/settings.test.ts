import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readAccounts, InvalidSettings } from '../settings.ts'

const home = mkdtempSync(join(tmpdir(), 'sijil-dkim-'))
after(() => rmSync(home, { recursive: true }))
const pemOf = (pair: ReturnType<typeof generateKeyPairSync>) =>
  pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const pem = pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }))
const file = join(home, 'dkim.pem')
writeFileSync(file, pem)

const server = { SIJIL_SMTP_URL: 'smtp://sijil:word@127.0.0.1:2525', SIJIL_SMTP_FROM: 'sijil@mail.growth.example' }
const dkim = { SIJIL_SMTP_DKIM_DOMAIN: 'growth.example', SIJIL_SMTP_DKIM_SELECTOR: 's1', SIJIL_SMTP_DKIM_KEY: pem }
const problemsOf = (more: Readonly<Record<string, string>>): readonly string[] => {
  try {
    readAccounts({ ...server, ...more })
    return []
  } catch (error) {
    assert.ok(error instanceof InvalidSettings)
    return error.problems
  }
}

test('the key that signs comes from a file or from the environment', () => {
  assert.deepEqual(problemsOf(dkim), [])
  const { SIJIL_SMTP_DKIM_KEY: _, ...named } = dkim
  assert.deepEqual(problemsOf({ ...named, SIJIL_SMTP_DKIM_KEY_FILE: file }), [])
  assert.deepEqual(problemsOf({ ...dkim, SIJIL_SMTP_DKIM_KEY: pem.replaceAll('\n', String.raw`\n`) }), [])
})

test('what is no RSA key is refused, and is not repeated', () => {
  const other = pemOf(generateKeyPairSync('ed25519'))
  for (const key of ['secret words', other])
    assert.deepEqual(problemsOf({ ...dkim, SIJIL_SMTP_DKIM_KEY: key }), [
      'SIJIL_SMTP_DKIM_KEY: must be an RSA private key in PEM',
    ])
})

test('half of what signing needs is refused, and so is a domain that mails do not come from', () => {
  assert.match(problemsOf({ SIJIL_SMTP_DKIM_SELECTOR: 's1' }).join(), /belong together/)
  for (const domain of ['other.example', 'rowth.example'])
    assert.match(
      problemsOf({ ...dkim, SIJIL_SMTP_DKIM_DOMAIN: domain }).join(),
      /must be the domain of SIJIL_SMTP_FROM/,
    )
})

test('notices are those that servers know', () => {
  assert.deepEqual(problemsOf({ SIJIL_SMTP_NOTICES: 'success, failure' }), [])
  assert.match(problemsOf({ SIJIL_SMTP_NOTICES: 'always' }).join(), /some of success, failure, delay/)
})
