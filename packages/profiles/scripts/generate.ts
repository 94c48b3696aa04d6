/**
 * Writes `data/`, one file per profile, the index of names and where the facts are from, the type of the names, the JSON Schema, and the list of profiles in README.md.
 * Run: node --conditions=wiretwin-source packages/profiles/scripts/generate.ts
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ProfileDocument } from '../src/types.ts';
import { documentSchema, validateDocument } from '../src/validate/document.ts';
import { aliases, editions, profiles, systems } from './catalogue.ts';
import { withProfileTable } from './readme-table.ts';

const DATA = new URL('../data/', import.meta.url);

/** One profile a line group; short lists on one line, so that a diff shows a fact, not a bracket. */
function print(value: unknown): string {
	const text = JSON.stringify(value, null, '\t');
	return `${text.replace(/\[\n\t+((?:[^[\]{}]|"[^"]*")*?)\n\t+\]/g, (_, body: string) => `[${body.replace(/,\n\t+/g, ', ')}]`)}\n`;
}

function write(file: string, value: unknown): void {
	writeFileSync(new URL(file, DATA), print(value));
}

/**
 * CommonJS with a literal name a file: bundlers, file tracers and single-file compilers follow those and take the data along,
 * and each file is still read only when it is asked for. A function a folder: of 200 names, only those of one browser are
 * compiled at a start.
 */
function writeLoader(files: readonly string[]): void {
	const byFolder = Object.groupBy(files, (file) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : ''));
	const folders = Object.entries(byFolder).map(([folder, names = []]) => {
		const cases = names.map((file) => `\t\t\tcase '${file}':\n\t\t\t\treturn require('./${file}');\n`);
		return `\t'${folder}': (file) => {\n\t\tswitch (file) {\n${cases.join('')}\t\t\tdefault:\n\t\t\t\treturn undefined;\n\t\t}\n\t},\n`;
	});
	const read =
		"exports.readData = (file) => {\n\tconst folder = file.slice(0, Math.max(file.indexOf('/'), 0));\n\treturn Object.hasOwn(folders, folder) ? folders[folder](file) : undefined;\n};\n";
	const note = '// Written by scripts/generate.ts, which says why.\n';
	writeFileSync(
		new URL('files.cjs', DATA),
		`${note}'use strict';\n\nconst folders = {\n${folders.join('')}};\n\n${read}`,
	);
	writeFileSync(
		new URL('files.d.cts', DATA),
		`${note}/** A file of this folder, parsed; \`undefined\` if there is none of that name. */\nexport function readData(file: string): unknown;\n`,
	);
}

function summary(document: ProfileDocument) {
	const { name, browser, version, os, verified, verifiedOs } = document;
	return { name, browser, version, os, verified, verifiedOs, file: `${browser}/${name}.json` };
}

const documents = profiles();
// A profile that left the catalogue must not stay behind as a file.
rmSync(DATA, { recursive: true, force: true });
for (const document of documents) {
	validateDocument(JSON.parse(JSON.stringify(document)));
	mkdirSync(new URL(`${document.browser}/`, DATA), { recursive: true });
	write(`${document.browser}/${document.name}.json`, document);
}
const others = editions(documents);
const named = aliases([...documents, ...others]);
writeLoader(['index.json', 'provenance.json', ...documents.map((document) => summary(document).file)]);
write('index.json', { profiles: documents.map(summary), editions: others, aliases: named, systems });
// Nine tenths of all that is known of the profiles, and only `getProfiles()` tells it.
write('provenance.json', Object.fromEntries(documents.map(({ name, provenance }) => [name, provenance])));

const names = [...Object.keys(named), ...[...documents, ...others].map(({ name }) => name)];
const union = names.map((name) => `\t| '${name}'`).join('\n');
const TYPE = new URL('../src/generated/known-browser-name.ts', import.meta.url);
writeFileSync(
	TYPE,
	`/** Written by scripts/generate.ts. */\n\n/** Every name and alias of this release. */\nexport type KnownBrowserName =\n${union};\n`,
);

const SCHEMA = new URL('../generated/profile.schema.json', import.meta.url);
writeFileSync(SCHEMA, `${JSON.stringify(documentSchema())}\n`);

const README = new URL('../README.md', import.meta.url);
writeFileSync(README, withProfileTable(readFileSync(README, 'utf8'), [...documents, ...others]));
