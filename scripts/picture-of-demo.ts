#!/usr/bin/env node
// Writes docs/demo.svg: what `make demo` prints of its first browser, as a picture for the README. e2e/demo.test.ts holds it to that.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compareWithBrowser } from '../demo/src/compare.ts';
import { printComparison, verdict } from '../demo/src/table.ts';

const lineHeight = 19;
const charWidth = 8.43;
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** The demo's first table, and its verdict. */
async function printed(): Promise<string[]> {
	const lines: string[] = [];
	const { title, rows } = await compareWithBrowser('chromium_156');
	const different = printComparison(rows, (line) => lines.push(line));
	return ['$ make demo', '', title, '', ...lines, '', verdict(different)];
}

/** The same as a picture, with `=` and the verdict in green. */
export async function pictureOfDemo(): Promise<string> {
	const lines = await printed();
	const width = Math.ceil(Math.max(...lines.map(({ length }) => length)) * charWidth) + 40;
	const height = lines.length * lineHeight + 40;
	const rows = lines.map((line, index) => {
		const y = 34 + index * lineHeight;
		const isGood = line.startsWith('=') || line.startsWith('every');
		const first = line.startsWith('=') ? `<tspan fill="#6fd3ae">=</tspan>${escaped(line.slice(1))}` : escaped(line);
		return `<text x="20" y="${y}"${isGood && !line.startsWith('=') ? ' fill="#6fd3ae"' : ''} xml:space="preserve">${first}</text>`;
	});
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="What make demo prints: every field of the real browser and of wiretwin is equal">
<rect width="100%" height="100%" rx="8" fill="#16181d"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#d5d9e0">
${rows.join('\n')}
</g>
</svg>
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
	writeFileSync(new URL('../docs/demo.svg', import.meta.url), await pictureOfDemo());
