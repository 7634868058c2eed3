/** Writes docs/codes.md from the code that gives each code; with --check it only says whether the page has drifted (exit code 1). */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { refusalKinds } from '../src/engine/commands/refusal.ts'
import type { StuckCode } from '../src/flow/endings.ts'
import { httpRefusalKinds } from '../src/http/http-refusal.ts'
import type { TemporalNotInstalled } from '../src/composition/temporal-not-installed.ts'
import type { TracingNotInstalled } from '../src/composition/tracing-not-installed.ts'
import type { DatabaseErrorCode } from '../src/ledger/database/database-error.ts'
import { ledgerRefusalKinds } from '../src/ledger/database/ledger-refused.ts'
import type { SchemaRefused } from '../src/ledger/migrate.ts'
import type { TreeFindingCode } from '../src/ledger/tree/verify-tree.ts'
import { ledgerChecks } from '../src/ledger/verify/ledger-checks.ts'
import type { KeyErrorCode } from '../src/trust/key-file.ts'

const COMMAND = 'npx node scripts/write-codes.ts'
const file = join(dirname(import.meta.dirname), 'docs', 'codes.md')

interface Advice {
  readonly means: string
  readonly todo: string
}

// The types hold the tables complete: a code that is new, or gone, does not compile.
const stuck: Readonly<Record<StuckCode, Advice>> = {
  LANGUAGE_RULE: {
    means: 'The flow breaks a rule of the language: two calls of one branch at once, a promise of its own, a bad name.',
    todo: 'The reason names the call. Mend the workflow as a new version; cancel the run, or restore what it began with and retry.',
  },
  REPLAY_DIFFERS: {
    means: 'The code asks for something else than the ledger has recorded at that place.',
    todo: 'Restore the released code of that version and retry, or cancel.',
  },
  NOT_AUTHORISED: {
    means:
      'An outside effect has no decision that lists it for this very subject, or its action is class C. Nothing left.',
    todo: 'Look at what the packet listed and at the policy table. Retry once the policy allows it; else cancel.',
  },
  AFTER_PIVOT: {
    means: 'The run was rejected, expired or failed after its pivot, where nothing is undone by itself.',
    todo: 'Decide outside the run what becomes of what all have signed; then cancel it with `--keep`. A retry comes to the same end.',
  },
  STEP_FAILED: {
    means: 'A step after the pivot failed, and is not given up as a step before it would be.',
    todo: 'The vendor said a definite no. Mend what the reason names (a credential, a record there), then retry: the step is tried again.',
  },
  UNDO_PARKED: {
    means: 'One or more undos failed; everything else was undone.',
    todo: 'See them with `sijil effect list`, take each back by hand or find why not, and say so with `sijil effect resolve`.',
  },
  FLOW_THREW: {
    means:
      'The flow threw something that is neither an ending nor a failed step, or a value was too large for a flow to carry.',
    todo: 'A fault in the workflow. Mend it as a new version and cancel the run, or retry when the cause lay elsewhere.',
  },
  TOO_LARGE: {
    means: 'The results of the run together have more than 8 MB.',
    todo: 'Cancel it, and let its steps pass references and digests instead of documents.',
  },
  NOT_STORABLE: {
    means: 'The ledger cannot keep what the run wants to write, such as text with a NUL. Only this run is concerned.',
    todo: 'Find the step in the reason, mend what it answers, then retry.',
  },
}

const starting: Readonly<
  Record<
    | DatabaseErrorCode
    | SchemaRefused['code']
    | KeyErrorCode
    | TemporalNotInstalled['code']
    | TracingNotInstalled['code']
    | 'UNUSABLE_SETTINGS',
    Advice
  >
> = {
  UNUSABLE_SETTINGS: {
    means: 'Variables of the environment cannot be used. Nothing was started.',
    todo: 'All of them are named; mend them.',
  },
  TEMPORAL_NOT_INSTALLED: {
    means: 'A Temporal cluster is configured, and the packages that speak to it are not installed.',
    todo: 'Install them as the message says, or unset `SIJIL_TEMPORAL_ADDRESS` and `SIJIL_ENGINE`.',
  },
  TRACING_NOT_INSTALLED: {
    means:
      'A collector of traces is configured beside a Temporal cluster, and the packages that speak to it are not installed.',
    todo: 'Install them as the message says, or set `OTEL_TRACES_EXPORTER=none`.',
  },
  DATA_DIRECTORY_IN_USE: {
    means: 'Another process holds the data directory.',
    todo: 'Talk to that process, which is named, or stop it.',
  },
  SCHEMA_NEWER: {
    means: 'A newer Sijil has migrated this ledger. The schema stays as it is.',
    todo: 'Run that version, or restore a snapshot from before.',
  },
  MIGRATION_CHANGED: {
    means: 'A migration that was applied is not the file that is here.',
    todo: 'Restore the released files. A change of the schema is a further migration.',
  },
  MIGRATE_FIRST: {
    means: 'The database has no roles of the ledger yet.',
    todo: 'Run `sijil db migrate`, or `sijil serve`.',
  },
  KEY_MALFORMED: {
    means: 'A key file or variable does not hold a key.',
    todo: 'Put the right key back. Make none anew beside a ledger that holds personal values.',
  },
  KEY_EXPOSED: {
    means: 'Others than its owner may read a key file.',
    todo: '`chmod 600` the file, and ask who has read it.',
  },
  SNAPSHOT_REFUSED: {
    means: 'A snapshot is damaged, of another schema, or the ledger is not empty. Nothing was loaded.',
    todo: 'Restore into an empty ledger, with the version that took the snapshot.',
  },
  EMBEDDED_DATABASE_CHANGED: {
    means: 'The installed PGlite is not the one whose commits are known to reach the disk.',
    todo: 'Install exactly the locked versions: `npm ci`.',
  },
  DATABASE_INTERRUPTED: {
    means: 'The connection ended under a statement; a commit under way may or may not have taken effect.',
    todo: 'Nothing for the engine, which presents its writes again. A command: ask again, with the same idempotency key.',
  },
  DATABASE_CLOSED: { means: 'This process has closed its database.', todo: 'It is stopping; start it again.' },
  SESSION_OVER: { means: 'A session was used after its transaction. A fault of ours.', todo: 'Report it.' },
  TEXT_NOT_STORABLE: { means: 'Text with a NUL or half a surrogate pair.', todo: 'Remove it where it comes from.' },
}

const tree: Readonly<Record<TreeFindingCode, string>> = {
  ROW_CHANGED: 'an audit row, or the leaf that seals it, is not what it was',
  ROW_MISSING: 'a leaf is there, the audit row that it seals is not',
  ROW_WITHOUT_LEAF:
    'an audit row that must have a leaf by now has none: the leaf was taken away, or the row was slipped in',
  ROW_WITH_MANY_LEAVES: 'an audit row has several leaves',
  LEAF_MISSING: 'a leaf is gone',
  ROOT_DIFFERS: 'a signed head says another root than the leaves give',
  HEAD_FORGED: 'a head is not signed by the key that it names',
  HEAD_SIGNER_UNKNOWN: 'a head names a key that is not in the keys directory: put its public key there',
  FRONTIER_DIFFERS: 'the frontier beside a head is not that of its leaves',
  HEAD_MISSING: 'a head of the heads file is not in the database',
  TREE_TRUNCATED:
    'the heads file knows a larger tree: its end was cut off, or an older copy was put in its place, such as a snapshot that was restored',
  HEADS_FILE_CHANGED: 'a line of the heads file holds no head',
}

const rows = (...cells: readonly (readonly string[])[]): string =>
  cells.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
const table = (head: readonly string[], body: readonly (readonly string[])[]): string =>
  rows(
    head,
    head.map(() => '---'),
    ...body,
  )
const adviceTable = (advice: Readonly<Record<string, Advice>>): string =>
  table(
    ['Code', 'Meaning', 'What to do'],
    Object.entries(advice).map(([code, { means, todo }]) => [`\`${code}\``, means, todo]),
  )

const page = `# Codes

<!-- Generated by \`${COMMAND}\` from the code. Do not edit: CI fails when it drifts. -->

## Stuck runs

A stuck run has lost nothing; it waits for a person. \`sijil run list --status stuck\` finds them, \`sijil run show\`
gives the code and the reason, \`sijil run retry\` tries again, \`sijil run cancel\` ends. An operator may do both, whoever asked
for the run may cancel it.

${adviceTable(stuck)}

## Effects that wait for a person

\`sijil effect list\` finds them. The run goes on as soon as one is settled with \`sijil effect resolve <run> <key> --why <reason>\`, and:

${table(
  ['State', 'Meaning', 'What to say'],
  [
    [
      '`in_doubt`',
      'It was started, and nobody could tell whether it happened. It is not made again by itself.',
      'Look at the vendor. `--happened [json]` with what the step would have answered; `--never`: it may be made once more, under a further key; `--abandon`: nobody will know, the step fails',
    ],
    [
      '`parked`',
      'An undo that failed.',
      'The same: `--happened` once it is taken back by hand, `--never` to have it tried again, `--abandon` to leave it',
    ],
  ],
)}

## Refusals of a request

In answers over HTTP, with what went wrong in both languages. Nothing was changed in any of them, and the sentence ends with what to do.

${table(
  ['Code', 'HTTP', 'Exit', 'Sentence', 'بالعربية'],
  Object.entries(refusalKinds).map(([code, { httpStatus, exitCode, en, ar }]) => [
    `\`${code}\``,
    String(httpStatus),
    String(exitCode),
    en,
    ar,
  ]),
)}

### Before a request is understood

${table(
  ['Code', 'HTTP', 'Sentence', 'بالعربية'],
  Object.entries(httpRefusalKinds).map(([code, { status, en, ar }]) => [`\`${code}\``, String(status), en, ar]),
)}

## The process and its database

${adviceTable(starting)}

### A ledger that moves

Whoever opens a ledger, or moves it with \`sijil db move\`, may be refused. Nothing was changed, and the sentence ends with what to do.

${table(
  ['Code', 'Sentence', 'بالعربية'],
  Object.entries(ledgerRefusalKinds).map(([code, { en, ar }]) => [`\`${code}\``, en, ar]),
)}

While it runs, the log may say \`SEALING_FAILED\` (a pass of the sealer failed and is tried again; nothing is lost) and
\`TREE_HEAD_NOT_TRUSTED\` (the last head of a tenant's tree is not one that this key vouches for; its tree is not extended until
somebody has looked: run \`sijil db verify\`, then restart).

## Findings of \`sijil db verify\`

A finding means that the ledger is not what its own proofs say. Stop writing to it, keep a copy as it is, and compare with the last
snapshot and with the heads file. Of the audit trees:

${table(
  ['Code', 'What is wrong'],
  Object.entries(tree).map(([code, says]) => [`\`${code}\``, says]),
)}

Of the rows:

${table(
  ['Code', 'What is wrong'],
  ledgerChecks.map(({ code, says }) => [`\`${code}\``, says]),
)}
`

const before = existsSync(file) ? readFileSync(file, 'utf8') : ''
if (!process.argv.includes('--check')) writeFileSync(file, page)
else if (before !== page) {
  console.error(`docs/codes.md differs from the code. Nothing was changed; run: ${COMMAND}`)
  process.exitCode = 1
}
