import { sampleApplication } from '../../scripts/start/sample.ts'

/** Who applies: each time another company with another person behind it. */
export const applicationOf = (count: number) => ({
  ...sampleApplication,
  company: `${sampleApplication.company} ${count}`,
  registration: { kind: 'unified' as const, number: String(7_001_000_000 + count) },
  contact: { ...sampleApplication.contact, email: `partner-${count}@noor-gulf.example` },
})

const SIGNERS = [1, 2]

/** Both sign: the vendor learns it, and says so by webhook. */
export async function signEnvelope(sandboxUrl: string, envelope: string): Promise<void> {
  for (const signer of SIGNERS) {
    const url = `${sandboxUrl}/inspect/envelopes/${envelope}/sign/${signer}`
    const { status } = await fetch(url, { method: 'POST', redirect: 'manual' })
    if (status !== 303) throw new Error(`signing was answered with ${status}`)
  }
}
