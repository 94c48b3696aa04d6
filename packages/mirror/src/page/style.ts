/** Style of the visitor page. Inline, so that the page is one request and its header order stays undisturbed. */
export const style = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5d6778; --line: #dfe3ea; --card: #fff; --ground: #f4f6f9; --mark: #0b6bcb; }
@media (prefers-color-scheme: dark) {
	:root { --ink: #e6eaf1; --soft: #98a3b5; --line: #2b3443; --card: #171d28; --ground: #0f141c; --mark: #6cb4ff; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1.25rem; margin-bottom: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0; letter-spacing: -.01em; }
header p { margin: 0; color: var(--soft); flex: 1 1 20rem; }
a { color: var(--mark); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.25rem; margin: 0 0 1rem; }
h2 { font-size: .8rem; font-weight: 600; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); margin: 0 0 .75rem; }
dl { display: grid; grid-template-columns: 9.5rem 1fr; gap: .45rem 1rem; align-items: baseline; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; min-width: 0; }
code { font: 13px/1.55 ui-monospace, 'SF Mono', 'DejaVu Sans Mono', Menlo, monospace; overflow-wrap: anywhere; }
.main { font-size: 1.05rem; font-weight: 600; }
table { width: 100%; border-collapse: collapse; }
td, th { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-top: 1px solid var(--line); font-weight: 400; }
tr:first-child td, tr:first-child th { border-top: 0; }
th { width: 13.5rem; color: var(--soft); }
td.how { width: 7.5rem; color: var(--soft); white-space: nowrap; padding-right: 0; text-align: right; }
.none { color: var(--soft); }
.beside > div { display: grid; grid-template-columns: 1.2rem 17rem minmax(0, 1fr); gap: 0 .6rem; border-top: 1px solid var(--line); padding: .35rem 0; }
.beside > div > span, .beside p > span { color: var(--soft); }
.beside p { margin: 0; display: grid; grid-template-columns: 4rem minmax(0, 1fr); }
.beside code { max-height: 6.2em; overflow: auto; display: block; }
.same > b, strong.same { color: #1a8f4c; } .other > b, strong.other { color: #d14343; }
form { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin-bottom: .9rem; }
select, button { font: inherit; padding: .2rem .5rem; }
@media (max-width: 40rem) { .beside > div { grid-template-columns: 1.2rem minmax(0, 1fr); } .beside > div > div { grid-column: 2; } }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .6rem; } td.how { display: none; } th { width: 9rem; } }
`;
