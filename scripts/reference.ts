#!/usr/bin/env node
// Writes docs/reference from the sources; packages/fetch/test/reference.test.ts fails when a page is older than they are.
import { writeFileSync } from 'node:fs';
import { referencePages } from './reference/pages.ts';

for (const [name, text] of referencePages()) {
	writeFileSync(new URL(`../docs/reference/${name}`, import.meta.url), text);
}
