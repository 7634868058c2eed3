interface Watched {
  readonly ms: number
  readonly onTimeout: () => void
  timer: NodeJS.Timeout | undefined
}

/** Stops the watch. */
export type Unwatch = () => void

/**
 * The time-outs of an engine's attempts. Most steps end before the event loop has turned once: a timer is armed only for those
 * that are still at it then.
 */
export class Timeouts {
  readonly #young = new Set<Watched>()

  watch(ms: number, onTimeout: () => void): Unwatch {
    const watched: Watched = { ms, onTimeout, timer: undefined }
    if (this.#young.size === 0) setImmediate(() => this.#arm())
    this.#young.add(watched)
    return () => {
      this.#young.delete(watched)
      clearTimeout(watched.timer)
    }
  }

  #arm(): void {
    for (const watched of this.#young) watched.timer = setTimeout(watched.onTimeout, watched.ms)
    this.#young.clear()
  }
}
