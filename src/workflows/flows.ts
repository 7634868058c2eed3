import type { FlowFunction } from '../flow/drive.ts'
import { partnerApproval } from './sales/partner-approval/workflow.ts'

/** The flows alone, by `name@version`, for a sandbox that knows neither schemas nor steps. A test holds them against `index.ts`. */
export const flows: Readonly<Record<string, FlowFunction>> = {
  'partner-approval@1': partnerApproval,
}
