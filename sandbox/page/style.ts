/** The whole look of the sandbox. Logical properties only, so that Arabic needs no second sheet. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #f6f4ef; --card: #fff; --ink: #20302e; --quiet: #5f6f6c; --line: #dcd8cd;
  --accent: #0f6b5c; --on-accent: #fff; --warn: #9a3b1d; --soft: #e6f0ed; }
@media (prefers-color-scheme: dark) { :root { --paper: #141a19; --card: #1d2524; --ink: #e8edeb; --quiet: #9fb0ac;
  --line: #33403e; --accent: #5cc2ad; --on-accent: #0c1f1b; --warn: #f0916f; --soft: #22332f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.55;
  font: 16px/1.55 system-ui, "Noto Sans", "Noto Sans Arabic", sans-serif; }
header, main { max-width: 60rem; margin-inline: auto; padding-inline: 1rem; }
header { padding-block: 1.25rem 0; display: grid; grid-template-columns: 1fr auto; gap: 0 1rem; align-items: baseline; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; }
header p { grid-column: 1 / -1; margin: .15rem 0 .75rem; color: var(--quiet); }
nav { position: sticky; inset-block-start: 0; z-index: 1; background: var(--paper); border-block-end: 1px solid var(--line); }
nav ul { max-width: 60rem; margin-inline: auto; padding: 0 .5rem; display: flex; flex-wrap: wrap; list-style: none;
  margin-block: 0; }
nav a { display: flex; gap: .4rem; align-items: center; padding: .8rem .6rem; color: var(--quiet); text-decoration: none;
  white-space: nowrap; border-block-end: 3px solid transparent; }
nav a[aria-current] { color: var(--ink); border-color: var(--accent); font-weight: 600; }
nav span { font-size: .75rem; background: var(--soft); border-radius: 1rem; padding: 0 .5rem; min-width: 1.4rem; text-align: center; }
main { padding-block: 1rem 4rem; }
a { color: var(--accent); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; margin-block-end: .75rem; padding: .9rem 1rem; }
.card h2 { font-size: .85rem; margin: .8rem 0 .2rem; color: var(--quiet); font-weight: 500; }
.card h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
.meta { color: var(--quiet); font-size: .85rem; overflow-wrap: anywhere; margin: .1rem 0; }
.badge { display: inline-block; font-size: .75rem; font-weight: 600; border-radius: 1rem; padding: .05rem .6rem;
  background: var(--soft); color: var(--accent); }
.badge.bad { color: var(--warn); }
.top { display: flex; gap: .5rem 1rem; justify-content: space-between; align-items: start; }
details > summary { cursor: pointer; list-style: none; } details > summary::-webkit-details-marker { display: none; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; margin: .75rem 0 0; padding-block-start: .75rem; border-block-start: 1px solid var(--line); }
iframe { inline-size: 100%; block-size: 18rem; resize: vertical; border: 1px solid var(--line); border-radius: .5rem; margin-block-start: .75rem; background: #fff; }
.bubble { background: var(--soft); border-radius: .25rem .9rem .9rem .9rem; padding: .6rem .9rem; margin-block: .5rem; max-inline-size: 32rem; }
.theirs { display: flex; justify-content: flex-end; }
.theirs .bubble { border-radius: .9rem .25rem .9rem .9rem; background: var(--accent); color: var(--on-accent); margin: 0 0 .5rem; }
.bubble ol { margin: 0; padding-inline-start: 1.2rem; }
form { display: inline-flex; gap: .5rem; flex-wrap: wrap; margin: 0; }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; margin-block-start: .6rem; }
.row { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between;
  padding-block: .6rem; border-block-start: 1px solid var(--line); }
.row:first-child { border: 0; }
button, input, select { font: inherit; font-size: .95rem; min-height: 2.6rem; border-radius: .5rem; border: 1px solid var(--line);
  padding: .3rem .8rem; background: var(--card); color: inherit; max-inline-size: 100%; }
button { cursor: pointer; } button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
button.bad { color: var(--warn); } :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .75rem; inline-size: 100%; align-items: end; }
.fields label { display: grid; min-inline-size: 0; gap: .2rem; font-size: .85rem; color: var(--quiet); } 
.fields select, .fields input { inline-size: 100%; color: var(--ink); }
table { border-collapse: collapse; inline-size: 100%; font-size: .9rem; } th { text-align: start; color: var(--quiet); font-weight: 500; }
td, th { padding: .45rem .75rem .45rem 0; border-block-end: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
[dir=rtl] td, [dir=rtl] th { padding: .45rem 0 .45rem .75rem; }
td:first-child, .fixed { white-space: nowrap; }
dl { display: grid; grid-template-columns: minmax(6rem, auto) 1fr; gap: .2rem 1rem; margin: .6rem 0 0; font-size: .9rem; }
dt { color: var(--quiet); overflow-wrap: anywhere; } dd { margin: 0; overflow-wrap: anywhere; }
.empty { text-align: center; color: var(--quiet); padding: 3rem 1rem; }
@media (max-width: 40rem) { nav ul { display: grid; grid-template-columns: repeat(3, 1fr); }
  nav a { justify-content: center; padding-block: .6rem; }
  table, tbody, tr, td { display: block; } thead { display: none; }
  tr { border-block-end: 1px solid var(--line); padding-block: .5rem; } td { border: 0; padding: .05rem 0 !important; } }
`
