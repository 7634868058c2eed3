import type { Finding } from '../systems.ts'

const MOST_FINDINGS = 1_000

/** What was read lately, in this process, for as long as its description lets it count. The oldest make room. */
export class FindingCache {
  readonly #findings = new Map<string, { readonly finding: Finding; readonly until: number }>()

  get(question: string, now: number): Finding | undefined {
    const known = this.#findings.get(question)
    if (known === undefined || known.until > now) return known?.finding
    this.#findings.delete(question)
    return undefined
  }

  keep(question: string, finding: Finding, until: number): void {
    this.#findings.delete(question)
    this.#findings.set(question, { finding, until })
    const [oldest] = this.#findings.keys()
    if (this.#findings.size > MOST_FINDINGS && oldest !== undefined) this.#findings.delete(oldest)
  }
}
