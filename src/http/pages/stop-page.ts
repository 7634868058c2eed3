import { html, type Markup } from './html.ts'
import type { Language, Words } from './language.ts'
import { words } from './words.ts'

/** For a person outside who opened the link of a promotion. Programs that look at links open it too, so opening it changes nothing. */
export const stopPage = (organisation: Words, language: Language): Markup =>
  html`<p class="kicker">${organisation[language]}</p>
<h1>${words.stopTitle[language]}</h1>
<section><p>${words.stopIntro[language]}</p>
<form method="post" action="?lang=${language}"><input type="hidden" name="List-Unsubscribe" value="One-Click">
<button>${words.stopButton[language]}</button></form></section>`
