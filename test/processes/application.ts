import { sampleApplication } from '../../scripts/start/sample.ts'
import type { Chance } from './chance.ts'

/** Each kind of partnership is decided by others; a government entity by two people at once. */
const partnerships = ['referral', 'distribution', 'technology', 'strategic', 'government'] as const

/** An application of an invented company, as the API takes it. */
export function applicationFrom(chance: Chance): Readonly<Record<string, unknown>> {
  const partnership = chance.pick(partnerships)
  const number = 1_000 + chance.whole(9_000)
  return {
    ...sampleApplication,
    company: `${sampleApplication.company} ${number}`,
    contact: { ...sampleApplication.contact, email: `partner-${number}@noor-gulf.example` },
    language: chance.pick(['ar', 'en']),
    partnership,
    ...(partnership === 'government' ? { registration: { kind: 'government', instrument: `Decree ${number}` } } : {}),
    yearsActive: chance.whole(30),
    employees: 1 + chance.whole(400),
  }
}
