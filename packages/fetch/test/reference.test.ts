import { readdirSync, readFileSync } from 'node:fs';
import { NativeError } from '@wiretwin/core-native';
import { describe, expect, it } from 'vitest';
import { errorNotes } from '../../../scripts/reference/error-notes.ts';
import { codesOfSource } from '../../../scripts/reference/errors-page.ts';
import { referencePages } from '../../../scripts/reference/pages.ts';
import { SourceTypes } from '../../../scripts/reference/types-of-source.ts';
import { fromNativeError } from '../src/errors/from-native.ts';
import { initKeys } from '../src/options/fetch-init.ts';
import { sessionKeys } from '../src/options/session-options.ts';
import { transportKeys } from '../src/options/transport-options.ts';

const options = new SourceTypes(new URL('../src/types/options.ts', import.meta.url).pathname);
const request = { method: 'GET', url: 'https://shop.example/' };

describe('docs/reference', () => {
	it.each([...referencePages()])('%s is what the sources say; node scripts/reference.ts writes it', (name, text) => {
		expect(readFileSync(new URL(`../../../docs/reference/${name}`, import.meta.url), 'utf8')).toBe(text);
	});

	it.each([
		['TransportOptions', transportKeys],
		['SessionOptions', sessionKeys],
		['FetchInit', initKeys],
	] as const)('%s documents what is accepted, each with a sentence', (name, accepted) => {
		const documented = options.options(name);
		expect(documented.map((option) => option.name).sort()).toEqual([...accepted].sort());
		expect(documented.filter(({ text }) => text.length < 5)).toEqual([]);
	});

	it('says of each code of the engine the class that it is thrown as', () => {
		const ofTheEngine = /^ERR_(?:DNS|ADDRESS|CONNECTION|TLS_CERT|PROXY|H1|H2|DECODE|BODY_(?:INCOMPLETE|TOO)|TIMEOUT)/;
		const codes = [...codesOfSource()].filter((code) => ofTheEngine.test(code));
		expect(codes.length).toBeGreaterThan(50);
		for (const code of codes) {
			const thrown = fromNativeError(new NativeError({ code, phase: 'head' }), request);
			expect([code, thrown.constructor.name]).toEqual([code, errorNotes[code]?.class]);
		}
	});

	it('limits.md names every limit of this package, with the file it is in', () => {
		const page = readFileSync(new URL('../../../docs/guide/limits.md', import.meta.url), 'utf8');
		const folder = new URL('../src/', import.meta.url);
		// Of the command, or no limit of what others can do: sizes of caches and of pieces, rules of a standard.
		const others =
			/^cli\/|^(?:cookies\/header-index|headers\/no-cors|websocket\/(?:websocket|frame-reader)|body\/pump|options\/address-guard)\.ts|maxAgeSeconds|maxHostLength/;
		const limits = readdirSync(folder, { recursive: true, encoding: 'utf8' })
			.map((file) => file.replaceAll('\\', '/'))
			.filter((file) => file.endsWith('.ts'))
			.flatMap((file) => {
				const names = readFileSync(new URL(file, folder), 'utf8').matchAll(/^(?:export )?const (max[A-Z]\w+) = /gm);
				return [...names].map(([, name]) => `${file} ${name}`);
			})
			.filter((limit) => !others.test(limit));
		expect(limits.length).toBeGreaterThan(15);
		const missing = limits.filter((limit) => {
			const [file, name] = limit.split(' ') as [string, string];
			return !page.split('\n').some((line) => line.includes(`\`${name}\``) && line.includes(file));
		});
		expect(missing).toEqual([]);
	});

	it("the package's README names no option that does not exist", () => {
		const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
		const rows = [...readme.matchAll(/^\| ((?:`\w+`[,+ ]*(?:or )?)+) \|/gm)].flatMap(
			([, cell]) => cell?.match(/\w+(?=`)/g) ?? [],
		);
		const known: readonly string[] = [...transportKeys, ...sessionKeys, ...initKeys];
		expect(rows.length).toBeGreaterThan(20);
		expect(rows.filter((name) => !known.includes(name))).toEqual([]);
	});

	it('calls a failure before anything was sent safe to repeat, or as sure to come again', () => {
		const early = Object.entries(errorNotes).filter(([, { phase }]) =>
			/^(?:queue|resolve|connect|proxy|tls)$/.test(phase),
		);
		expect(early.filter(([, { repeat }]) => repeat === 'maybe')).toEqual([]);
	});
});
