import { EffectRefused } from '../flow/failure.ts'
import type { Call } from './connector.ts'
import type { ContactAddress } from './contacts.ts'

/** Refuses a promotion to somebody who has told us that they want no more. Asked at the very attempt: they may have said so since it was decided. */
export async function refuseStopped(call: Pick<Call<unknown>, 'contact'>, address: ContactAddress): Promise<void> {
  const { stopped } = await call.contact(address)
  if (stopped)
    throw new EffectRefused(
      'CONTACT_STOPPED',
      'The recipient has asked for no more promotions. Nothing was sent; do not send this one by another way either.',
    )
}
