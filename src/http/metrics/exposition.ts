/**
 * The text format of Prometheus, version 0.0.4. What is written is counted elsewhere: a client library would count it a second time.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export interface Family {
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly samples: readonly Sample[]
}
export interface Sample {
  /** What a sample of a histogram is; none for any other. */
  readonly part?: 'bucket' | 'sum' | 'count'
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

/** Families without a sample are left out. */
export const exposition = (families: readonly Family[]): string =>
  families
    .filter(({ samples }) => samples.length > 0)
    .flatMap(({ name, kind, help, samples }) => [
      `# HELP ${name} ${escaped(help)}`,
      `# TYPE ${name} ${kind}`,
      ...samples.map((sample) => lineOf(name, sample)),
    ])
    .map((line) => `${line}\n`)
    .join('')

function lineOf(name: string, { part, labels = {}, value }: Sample): string {
  const of = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text).replaceAll('"', '\\"')}"`)
  return `${name}${part === undefined ? '' : `_${part}`}${of.length === 0 ? '' : `{${of.join(',')}}`} ${value}`
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
