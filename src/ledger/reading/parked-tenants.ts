import type { Database, Statement } from '../database/database.ts'

const tenants: Statement = {
  name: 'reading.tenants_with_parked',
  text: 'select distinct tenant from sijil.parked_signals where delivered_ms is null order by tenant',
}

/** The tenants for whom a vendor's word is parked that has matched nothing yet. */
export const tenantsWithParked = async (database: Database): Promise<readonly string[]> =>
  (await database.engine.query<{ readonly tenant: string }>(tenants)).map(({ tenant }) => tenant)
