import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { mock } from 'node:test'

const here = { address: '127.0.0.1', family: 4 }

/** In this process every name leads to this machine, as the name server of a private network has it. */
export function leadAllNamesHere(): void {
  mock.method(dns, 'lookup', (_name: string, _options: object, callback: (...found: unknown[]) => void) =>
    callback(null, [here]),
  )
  mock.method(dns.promises, 'lookup', async () => [here])
  syncBuiltinESMExports()
}
