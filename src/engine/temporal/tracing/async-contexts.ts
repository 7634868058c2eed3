import { AsyncLocalStorage } from 'node:async_hooks'
import { type Context, type ContextManager, ROOT_CONTEXT } from '@opentelemetry/api'

/** Which span is active follows the course of promises. */
export class AsyncContexts implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>()

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT
  }

  with<A extends unknown[], F extends (...given: A) => ReturnType<F>>(
    context: Context,
    run: F,
    thisArg?: ThisParameterType<F>,
    ...given: A
  ): ReturnType<F> {
    return this.#storage.run(context, () => run.call(thisArg, ...given))
  }

  bind<T>(context: Context, target: T): T {
    if (typeof target !== 'function') return target
    const bound = target as (...given: unknown[]) => unknown // it was seen to be a function
    // What calls a T, and is called like one, is a T.
    return ((...given: unknown[]) => this.#storage.run(context, () => bound(...given))) as T
  }

  enable(): this {
    return this
  }

  disable(): this {
    this.#storage.disable()
    return this
  }
}
