/** Takes what is sent by OTLP over HTTP, in this process. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { z } from 'zod'
import { until } from '../../scripts/start/process-output.ts'

const Value = z.union([
  z.object({ stringValue: z.string() }).transform(({ stringValue }) => stringValue),
  z.object({ intValue: z.number() }).transform(({ intValue }) => intValue),
])
const Attributes = z
  .array(z.object({ key: z.string(), value: Value }))
  .transform((pairs) => Object.fromEntries(pairs.map(({ key, value }) => [key, value])))
const Traces = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.looseObject({ attributes: Attributes }),
      scopeSpans: z.array(
        z.looseObject({
          spans: z.array(
            z.looseObject({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              name: z.string(),
              startTimeUnixNano: z.string(),
              endTimeUnixNano: z.string(),
              attributes: Attributes,
              events: z.array(z.unknown()),
              status: z.looseObject({ code: z.int(), message: z.string().optional() }),
            }),
          ),
        }),
      ),
    }),
  ),
})
type Batch = z.infer<typeof Traces>['resourceSpans'][number]
export type ReceivedSpan = Batch['scopeSpans'][number]['spans'][number]

interface Post {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export class OtlpReceiver implements AsyncDisposable {
  readonly posts: Post[] = []
  readonly #server = createServer((request, response) => {
    void buffer(request).then((body) => {
      this.posts.push({ path: request.url ?? '', headers: request.headers, body })
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })

  static async open(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver()
    await once(receiver.#server.listen(0, '127.0.0.1'), 'listening')
    return receiver
  }

  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the receiver does not listen')
    return `http://127.0.0.1:${address.port}`
  }

  /** What was posted there. */
  to(path: string): readonly Post[] {
    return this.posts.filter((post) => post.path === path)
  }

  get batches(): readonly Batch[] {
    return this.to('/v1/traces').flatMap(({ body }) => Traces.parse(JSON.parse(body.toString())).resourceSpans)
  }

  /** Spans in the order in which they began. */
  get spans(): readonly ReceivedSpan[] {
    return this.batches
      .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
      .toSorted((one, other) => Number(BigInt(one.startTimeUnixNano) - BigInt(other.startTimeUnixNano)))
  }

  /** Waits for a span of that name in that trace. */
  span(traceId: string, name: string): Promise<ReceivedSpan> {
    const found = async () => this.spans.find((span) => span.traceId === traceId && span.name === name)
    return until(found, { what: `the span ${name} arrives` })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await once(this.#server.close(), 'close')
  }
}
