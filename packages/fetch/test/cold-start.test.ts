import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { getDomain } from 'tldts';
import { expect, test } from 'vitest';
import { registrableDomain } from '../src/cookies/site.ts';

const run = promisify(execFile);

/** What `program` prints as JSON, in a process of its own; `before` runs before the package is loaded. */
async function inNewProcess(program: string, before = ''): Promise<unknown> {
	const entry = new URL('../src/index.ts', import.meta.url).href;
	const source = `
		import { createRequire } from 'node:module';
		const loaded = () => [
			...Object.keys(createRequire(${JSON.stringify(entry)}).cache).flatMap((path) => /tough-cookie|tldts/.exec(path) ?? []),
			...process.moduleLoadList.flatMap((name) => /undici|NativeModule (?:http2|crypto|zlib|internal\\/util\\/parse_args\\/parse_args)$/.exec(name) ?? []),
		];
		${before}
		const { createSession } = await import(${JSON.stringify(entry)});
		const session = createSession();
		${program}
	`;
	const flags = ['--conditions=wiretwin-source', '--no-warnings', '--input-type=module'];
	const { stdout } = await run(process.execPath, [...flags, '--eval', source], {
		cwd: fileURLToPath(new URL('..', import.meta.url)),
	});
	return JSON.parse(stdout);
}

test('a first request loads nothing that it does not need', async () => {
	const program = `
		const failure = await session.fetch('https://localhost:2/').catch((error) => error);
		console.log(JSON.stringify([failure.code, loaded()]));
	`;
	expect(await inNewProcess(program)).toEqual(['ERR_CONNECTION_REFUSED', []]);
});

// An `import` of a module of Node's makes all that it exports, also what Node itself makes when it is asked for.
test('an import and a session load none of what Node makes when asked', async () => {
	const program = `
		const names = process.moduleLoadList.map((name) => name.replace(/^(?:NativeModule|Internal Binding) /, ''));
		const asked = ['net', 'stream', 'internal/blocklist', 'block_list', 'internal/socketaddress', 'internal/file'];
		console.log(JSON.stringify(asked.filter((name) => names.includes(name))));
	`;
	expect(await inNewProcess(program)).toEqual([]);
});

// Checks of profiles are some hundred closures with a JSON Schema each: 2 ms of every start before they waited for a profile.
test('a session makes no checks of profiles', async () => {
	const watch = `
		const made = [];
		const { set } = WeakMap.prototype;
		WeakMap.prototype.set = function (key, value) {
			if (value?.type === 'object' && 'properties' in value) made.push(Object.keys(value.properties));
			return set.call(this, key, value);
		};
	`;
	expect(await inNewProcess('console.log(JSON.stringify(made));', watch)).toEqual([]);
});

// An expression is compiled when it is first used, and again when it is used more.
test('a first request takes no text apart with regular expressions', async () => {
	const watch = `
		const used = [];
		for (const use of ['replace', 'split', 'matchAll']) {
			const original = RegExp.prototype[Symbol[use]];
			RegExp.prototype[Symbol[use]] = function (...parameters) {
				// checkout.cjs is not published.
				if (!new Error().stack.includes('checkout.cjs')) used.push(use + ' ' + this.source);
				return original.apply(this, parameters);
			};
		}
	`;
	const program = `
		await session.fetch('https://localhost:2/').catch(() => undefined);
		console.log(JSON.stringify(used));
	`;
	expect(await inNewProcess(program, watch)).toEqual([]);
});

test('the classes of a jar are those that a program imports, whoever is first', async () => {
	const program = `
		const { cookieJar } = session;
		session.setCookie('a', '1', 'https://a.test/');
		const { CookieJar, Cookie } = await import('tough-cookie');
		const [cookie] = await cookieJar.getCookies('https://a.test/');
		console.log(JSON.stringify([cookieJar instanceof CookieJar, cookie instanceof Cookie, cookieJar === session.cookieJar]));
	`;
	expect(await inNewProcess(program)).toEqual([true, true, true]);
});

// What is asked of every URL does without the list of suffixes where it can.
test.each([
	'com',
	'localhost',
	'co.uk',
	'github.io',
	'a.github.io',
	'foo.ck',
	'www.ck',
	'a.test',
	'a.b.test',
	'a.test.',
])('the site of %s is that of the list of suffixes', (host) => {
	const listed = getDomain(host, { allowPrivateDomains: true, extractHostname: false, validateHostname: false });
	expect(registrableDomain(host)).toBe(listed ?? host);
});
