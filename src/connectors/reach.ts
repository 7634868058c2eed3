import { isIP } from 'node:net'
import { lookup } from 'node:dns/promises'
import { Agent } from 'undici'
import { AddressNotAllowed, type AddressRules, addressRules } from './address-rules.ts'
import { rememberingConnector } from './never-connected.ts'
import { isLoopback } from './setting-kinds.ts'

/**
 * Where connectors may connect to: public addresses; this machine where the configured address itself names it; and what
 * `SIJIL_ALLOW_PRIVATE_ADDRESSES` opens. The address that is connected to is what is checked, so a name that leads elsewhere by
 * then gains nothing. A process stands in one network, so the rules are one for all its connectors.
 */
interface Reach {
  readonly rules: AddressRules
  readonly dispatcher: Agent
}
const LOOPBACK = ['127.0.0.0/8', '::1/128']

let elsewhere = reach([])
let thisMachine = reach(LOOPBACK)

/** Opens ranges that are not public, as CIDR. Replaces what was opened before. Throws `TypeError` for what is no range. */
export function allowPrivateAddresses(ranges: readonly string[]): void {
  elsewhere = reach(ranges)
  thisMachine = reach([...ranges, ...LOOPBACK])
}

/** For the requests to a configured address. */
export const dispatcherFor = (base: URL): Agent => of(base.hostname).dispatcher

/** The address to connect to for a configured host. Rejects with `AddressNotAllowed`, or as the look-up does. */
export async function addressFor(host: string): Promise<string> {
  const { rules } = of(host)
  const found = isIP(host) === 0 ? (await lookup(host, { all: true })).map(({ address }) => address) : [host]
  const allowed = found.filter((address) => rules.isAllowed(address)).toSorted((one, other) => isIP(one) - isIP(other))
  const [first] = allowed
  if (first === undefined) throw new AddressNotAllowed('the host leads to no address that may be connected to')
  return first
}

/** Whether a connection failed because it was not allowed; the failures of several addresses may stand in one. */
export const isNotAllowed = (error: unknown): boolean =>
  error instanceof AddressNotAllowed || (error instanceof Error && isNotAllowed(error.cause))

const of = (host: string): Reach => (isLoopback(host) ? thisMachine : elsewhere)

function reach(ranges: readonly string[]): Reach {
  const rules = addressRules(ranges)
  const connect = rememberingConnector({ lookup: rules.lookup })
  const dispatcher = new Agent({
    allowH2: false,
    // A kept connection may be closed under us just as we write: that would leave an effect in doubt for nothing.
    pipelining: 0,
    connect: (options, callback) => {
      // A host that is an address is not looked up.
      const host = options.hostname.replaceAll(/[[\]]/g, '')
      if (isIP(host) === 0 || rules.isAllowed(host)) connect(options, callback)
      else callback(new AddressNotAllowed('the address may not be connected to'), null)
    },
  })
  return { rules, dispatcher }
}
