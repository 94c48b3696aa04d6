import { readFileSync } from 'node:fs';

/** Version of this package, as its package.json says. */
export const packageVersion: string = readVersion();

function readVersion(): string {
	const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
	return String((manifest as { version?: unknown }).version);
}
