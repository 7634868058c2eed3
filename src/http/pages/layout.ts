import { html, type Markup } from './html.ts'
import type { Language } from './language.ts'
import { words } from './words.ts'

export const STYLE_PATH = '/sijil.css'

export interface Page {
  readonly language: Language
  readonly title: string
  readonly body: Markup
}

/** A whole page. The link to the other language keeps the address and changes only `lang`. */
export const layout = ({ language, title, body }: Page): string =>
  `<!doctype html>\n${html`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} – ${words.product[language]}</title>
<link rel="stylesheet" href="${STYLE_PATH}">
</head>
<body>
<header><span class="brand">${words.product[language]}</span><a href="?lang=${other(language)}" lang="${other(language)}" hreflang="${other(language)}">${words.other[language]}</a></header>
<main>
${body}
</main>
</body>
</html>
`.toString()}`

const other = (language: Language): Language => (language === 'ar' ? 'en' : 'ar')
