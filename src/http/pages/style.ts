/** The one style sheet. Logical properties only, so that it reads the same from right to left. */
export const style = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #d9dee5; --paper: #ffffff; --ground: #f4f5f7; --accent: #14644f; --no: #9c2b2b; --note: #fff6dd }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebef; --soft: #a3adb9; --line: #39424d; --paper: #1d242c; --ground: #12171d; --accent: #59b89a; --no: #e58585; --note: #3a3320 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.6 system-ui, "Noto Sans", "Noto Sans Arabic", "Noto Naskh Arabic", "Segoe UI", Tahoma, sans-serif; overflow-wrap: break-word }
header, main { max-inline-size: 48rem; margin-inline: auto; padding-inline: 1rem }
header { display: flex; justify-content: space-between; align-items: center; padding-block: .75rem }
.brand { font-weight: 700; color: var(--accent) }
a { color: var(--accent) }
main { padding-block-end: 4rem }
h1 { font-size: 1.5rem; line-height: 1.3; margin-block: .25rem 1rem }
h2 { font-size: 1.15rem; margin-block: 0 .75rem }
h2::first-letter { text-transform: uppercase }
h3 { font-size: 1rem; margin-block: 1rem .25rem; color: var(--soft) }
.kicker { color: var(--soft); margin: 0 }
section, details { background: var(--paper); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; margin-block-end: 1rem }
section > :first-child { margin-block-start: 0 }
section > :last-child, details > :last-child { margin-block-end: 0 }
.note { background: var(--note) }
.wrong { border-color: var(--no); border-inline-start-width: .35rem }
dl { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; gap: .3rem 1rem; margin: 0 }
dt { color: var(--soft) }
dd { margin: 0; min-inline-size: 0 }
.inner { border-inline-start: 3px solid var(--line); padding-inline-start: .75rem }
.subject { border-inline-start: 3px solid var(--accent); padding-inline-start: .75rem }
.tag { display: inline-block; font-size: .85rem; color: var(--soft) }
.subject > .tag { color: var(--accent) }
table { border-collapse: collapse; inline-size: 100% }
th, td { text-align: start; vertical-align: top; padding: .35rem .5rem; border-block-end: 1px solid var(--line) }
th { color: var(--soft); font-weight: 500 }
tr > :first-child { padding-inline-start: 0 }
.scroll { overflow-x: auto }
ul { margin: .25rem 0; padding-inline-start: 1.25rem }
.said { white-space: pre-wrap; margin: .1rem 0 0 }
summary { font-weight: 600; cursor: pointer }
details[open] > summary { margin-block-end: .75rem }
label { display: block; margin-block: .75rem .25rem }
label.check { display: flex; gap: .5rem; align-items: center }
input:not([type=checkbox]), select, textarea { inline-size: 100%; font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .6rem }
textarea { min-block-size: 5rem; resize: vertical }
input[type=checkbox] { inline-size: 1.2rem; block-size: 1.2rem }
fieldset { border: 1px solid var(--line); border-radius: .4rem; margin: .75rem 0 0 }
button { font: inherit; font-weight: 600; border: 0; border-radius: .4rem; padding: .65rem 1.25rem; margin-block-start: 1rem; background: var(--accent); color: var(--paper); cursor: pointer; min-block-size: 2.75rem }
button.no { background: var(--no) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
@media (max-width: 34rem) {
  dl { grid-template-columns: 1fr; gap: 0 } dd { margin-block-end: .5rem }
  dd dl { padding-inline-start: .75rem; border-inline-start: 2px solid var(--line) }
  button { inline-size: 100% }
}
`
