// TypeDoc names modules by their folders; readers know them by the name they import.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const api = new URL('.content/api/', import.meta.url);
const names = new Map(
	readdirSync(new URL('../packages/', import.meta.url)).map((folder) => {
		const manifest = new URL(`../packages/${folder}/package.json`, import.meta.url);
		return [`${folder}/src`, JSON.parse(readFileSync(manifest, 'utf8')).name];
	}),
);
for (const file of readdirSync(api, { recursive: true }).filter((name) => name.endsWith('index.md'))) {
	const text = readFileSync(new URL(file, api), 'utf8')
		.replace(/^# wiretwin-workspace/, '# API')
		.replace(/^# (.+)$/m, (line, name) => (names.has(name) ? `# ${names.get(name)}` : line))
		.replaceAll(/\[([\w-]+\/src)\]/g, (_, name) => `[${names.get(name) ?? name}]`);
	writeFileSync(new URL(file, api), text);
}
