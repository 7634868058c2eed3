import type { SandboxVendor } from './vendor.ts'
import { deskHttp } from './vendors/desk-http/vendor.ts'
import { adobeSign } from './vendors/adobe-sign/vendor.ts'
import { deskMail } from './vendors/desk-mail/vendor.ts'
import { calCom } from './vendors/cal-com/vendor.ts'
import { docusign } from './vendors/docusign/vendor.ts'
import { hubspot } from './vendors/hubspot/vendor.ts'
import { salesforce } from './vendors/salesforce/vendor.ts'
import { jsonHttp } from './vendors/json-http/vendor.ts'
import { openAiCompatible } from './vendors/openai-compatible/vendor.ts'
import { s3 } from './vendors/s3/vendor.ts'
import { smtp } from './vendors/smtp/vendor.ts'
import { twilio } from './vendors/twilio/vendor.ts'
import { unifonic } from './vendors/unifonic/vendor.ts'
import { whatsapp } from './vendors/whatsapp/vendor.ts'

/** Every vendor of the sandbox. To remove one, delete its folder and its line. */
export const VENDORS: readonly SandboxVendor[] = [
  smtp,
  whatsapp,
  twilio,
  unifonic,
  hubspot,
  salesforce,
  docusign,
  s3,
  deskHttp,
  deskMail,
  openAiCompatible,
  jsonHttp,
  adobeSign,
  calCom,
]
