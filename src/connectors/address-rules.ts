import { type LookupAddress, lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/**
 * Which addresses a message may be sent to. Whoever registers an endpoint is not whoever runs the server, so nothing within the
 * server's own network may be reached by it: addresses that are not public are refused, where the connection is made, so that a
 * name which resolves to another address by then gains nothing.
 */
export interface AddressRules {
  /** What is wrong with it, for a person; undefined when nothing is. The name in it is not resolved. */
  problemWith(url: string): string | undefined
  isAllowed(address: string): boolean
  /** Resolves to addresses that are allowed, or fails with `AddressNotAllowed`. */
  readonly lookup: LookupFunction
}

/** The name resolves to no address that may be sent to. */
export class AddressNotAllowed extends Error {
  override readonly name = 'AddressNotAllowed'
  readonly code = 'ADDRESS_NOT_ALLOWED'
}

/** IANA's registries of special-purpose addresses, and what wraps an IPv4 address in another. */
const NOT_PUBLIC = `
  0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24
  192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
  ::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/10
  fec0::/10 ff00::/8`
  .trim()
  .split(/\s+/)
const URL_CHARACTERS_MAX = 2_048

/** `allowed`: addresses that are not public and may be sent to all the same, as CIDR. Throws `TypeError` for what is none. */
export function addressRules(allowed: readonly string[]): AddressRules {
  const closed = listOf(NOT_PUBLIC)
  const opened = listOf(allowed)
  const isIn = (list: BlockList, address: string) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  const isAllowed = (address: string): boolean =>
    isIP(address) !== 0 && (!isIn(closed, address) || isIn(opened, address))
  const loopbackIsOpen = ['127.0.0.1', '::1'].some((address) => isIn(opened, address))

  return {
    isAllowed,
    problemWith: (text) => {
      const url = URL.parse(text)
      if (url === null || text.length > URL_CHARACTERS_MAX) return 'is not a web address'
      const host = hostOf(url)
      if (isIP(host) !== 0 && !isAllowed(host)) return 'is not a public address'
      if (isLoopback(host) && !loopbackIsOpen) return 'is not a public address'
      if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(host)))
        return 'must begin with https://'
      if (url.username !== '' || url.password !== '') return 'must hold no user name or password'
      return url.hash === '' ? undefined : 'must hold no fragment'
    },
    lookup: (name, options, callback) => {
      lookup(name, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, [])
        const open = addresses.filter(({ address }) => isAllowed(address))
        answer(open, options.all === true, callback)
      })
    },
  }
}

/** Whether it is a list of CIDR that `addressRules` takes. */
export function areRanges(ranges: readonly string[]): boolean {
  try {
    listOf(ranges)
    return true
  } catch {
    return false
  }
}

/** Without the brackets of an IPv6 address. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '')

const isLoopback = (host: string): boolean =>
  host === '::1' || /^(.+\.)?localhost\.?$/.test(host) || (isIP(host) === 4 && host.startsWith('127.'))

function answer(open: readonly LookupAddress[], all: boolean, callback: Parameters<LookupFunction>[2]): void {
  const [first] = open
  if (first === undefined) return callback(new AddressNotAllowed('the name leads to no public address'), [])
  if (all) return callback(null, [...open])
  return callback(null, first.address, first.family)
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [net = '', bits = '', ...rest] = range.split('/')
    const family = isIP(net)
    const prefix = /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN
    if (rest.length > 0 || family === 0 || !(prefix <= (family === 4 ? 32 : 128)))
      throw new TypeError('is no range of addresses such as 10.1.0.0/16')
    list.addSubnet(net, prefix, family === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}
