import type { Log } from '../composition/log.ts'
import { openSijil, type Sijil } from '../composition/open-sijil.ts'
import type { SijilSettings } from '../composition/settings.ts'
import { httpApp } from './app.ts'
import { HealthCheck } from './health-check.ts'
import { listen } from './listen.ts'
import { metricsPage } from './metrics/metrics-page.ts'

export interface Served {
  readonly sijil: Sijil
  /** Where it listens. */
  readonly url: string
  /** Where metrics are shown; undefined when nowhere. */
  readonly metricsUrl: string | undefined
  /** Takes no new request, then closes Sijil in its order. Twice is once. */
  close(): Promise<void>
}

/** A running Sijil behind HTTP. What was opened is closed again when it throws. */
export async function serve(
  settings: SijilSettings,
  { log, seed = false }: { readonly log: Log; readonly seed?: boolean },
): Promise<Served> {
  await using opening = new AsyncDisposableStack()
  const listener = await listen(settings)
  opening.defer(() => listener.close())
  const metricsListener = settings.metrics && (await listen(settings.metrics))
  opening.defer(() => metricsListener?.close())
  const sijil = await openSijil({ settings, log, publicUrl: settings.publicUrl ?? listener.url, seed })
  const check = new HealthCheck(sijil)
  const app = httpApp(sijil, check)
  listener.answerWith((request) => app.fetch(request))
  metricsListener?.answerWith(metricsPage(sijil, check))
  sijil.announceAddress(listener.url)
  opening.move()
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    await Promise.all([listener.close(), metricsListener?.close()])
    await sijil.close()
  }
  return {
    sijil,
    url: listener.url,
    metricsUrl: metricsListener?.url,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}
