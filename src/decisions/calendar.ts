import type { Calendar } from '../flow/time.ts'
import type { Database } from '../ledger/database/database.ts'
import { readHolidays } from '../ledger/reading/organisation.ts'
import { workingDays } from './working-days.ts'

/** The calendar of a tenant with its holidays as they are now. */
export async function calendarOf(database: Database, tenant: string): Promise<Calendar> {
  const holidays = await readHolidays(database, tenant)
  return workingDays(holidays.map(({ day }) => day))
}
