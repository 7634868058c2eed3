import type { Mail } from '../../../connectors/systems.ts'
import type { OutsideEffect } from '../../../flow/effect.ts'
import type { StepContext } from '../../../flow/step.ts'
import type { PartnerApplication, Terms } from './contract.ts'
import { escaped, isolated } from './markup.ts'
import { organisation } from './organisation.ts'
import type { Language } from './words.ts'

export interface Letter {
  readonly subject: string
  readonly body: readonly Part[]
}
type Part =
  | string
  | { readonly facts: readonly (readonly [label: string, value: string])[] }
  | { readonly link: string; readonly url: string }

export interface Addressee {
  readonly name: string
  readonly company: string
  readonly language: Language
}

/** Opens what is sealed of the partner's contact, and sends the letter in the partner's language. */
export async function post(
  ctx: StepContext<OutsideEffect<'email'>>,
  { contact, company, language }: PartnerApplication | Terms,
  letter: Letter,
): Promise<{ messageId: string }> {
  const to = await ctx.personal.open(contact.email)
  const name = await ctx.personal.open(contact.name)
  return ctx.email.send({ to, ...mailOf(letter, { name, company, language }) })
}

/** The same words twice: as plain text, and as a page that reads in the right direction. */
export function mailOf({ subject, body }: Letter, addressee: Addressee): Omit<Mail, 'to'> {
  const { language } = addressee
  const parts = [...openingOf(addressee), ...body, ...closingIn(language)]
  return { subject, text: `${parts.map(textOf).join('\n\n')}\n`, html: pageOf(parts, language), language }
}

const openingOf = ({ name, company, language }: Addressee): readonly string[] =>
  language === 'ar'
    ? [`السادة / ${isolated(company)}  المحترمين\nعناية: ${isolated(name)}`, 'السلام عليكم ورحمة الله وبركاته، وبعد:']
    : [`Dear ${isolated(name)},`]

const closingIn = (language: Language): readonly string[] => {
  const { department, name } = organisation
  return language === 'ar'
    ? ['وتفضلوا بقبول فائق التقدير والاحترام.', `${department.ar}\n${name.ar}`]
    : ['Yours sincerely,', `${department.en}\n${name.en}`]
}

function textOf(part: Part): string {
  if (typeof part === 'string') return part
  if ('url' in part) return `${part.link}:\n${part.url}`
  return part.facts.map(([label, value]) => `${label}: ${value}`).join('\n')
}

const pageOf = (parts: readonly Part[], language: Language): string =>
  [
    `<!doctype html><html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}"><head><meta charset="utf-8"></head>`,
    '<body style="font-family:\'Segoe UI\',Tahoma,Arial,sans-serif;font-size:16px;line-height:1.7;color:#1c2a25;max-width:640px;margin:auto;padding:24px">',
    ...parts.map(htmlOf),
    '</body></html>',
  ].join('\n')

function htmlOf(part: Part): string {
  if (typeof part === 'string') return `<p>${escaped(part).replaceAll('\n', '<br>')}</p>`
  if ('url' in part) {
    const style = 'display:inline-block;background:#0b5d47;color:#ffffff;padding:10px 22px;border-radius:6px'
    return `<p><a href="${escaped(part.url)}" style="${style};text-decoration:none">${escaped(part.link)}</a></p>`
  }
  const cell = 'style="text-align:start;vertical-align:top;padding:6px 12px;border-bottom:1px solid #dfe5e2"'
  const rows = part.facts.map(
    ([label, value]) => `<tr><th ${cell}>${escaped(label)}</th><td ${cell}><bdi>${escaped(value)}</bdi></td></tr>`,
  )
  return `<table style="border-collapse:collapse;width:100%">${rows.join('')}</table>`
}
