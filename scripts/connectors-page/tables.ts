import type { DeclaredOperation, Declaration } from '../../src/connectors/declaration.ts'
import type { RegisteredConnector } from '../../src/connectors/registered-connector.ts'
import type { Title } from '../../src/flow/words.ts'

type Connectors = readonly RegisteredConnector[]

const rows = (cells: readonly (readonly string[])[]): string =>
  cells.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
const table = (head: readonly string[], body: readonly (readonly string[])[]): string =>
  rows([head, head.map(() => '---'), ...body])

const both = ({ en, ar }: Title): string => `${en}<br>${ar}`
const unique = (texts: readonly string[]): string => [...new Set(texts)].join(', ')

export const connectorTable = (connectors: Connectors): string =>
  table(
    [
      'Connector',
      'Name',
      'Role',
      'Version',
      'Class',
      'Data',
      'Personal data that it sends',
      'Handled',
      'Audit events',
      'Webhooks',
    ],
    connectors.map(({ declaration }) => rowOf(declaration)),
  )

function rowOf(declaration: Declaration): readonly string[] {
  const { key, displayName, system, version, documentation, classification, personalData, processedIn, builtIn } =
    declaration
  const operations = Object.values(declaration.operations)
  return [
    `\`${key}\`${builtIn ? ' (built in)' : ''}`,
    both(displayName),
    system,
    `[${version}](${fromDocs(documentation)})`,
    [...new Set(operations.map(({ approval }) => approval))].toSorted().join(', '),
    classification,
    personalData.length === 0 ? 'none' : personalData.map(both).join('<br>'),
    both(processedIn),
    unique(operations.map(({ auditEvent }) => `\`${auditEvent}\``)),
    webhookOf(declaration),
  ]
}

function webhookOf({ webhook }: Declaration): string {
  if (webhook === undefined) return 'none'
  const { signature, replay } = webhook
  const signed = signature === 'none' ? 'not signed: read back from the vendor' : signature
  return replay.kind === 'time window'
    ? `${signed}; at most ${duration(replay.windowMs)} from our clock`
    : `${signed}; ids remembered for good, the vendor repeats for ${duration(replay.retriesForMs)}`
}

export const operationTable = (connectors: Connectors): string =>
  table(
    ['Operation', 'What', 'Class', 'Repeats', 'Undone by', 'Time-out', 'Rate limit', 'Advised retries', 'Audit event'],
    connectors.flatMap(({ key, declaration }) =>
      Object.entries(declaration.operations).map(([name, operation]) => operationRow(key, name, operation)),
    ),
  )

function operationRow(key: string, name: string, operation: DeclaredOperation): readonly string[] {
  const { title, documentation, approval, idempotency, undoneBy, timeoutMs, rateLimit, retry, auditEvent } = operation
  return [
    `[\`${key}.${name}\`](${fromDocs(documentation)})`,
    both(title),
    approval,
    idempotency ?? 'reads only',
    undoneBy === undefined ? '–' : typeof undoneBy === 'string' ? `\`${undoneBy}\`` : both(undoneBy.never),
    duration(timeoutMs),
    `${rateLimit.calls} per ${duration(rateLimit.perMs)}`,
    `${retry.attempts} attempts, ${duration(retry.firstWaitMs)} to ${duration(retry.longestWaitMs)}`,
    `\`${auditEvent}\``,
  ]
}

export const settingTable = (connectors: Connectors): string =>
  table(
    ['Variable', 'In the file', 'Secret', 'Meaning'],
    connectors.flatMap(({ key, settings }) =>
      Object.entries(settings).map(([name, { env, secret, title }]) => [
        `\`${env}\``,
        `${key}: \`${name}\``,
        secret ? 'yes' : '',
        both(title),
      ]),
    ),
  )

/** A page of ours stands beside this one. */
const fromDocs = (documentation: string): string => documentation.replace(/^docs\//, '')

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const

/** `15 d`, `30 s`: in the largest unit that says it without a fraction. */
function duration(ms: number): string {
  const [size, unit] = UNITS.find(([most]) => ms >= most && ms % most === 0) ?? [1, 'ms']
  return `${ms / size} ${unit}`
}
