import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { pictureOfDemo } from '../scripts/picture-of-demo.ts';

it("the README's picture of the demo is what the demo prints; node scripts/picture-of-demo.ts makes it", async () => {
	expect(await readFile(new URL('../docs/demo.svg', import.meta.url), 'utf8')).toBe(pictureOfDemo());
});
