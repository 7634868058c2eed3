import { buildConnector } from 'undici'

/** Failures of opening a connection. What undici hands on is the very object, as it is or as the cause of another. */
const failures = new WeakSet<object>()

/**
 * Opens connections as undici does by itself, and remembers how that failed, the agreement on encryption included: no byte of a request
 * has left by then. HTTP/1.1 only, because one connection of HTTP/2 would be kept for many requests.
 */
export function rememberingConnector(options: buildConnector.BuildOptions): buildConnector.connector {
  const connect = buildConnector({ ...options, allowH2: false })
  return (to, callback) => {
    connect(to, (...outcome) => {
      const [failure] = outcome
      if (failure !== null) failures.add(failure)
      callback(...outcome)
    })
  }
}

/** Whether the connection was never opened. */
export function neverConnected(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (failures.has(at)) return true
  return false
}
