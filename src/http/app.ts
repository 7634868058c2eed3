import { isUtf8 } from 'node:buffer'
import { OpenAPIHono } from '@hono/zod-openapi'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { secureHeaders } from 'hono/secure-headers'
import type { Sijil } from '../composition/open-sijil.ts'
import { version } from '../composition/version.ts'
import { assertStorable } from '../engine/commands/checked-value.ts'
import { bodyLimit } from './body-limit.ts'
import { type HttpEnv, withActor } from './caller.ts'
import { errorAnswerOf } from './error-answer.ts'
import { HealthCheck } from './health-check.ts'
import { HttpRefusal } from './http-refusal.ts'
import { addPages } from './pages/pages.ts'
import { REQUEST, refuseUnfitting } from './routes/described.ts'
import { addConnectorRoutes } from './routes/connectors.ts'
import { addHealthRoute } from './routes/health.ts'
import { addInventoryRoutes } from './routes/inventory.ts'
import { addLedgerRoutes } from './routes/ledger.ts'
import { addOutgoingWebhookRoutes } from './routes/outgoing-webhooks.ts'
import { addPartnerRoutes } from './routes/partners.ts'
import { addRunRoutes } from './routes/runs.ts'
import { addTemporalRoutes } from './routes/temporal.ts'
import { addTaskRoutes } from './routes/tasks.ts'
import { addWebhookRoutes } from './routes/webhooks.ts'

/** Everything that needs a key. The rest proves itself: a webhook by its signature, a page by its link. */
const behindKey = [
  '/runs',
  '/runs/*',
  '/tasks',
  '/tasks/*',
  '/effects',
  '/inventory',
  '/inventory/*',
  '/ledger/*',
  '/partners',
  '/partners/*',
  '/temporal/*',
  '/webhook-endpoints',
  '/webhook-endpoints/*',
  '/webhook-messages',
  '/webhook-messages/*',
  '/webhook-log-links',
  '/connectors',
  '/connectors/*',
]

/** The API and the pages over one Sijil. */
export function httpApp(sijil: Sijil, check = new HealthCheck(sijil)): OpenAPIHono<HttpEnv> {
  const app = new OpenAPIHono<HttpEnv>({ defaultHook: refuseUnfitting })
  app.onError((error, c) => {
    const { status, error: told } = errorAnswerOf(error, sijil.log)
    return c.json({ error: told }, status)
  })
  app.notFound((c) => {
    const { status, error: told } = errorAnswerOf(new HttpRefusal('NO_SUCH_ADDRESS'), sijil.log)
    return c.json({ error: told }, status)
  })
  app.use(securityHeaders(sijil.publicUrl.startsWith('https:')))
  app.use(async (c, next) => {
    await next()
    c.header('Cache-Control', c.res.headers.get('Cache-Control') ?? 'no-store')
  })
  // A host such as 127.0.x.1 passes the parser of HTTP and is none; the request could not be read any further.
  app.use(async (c, next) => {
    if (!URL.canParse(c.req.url)) throw new HttpRefusal('NO_SUCH_ADDRESS')
    await next()
  })
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, allowed) => {
        const { status, error: told } = errorAnswerOf(new HttpRefusal('WRONG_METHOD'), sijil.log)
        return c.json({ error: told }, status, { Allow: allowed.join(', ') })
      },
    }),
  )
  app.use(bodyLimit)
  for (const path of behindKey) {
    app.use(path, withActor(sijil))
    app.use(path, jsonOnly)
  }
  addRunRoutes(app, sijil)
  addTaskRoutes(app, sijil)
  addInventoryRoutes(app, sijil)
  addLedgerRoutes(app, sijil)
  addPartnerRoutes(app, sijil)
  addTemporalRoutes(app, sijil)
  addOutgoingWebhookRoutes(app, sijil)
  addHealthRoute(app, check)
  addConnectorRoutes(app, sijil)
  addWebhookRoutes(app, sijil)
  addPages(app, sijil)
  addDescription(app)
  return app
}

/** Nothing but our own style sheet is loaded, nothing frames us, and no address (it may hold a link's token) travels on. */
const securityHeaders = (encrypted: boolean) =>
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    referrerPolicy: 'no-referrer',
    xFrameOptions: 'DENY',
    strictTransportSecurity: encrypted,
    crossOriginResourcePolicy: 'same-origin',
  })

/** A form of another site cannot send JSON, and a body that says nothing of itself is not guessed at. */
const jsonOnly: ReturnType<typeof withActor> = async (c, next) => {
  const type = c.req.header('content-type')
  const empty = c.req.header('content-length') === '0' || c.req.raw.body === null
  if (c.req.method === 'POST' && !empty) {
    if (!/^application\/json\b/i.test(type ?? '')) throw new HttpRefusal('NOT_JSON')
    assertStorable(jsonIn(await c.req.arrayBuffer()), REQUEST)
  }
  return next()
}

/** Read leniently, bytes that are no text would silently become U+FFFD. Throws `HttpRefusal` MALFORMED_JSON. */
function jsonIn(bytes: ArrayBuffer): unknown {
  if (!isUtf8(bytes)) throw new HttpRefusal('MALFORMED_JSON')
  try {
    return JSON.parse(Buffer.from(bytes).toString())
  } catch (cause) {
    throw new HttpRefusal('MALFORMED_JSON', { cause })
  }
}

function addDescription(app: OpenAPIHono<HttpEnv>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'A person’s own key. Whoever holds it is that person.',
  })
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Sijil',
      version,
      description: 'Starts, shows, decides and proves runs of business workflows.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    security: [{ key: [] }],
  })
}
