import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { about } from '../src/index.ts';

it('says what the addon is made of: the roots of the lock file', () => {
	const lock = readFileSync(new URL('../../../Cargo.lock', import.meta.url), 'utf8');
	const version = /name = "webpki-root-certs"\nversion = "([^"]+)"/.exec(lock)?.[1];
	const { addon, roots, rootsPublished, runtime, target } = about();
	expect(roots).toBe(`webpki-root-certs ${version}`);
	expect(rootsPublished).toMatch(/^20\d\d-[01]\d-[0-3]\d$/);
	expect(addon).toContain(`wiretwin.${target.replace(/-gnu$/, '')}.node`);
	expect(runtime).toContain(`Node ${process.versions.node}`);
});
