/** One Postgres for a whole test run: node --test --test-global-setup=test/support/global-setup.ts */
import { sharePostgres } from './postgres.ts'

let stopSharing: (() => Promise<void>) | undefined

export async function globalSetup(): Promise<void> {
  stopSharing = await sharePostgres()
}

export async function globalTeardown(): Promise<void> {
  await stopSharing?.()
}
