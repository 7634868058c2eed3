import { type Agent, request } from 'node:http'
import { json, text } from 'node:stream/consumers'

/** One JSON request over a Unix socket, on a connection that the agent keeps. Rejects unless the answer is a success. */
export function post(agent: Agent, socketPath: string, path: string, body: object): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const sent = Buffer.from(JSON.stringify(body))
  const headers = { 'content-type': 'application/json', 'content-length': sent.length }
  const asking = request({ agent, socketPath, path, method: 'POST', headers }, (answer) => {
    const status = answer.statusCode ?? 0
    if (status >= 200 && status < 300) json(answer).then(resolve, reject)
    else text(answer).then((why) => reject(new Error(`${path} answered ${status}: ${why}`)), reject)
  })
  asking.once('error', reject)
  asking.end(sent)
  return promise
}
