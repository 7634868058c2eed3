import { z } from 'zod'

/** How organisations and phones are numbered in the Kingdom. People type them in Arabic or Western digits, with spaces and dashes. */

const tenDigits = (pattern: RegExp, message: string) =>
  z.string().transform(compact).pipe(z.string().regex(pattern, message))

export const Registration = z.discriminatedUnion('kind', [
  /** The unified national number: the only company number that has been issued since April 2025. */
  z.object({
    kind: z.literal('unified'),
    number: tenDigits(/^7\d{9}$/, 'a unified number has ten digits and begins with 7 — الرقم الموحد عشر خانات أولها 7'),
  }),
  /** A commercial registration from before: it is still found on older papers. */
  z.object({
    kind: z.literal('commercial'),
    number: tenDigits(
      /^[0-689]\d{9}$/,
      'a commercial registration has ten digits and does not begin with 7 — السجل التجاري عشر خانات ولا يبدأ بالرقم 7',
    ),
  }),
  /** A government entity is named by the decree or the decision that established it. */
  z.object({ kind: z.literal('government'), instrument: z.string().trim().min(3).max(120) }),
  z.object({
    kind: z.literal('foreign'),
    /** Where it is registered: ISO 3166, two letters. */
    country: z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^(?!SA)[A-Z]{2}$/, 'a country other than SA, as two letters — رمز دولة من حرفين غير SA'),
    number: z.string().transform(compact).pipe(z.string().min(3).max(40)),
  }),
])
export type Registration = z.infer<typeof Registration>

/** A mobile number in its international form, `+9665…`; one of the Kingdom may be typed in any of its usual forms. */
export const Mobile = z
  .string()
  .transform(international)
  .pipe(
    z
      .string()
      .regex(
        /^\+(9665\d{8}|(?!966)[1-9]\d{7,14})$/,
        'a mobile number such as 05XXXXXXXX or +9665XXXXXXXX — رقم جوال مثل 05XXXXXXXX أو +9665XXXXXXXX',
      ),
  )

/** Arabic-Indic and Persian digits as 0–9. */
export const westernDigits = (text: string): string =>
  text.replaceAll(/[٠-٩۰-۹]/g, (digit) => String(digit.charCodeAt(0) & 0xf))

/** Without spaces, dashes and the invisible marks that come along when a number is copied from a right-to-left page. */
function compact(text: string): string {
  return westernDigits(text).replaceAll(/[\s\p{Cf}()–—-]/gu, '')
}

function international(text: string): string {
  const digits = compact(text).replace(/^00/, '+')
  const local = /^(?:\+?966)?0?(5\d{8})$/.exec(digits)?.[1]
  return local === undefined ? digits : `+966${local}`
}
