import type { Cell, Difference } from '../compare.ts';
import { layerNames } from '../layers/layer.ts';
import { isCaught, type Row } from '../suite.ts';
import { changesByLayer } from './changes.ts';
import { type BrowserResult, excerpt, hasFailed, summary } from './result.ts';

const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 82rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 2rem; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .6rem; text-align: left; white-space: nowrap; }
td.cell { text-align: center; } th.cell { text-align: center; font-weight: 600; }
.equal { color: #18794e; } .different { background: #c62a2f; color: #fff; font-weight: 600; } .empty { opacity: .35; }
.known { background: #d9770633; } .different a, .known a { color: inherit; }
pre { overflow-x: auto; background: color-mix(in srgb, currentColor 7%, transparent); padding: .6rem .8rem; margin: .4rem 0 1.2rem; }
table.changes { table-layout: fixed; } table.changes td { white-space: normal; vertical-align: top; overflow-wrap: break-word; }
table.changes th:first-child { width: 13rem; } table.changes th:nth-child(2) { width: 6rem; } table.changes code { overflow-wrap: anywhere; }
@media (max-width: 48rem) { table.changes th:first-child { width: 7.5rem; } table.changes th:nth-child(2) { width: 2.5rem; overflow: hidden; text-overflow: ellipsis; } }
.note { border-left: 4px solid #d97706; padding-left: .8rem; }
@media (prefers-color-scheme: dark) { .equal { color: #5fd39b; } }
`;

/** The report as one self-contained page. Values come from the wire, so everything is escaped. */
export function htmlReport(results: readonly BrowserResult[]): string {
	const isGood = results.every((result) => !hasFailed(result));
	return `<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">
<title>wiretwin truth: ${isGood ? 'equal' : 'different'}</title><style>${STYLE}</style>
<h1>Real browsers beside wiretwin</h1>
<p>Each cell compares what a peer saw of the browser and of wiretwin in one layer: <span class=equal>number of facts</span>
when all are equal, the first differing byte otherwise (amber: the cause is known), a dot where the layer does not occur.</p>
${results.map(browserSection).join('\n')}`;
}

function browserSection(result: BrowserResult): string {
	const note = result.mismatch ? `<p class=note>${escapeHtml(result.mismatch)}</p>${changesHtml(result)}` : '';
	const heads = layerNames.map((name) => `<th class=cell>${name}</th>`).join('');
	const rows = result.rows.map((row) => rowHtml(row, result.browser)).join('\n');
	return `<h2>${escapeHtml(result.browser)} ${escapeHtml(result.version)}</h2><p>${escapeHtml(summary(result))}</p>${note}
<table><thead><tr><th>scenario</th>${heads}</tr></thead><tbody>
${rows}
</tbody></table>
${result.rows.map((row) => detailsHtml(row, result.browser)).join('')}
<h3>Deliberate errors</h3><table><thead><tr><th>profile made wrong</th><th>noticed by</th><th>verdict</th></tr></thead><tbody>
${result.perturbations.map((each) => `<tr><td>${escapeHtml(each.perturbation)}</td><td>${each.noticed.join(', ') || 'nothing'}</td><td class=${isCaught(each) ? 'equal>caught' : `different>expected ${each.expected.join(', ')}`}</td></tr>`).join('\n')}
</tbody></table>`;
}

/** What the release changed: a table for each layer. */
function changesHtml({ browser, version, profile, rows }: BrowserResult): string {
	const tables = changesByLayer(rows).map(({ layer, changes }) => {
		const lines = changes.map(({ name, scenarios, example: { browser: seen, wiretwin, offset, hex } }) => {
			const values = [seen, wiretwin].map(
				(value) => `<td><code>${escapeHtml(excerpt(value, offset, hex))}</code></td>`,
			);
			return `<tr><td>${escapeHtml(name)}</td><td>${scenarios}</td>${values.join('')}</tr>`;
		});
		const heads = ['fact', 'in', `${browser} ${version}`, profile].map((each) => `<th>${escapeHtml(each)}</th>`);
		return `<h4>${layer}</h4><table class=changes><thead><tr>${heads.join('')}</tr></thead><tbody>${lines.join('')}</tbody></table>`;
	});
	return `<h3>What changed, layer by layer</h3>${tables.join('') || '<p>Nothing.</p>'}`;
}

function rowHtml(row: Row, browser: string): string {
	const name = `<td>${escapeHtml(row.scenario)}</td>`;
	if (row.error !== undefined)
		return `<tr>${name}<td class=different colspan=${layerNames.length}>${escapeHtml(row.error)}</td></tr>`;
	return `<tr>${name}${row.cells.map((cell) => cellHtml(cell, anchor(row, cell, browser))).join('')}</tr>`;
}

function cellHtml(cell: Cell, id: string): string {
	if (cell.state === 'equal') return `<td class="cell equal">${cell.facts}</td>`;
	if (cell.state === 'empty') return '<td class="cell empty">·</td>';
	return `<td class="cell ${cell.reason === undefined ? 'different' : 'known'}"><a href="#${id}">@${cell.differences[0]?.offset ?? 0}</a></td>`;
}

function detailsHtml(row: Row, browser: string): string {
	return row.cells
		.map((cell) => {
			if (cell.state !== 'different') return '';
			const differences = cell.differences.map(differenceText).join('\n\n');
			const reason = cell.reason === undefined ? '' : `<p class=note>${escapeHtml(cell.reason)}</p>`;
			return `<h4 id="${anchor(row, cell, browser)}">${escapeHtml(row.scenario)}: ${cell.layer}</h4>${reason}<pre>${escapeHtml(differences)}</pre>`;
		})
		.join('');
}

function differenceText({ label, offset, browser, wiretwin, hex }: Difference): string {
	const place = `${label}, first difference at ${hex ? 'byte' : 'character'} ${offset}`;
	return `${place}\n  browser:  ${excerpt(browser, offset, hex)}\n  wiretwin: ${excerpt(wiretwin, offset, hex)}`;
}

function anchor(row: Row, cell: Cell, browser: string): string {
	return `${browser}-${row.scenario}-${cell.layer}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

function escapeHtml(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
