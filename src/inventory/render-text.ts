import type { Finding, InventoryAudit } from './audit.ts'
import type { InventoryListing } from './listing.ts'
import { CLASS_WORDS } from './placement-class.ts'
import type { Language, Words } from './words.ts'

/** The catalogue as a table for a terminal, without colour; the title comes last, so that Arabic does not shift columns. */
export const inventoryText = (listings: readonly InventoryListing[], language: Language): string =>
  columns([HEAD[language], ...listings.map((listing) => row(listing, language))])

const HEAD: Readonly<Record<Language, readonly string[]>> = {
  en: ['NAME', 'DECLARED', 'PLACED', 'ENGINE', 'STATUS', 'TITLE'],
  ar: ['الاسم', 'المعلن', 'حسب القاعدة', 'المحرّك', 'الحالة', 'العنوان'],
}
const NOT_BUILT: Words = { en: 'not built yet', ar: 'لم يُبنَ بعد' }

const row = ({ name, declared, placed, engine, status, title }: InventoryListing, language: Language) => [
  name,
  CLASS_WORDS[declared.class][language],
  CLASS_WORDS[placed.class][language],
  engine ?? '-',
  status.kind === 'built'
    ? { en: `built v${status.version}`, ar: `مبني v${status.version}` }[language]
    : NOT_BUILT[language],
  title[language],
]

/** The audit for a terminal: every finding with the trait, what is so, and the words of the rule. */
export const auditText = (audit: InventoryAudit, language: Language): string =>
  [
    section(KINDS.contradictions, audit.contradictions, language),
    section(KINDS.strains, audit.strains, language),
    section(KINDS.observations, audit.observations, language),
    `${KINDS.notBuilt[language]} (${audit.notBuilt.length})\n${audit.notBuilt.map((name) => `  ${name}\n`).join('')}`,
  ].join('\n')

const KINDS = {
  contradictions: {
    en: 'Contradictions: the rule places it higher than declared, and the runtime obeys the rule',
    ar: 'تعارضات: تضعه القاعدة في صنف أعلى من المعلن، والتشغيل يلتزم بالقاعدة',
  },
  strains: {
    en: 'Strains: the description of its class does not fit it, though the rule moves it nowhere',
    ar: 'تباينات: لا ينطبق عليه وصف صنفه تمامًا، وإن كانت القاعدة لا تنقله',
  },
  observations: {
    en: 'Observations: declared higher than the rule asks, which is allowed',
    ar: 'ملاحظات: أُعلن في صنف أعلى مما تطلبه القاعدة، وهذا مسموح',
  },
  notBuilt: { en: 'Not built yet', ar: 'لم تُبنَ بعد' },
} as const satisfies Record<string, Words>

const section = (heading: Words, found: readonly Finding[], language: Language): string =>
  `${heading[language]} (${found.length})\n${found.map((finding) => findingText(finding, language)).join('')}`

const findingText = ({ workflow, declared, placed, status, reasons }: Finding, language: Language): string => {
  const classes = `${CLASS_WORDS[declared][language]} → ${CLASS_WORDS[placed][language]}`
  const built = status === 'built' ? '' : ` (${NOT_BUILT[language]})`
  return [
    `  ${workflow}  ${declared === placed ? CLASS_WORDS[placed][language] : classes}${built}\n`,
    ...reasons.map(({ trait, fact, rule }) =>
      language === 'en' ? `    ${trait}: ${fact.en} — "${rule.en}"\n` : `    ${fact.ar} — «${rule.ar}»\n`,
    ),
  ].join('')
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => widthOf(cells[column] ?? ''))))
  return rows
    .map((cells) => cells.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell))).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}

/** Terminal cells: marks above and below a letter take none. */
const widthOf = (text: string): number => text.replaceAll(/\p{Mark}/gu, '').length
