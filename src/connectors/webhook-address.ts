/**
 * Where a vendor reports to. `base`: our public address, with whatever path a proxy puts before ours. `account`: the vendor's own id of the
 * account, or our name of it.
 */
export const webhookAddress = (base: string, tenant: string, connector: string, account: string): string =>
  [base.replace(/\/+$/, ''), 'webhooks', ...[tenant, connector, account].map((part) => encodeURIComponent(part))].join(
    '/',
  )

/** The path of a webhook as `webhookAddress` makes it, with the query. */
const PATH = /\/webhooks\/[^/]+\/[^/]+\/[^/?]+(?:\?.*)?$/s

/** The same webhook as it is called under `base`: what a vendor signs is the address that it was given, whatever led it to us. */
export function webhookUnder(base: string, url: string): string {
  const [path = ''] = PATH.exec(url) ?? []
  return path === '' ? url : base.replace(/\/+$/, '') + path
}
