import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { showHiddenName } from '../demo/src/hidden-name.ts';
import { pictureOfDemo } from '../scripts/picture-of-demo.ts';

it("the README's picture of the demo is what the demo prints; node scripts/picture-of-demo.ts makes it", async () => {
	expect(await readFile(new URL('../docs/demo.svg', import.meta.url), 'utf8')).toBe(await pictureOfDemo());
});

/** Behind `cargo test` nothing is left to build; else cargo builds the server, or waits for another that builds. */
const withBuild = { timeout: 600_000 };

it('the demo shows a second visit whose name only the server can read', withBuild, async () => {
	const lines: string[] = [];
	expect(await showHiddenName((line) => lines.push(line), 'tests')).toBe(0);
	const rows = lines
		.map((line) => line.trim().split(/ {2,}/))
		.filter(([visit]) => /^(first|second|without)/.test(visit ?? ''));
	const first = ['first', 'A, AAAA, HTTPS', 'other.example', 'www.mirror.test', 'accepted'];
	const second = ['second, session resumed', 'nothing, it knows', ...first.slice(2)];
	const without = ["without (ech: 'grease')", 'A, AAAA, HTTPS', 'www.mirror.test', 'www.mirror.test', 'grease'];
	expect(rows).toEqual([first, second, without, first, second, without]);
});
