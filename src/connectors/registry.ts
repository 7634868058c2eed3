import { builtInCrm } from './built-in-crm/connector.ts'
import { deskHttp } from './desk-http/connector.ts'
import { adobeSign } from './adobe-sign/connector.ts'
import { deskMail } from './desk-mail/connector.ts'
import { calCom } from './cal-com/connector.ts'
import { docusign } from './docusign/connector.ts'
import { registered } from './registered-connector.ts'
import { folder } from './folder/connector.ts'
import { hubspot } from './hubspot/connector.ts'
import { jsonHttp } from './json-http/connector.ts'
import { openAiCompatible } from './openai-compatible/connector.ts'
import { rules } from './rules/connector.ts'
import { s3 } from './s3/connector.ts'
import { salesforce } from './salesforce/connector.ts'
import { smtp } from './smtp/connector.ts'
import { twilio } from './twilio/connector.ts'
import { unifonic } from './unifonic/connector.ts'
import { whatsapp } from './whatsapp/connector.ts'

/** Every connector of the product. To remove a vendor, delete its folder and its line. */
export const connectors = [
  registered(smtp),
  registered(whatsapp),
  registered(twilio),
  registered(unifonic),
  registered(hubspot),
  registered(salesforce),
  registered(builtInCrm),
  registered(docusign),
  registered(deskHttp),
  registered(adobeSign),
  registered(deskMail),
  registered(calCom),
  registered(s3),
  registered(folder),
  registered(openAiCompatible),
  registered(rules),
  registered(jsonHttp),
] as const
