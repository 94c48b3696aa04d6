import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const page = readFileSync(new URL('../../../docs/guide/limits.md', import.meta.url), 'utf8');

function limitFiles(): string[] {
	return ['engine/src', 'wire/src'].flatMap((folder) =>
		readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
			.filter((file) => /(^|[/\\])limits\.rs$/.test(file))
			.map((file) => `${root}${folder}/${file}`),
	);
}

test('every named limit of the native half stands in the guide', () => {
	const files = limitFiles();
	expect(files.length).toBeGreaterThanOrEqual(4);
	const names = files.flatMap((file) =>
		[...readFileSync(file, 'utf8').matchAll(/^(?:pub const| {4}pub) (\w+):/gm)].map((match) => match[1] as string),
	);
	expect(names.length).toBeGreaterThan(60);
	expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
