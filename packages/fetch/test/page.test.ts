// The page object (`session.open`): the same requests as with `initiator`, without saying who asks.
import { type Mirror, type MirrorRequest, type Reply, startMirror } from '@wiretwin/mirror';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSession, type PageForm, type Session } from 'wiretwin';

let mirror: Mirror;
let session: Session;

const answers: Readonly<Record<string, Reply>> = {
	'/moved': { status: 302, headers: [['location', '/end?of=it']] },
	'/open': { headers: [['referrer-policy', 'unsafe-url']] },
	'/strict': { headers: [['referrer-policy', 'no-referrer']], body: 'strict' },
	'/stale': { headers: [['cache-control', 'no-cache, must-revalidate']], body: 'stale' },
	'/never/a': { headers: [['cache-control', 'no-store']] },
	'/never/b': { headers: [['cache-control', 'no-store']] },
	'/boxed': { headers: [['content-security-policy', "default-src 'self'; sandbox allow-scripts"]], body: 'boxed' },
};

function answer({ url }: MirrorRequest): Reply {
	const to = url.pathname === '/away' && url.searchParams.get('to');
	return to ? { status: 302, headers: [['location', to]] } : (answers[url.pathname] ?? { body: url.pathname });
}

beforeAll(async () => {
	mirror = await startMirror({ handler: answer });
	const resolve = Object.fromEntries(mirror.hosts.map((host) => [host, '127.0.0.1']));
	session = createSession({ browser: 'chromium', ca: mirror.caPem, trustStore: 'none', resolve });
});

afterAll(async () => {
	await session.close();
	await mirror.close();
});

let before = 0;
beforeEach(() => {
	before = mirror.requests.length;
});

/** Requests of a test so far. */
const sent = () => mirror.requests.length - before;

const www = (path: string) => mirror.urlFor('www.mirror.test') + path;
const other = (path: string) => mirror.urlFor('other.example') + path;
/** The last request, with its fields by name. */
function last(): Record<string, unknown> {
	const request = mirror.requests.at(-1);
	return {
		method: request?.method,
		path: request?.path,
		body: request?.body.toString(),
		...Object.fromEntries(request?.headers ?? []),
	};
}

describe('a page', () => {
	test('is where its redirects end, and names itself in what it asks for', async () => {
		const page = await session.open(www('/moved'));
		expect(page.url).toBe(www('/end?of=it'));
		expect(await page.response?.text()).toBe('/end');
		expect(last()).toMatchObject({ 'sec-fetch-site': 'none', 'sec-fetch-dest': 'document' });
		await page.fetch('api?x=1', { method: 'POST', body: 'x' });
		expect(last()).toMatchObject({
			method: 'POST',
			path: '/api?x=1',
			referer: page.url,
			origin: mirror.urlFor('www.mirror.test'),
			'sec-fetch-site': 'same-origin',
			'sec-fetch-mode': 'cors',
		});
		await page.load('image', other('/logo.png'));
		expect(last()).toMatchObject({ referer: www('/'), 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' });
		await page.load('font', 'font.woff2', { styleSheet: other('/style.css') });
		expect(last()).toMatchObject({ referer: other('/'), 'sec-fetch-site': 'same-origin' });
	});

	test('that is open already is not asked for', async () => {
		const page = await session.open(www('/there'), { send: false, referrerPolicy: 'origin' });
		expect(sent()).toBe(0);
		expect(page.response).toBeUndefined();
		await page.fetch('/api');
		expect(last().referer).toBe(www('/'));
	});

	test('has the referrer policy and the sandbox of its answer', async () => {
		const strict = await session.open(www('/strict'));
		await strict.load('image', '/a');
		expect(last()).not.toHaveProperty('referer');
		const boxed = await session.open(www('/boxed'));
		await boxed.fetch('/api');
		expect(last()).toMatchObject({ origin: 'null', 'sec-fetch-site': 'cross-site' });
	});

	test('a click leads to the next page, with user activation', async () => {
		const page = await session.open(www('/a'));
		const next = await page.click('b#there');
		expect(last()).toMatchObject({
			path: '/b',
			referer: www('/a'),
			'sec-fetch-site': 'same-origin',
			'sec-fetch-user': '?1',
		});
		const elsewhere = await next.click(other('/c'));
		expect(last()).toMatchObject({ referer: www('/'), 'sec-fetch-site': 'cross-site' });
		await elsewhere.reload();
		expect(last()).toMatchObject({ path: '/c', referer: www('/'), 'cache-control': 'max-age=0' });
		await elsewhere.download('file.pdf');
		expect(last()).toMatchObject({ path: '/file.pdf', 'sec-fetch-dest': 'empty' });
	});

	test('a reload shows what redirects left of the referrer, by the policy of the click', async () => {
		const through = (...urls: string[]): string =>
			urls.reduceRight((to, from) => `${from}?to=${encodeURIComponent(to)}`);
		const page = await session.open(www('/a'));
		const near = await page.click(through(www('/away'), www('/b')));
		await near.reload();
		expect(last()).toMatchObject({ path: '/b', referer: www('/a') });
		const far = await page.click(through(www('/away'), other('/away'), www('/b')));
		expect(last()).toMatchObject({ path: '/b', referer: www('/') });
		await far.reload();
		expect(last()).toMatchObject({ path: '/b', referer: www('/'), 'sec-fetch-site': 'same-origin' });
		const hidden = await page.click(through(www('/away'), other('/away'), www('/b')), {
			referrerPolicy: 'same-origin',
		});
		await hidden.reload();
		expect(last()).not.toHaveProperty('referer');
		const strict = await session.open(www('/strict'));
		await strict.click('/b').then((next) => next.reload());
		expect(last()).not.toHaveProperty('referer');
	});

	test.each([
		['chromium', '?1'],
		['firefox', undefined],
	] as const)('%s comes back to a page with what it has, and asks for the rest as before', async (browser, user) => {
		const resolve = { 'www.mirror.test': '127.0.0.1' };
		await using visitor = createSession({ browser, ca: mirror.caPem, trustStore: 'none', resolve, cache: true });
		const page = await visitor.open(www('/stale'));
		expect(await page.response?.text()).toBe('stale');
		await (await page.load('image', '/stale?image')).text();
		const back = await page.revisit();
		expect([back.response?.fromCache, await back.response?.text()]).toEqual(['fresh', 'stale']);
		expect((await back.load('image', '/stale?image')).fromCache).toBe('fresh');
		expect(sent()).toBe(2);
		expect((await back.fetch('/stale')).fromCache).toBeUndefined();
		expect(sent()).toBe(3); // a script's own call
		const typed = await visitor.open(www('/never/a'));
		const clicked = await typed.click('b');
		await clicked.click('c');
		await clicked.revisit();
		expect(last()).toMatchObject({ path: '/never/b', referer: www('/never/a'), 'sec-fetch-site': 'same-origin' });
		expect(last()).not.toHaveProperty('sec-fetch-user');
		await typed.revisit();
		expect([last().path, last()['sec-fetch-site'], last()['sec-fetch-user']]).toEqual(['/never/a', 'none', user]);
		expect(last()).not.toHaveProperty('cache-control');
	});

	test.each<[string, PageForm, object]>([
		[
			'of a GET replaces the query',
			{ action: '/find?old=1', fields: { q: 'a b' } },
			{ method: 'GET', path: '/find?q=a+b' },
		],
		[
			'of a POST is urlencoded',
			{
				action: '/in',
				method: 'post',
				fields: [
					['a', '1'],
					['a', '2'],
				],
			},
			{ method: 'POST', body: 'a=1&a=2' },
		],
		[
			'as text',
			{ action: '/in', method: 'POST', enctype: 'text/plain', fields: { a: '1' } },
			{ 'content-type': 'text/plain', body: 'a=1\r\n' },
		],
		['without an action goes to the page', { method: 'POST' }, { path: '/form?x', 'content-length': '0' }],
	])('a form %s', async (_, form, expected) => {
		const page = await session.open(www('/form?x'), { send: false });
		await page.submit(form);
		expect(last()).toMatchObject({ ...expected, 'sec-fetch-dest': 'document', 'sec-fetch-user': '?1' });
	});

	test('a form with a file has the boundary of the browser', async () => {
		const page = await session.open(www('/form'), { send: false });
		await page.submit({
			method: 'POST',
			enctype: 'multipart/form-data',
			fields: { a: '1', file: new File(['x'], 'x.txt') },
			action: other('/in'),
		});
		const { origin, ...fields } = last();
		expect(fields['content-type']).toMatch(/^multipart\/form-data; boundary=----WebKitFormBoundary/);
		expect(origin).toBe(mirror.urlFor('www.mirror.test'));
	});
});

describe('frames', () => {
	test('of another site stay inside of their page', async () => {
		const page = await session.open(www('/a'), { send: false });
		const frame = await page.frame(other('/frame'));
		expect(last()).toMatchObject({ 'sec-fetch-dest': 'iframe', 'sec-fetch-storage-access': 'none' });
		expect(frame.parent).toBe(page);
		await frame.fetch(www('/api'), { credentials: 'include' });
		expect(last()).toMatchObject({ 'sec-fetch-site': 'cross-site', 'sec-fetch-storage-access': 'inactive' });
		const moved = await frame.click('elsewhere');
		expect(last()).toMatchObject({ 'sec-fetch-dest': 'iframe', referer: other('/frame') });
		expect(moved.parent).toBe(page);
		const top = await moved.click('/out', { target: '_top' });
		expect(last()).toMatchObject({ 'sec-fetch-dest': 'document', 'sec-fetch-site': 'same-origin' });
		expect(top.parent).toBeUndefined();
	});

	test('in a sandbox have no origin, whatever comes into them', async () => {
		const page = await session.open(www('/a'), { send: false });
		const frame = await page.frame('/frame', { sandbox: 'allow-scripts' });
		await frame.fetch('/api');
		expect(last()).toMatchObject({ origin: 'null', 'sec-fetch-site': 'cross-site' });
		const moved = await frame.submit({ method: 'POST', action: '/in' });
		expect(last()).toMatchObject({ origin: 'null', 'sec-fetch-dest': 'iframe' });
		await moved.fetch('/api');
		expect(last().origin).toBe('null');
		const open = await page.frame('/frame', { sandbox: 'allow-scripts allow-same-origin' });
		await open.fetch('/api');
		expect(last()['sec-fetch-site']).toBe('same-origin');
	});

	test('without a document of their own send nothing', async () => {
		const page = await session.open(www('/a/b'), { send: false });
		const inherits = await page.frame('about:srcdoc');
		const data = await page.frame('data:text/html,x');
		expect(sent()).toBe(0);
		await inherits.fetch('c');
		expect(last()).toMatchObject({ path: '/a/c', 'sec-fetch-site': 'same-origin', referer: www('/a/b') });
		await data.fetch(www('/c'));
		expect(last().origin).toBe('null');
	});

	test('a named target is a frame of the page', async () => {
		const page = await session.open(www('/a'), { send: false });
		const frame = await page.submit({ method: 'POST', action: '/in', fields: { a: '1' } }, { target: 'inner' });
		expect(last()).toMatchObject({ method: 'POST', 'sec-fetch-dest': 'iframe', 'sec-fetch-user': '?1' });
		expect(frame.parent).toBe(page);
	});
});

describe('workers', () => {
	test.each([
		['worker', 'worker'],
		['shared-worker', 'sharedworker'],
		['service-worker', 'serviceworker'],
	] as const)('%s', async (client, dest) => {
		const page = await session.open(www('/a'), { send: false });
		const worker = await page.worker('/w.js', { client });
		expect(last()).toMatchObject({ 'sec-fetch-dest': dest, referer: www('/a') });
		await worker.fetch('api');
		expect(last()).toMatchObject({ path: '/api', referer: www('/w.js') });
		expect(last()).not.toHaveProperty('sec-ch-ua');
		await worker.load('worker-import', './part.js');
		expect(last()['sec-fetch-dest']).toBe(dest);
		await worker.load('import-scripts', '/lib.js');
		expect(last()).toMatchObject({ 'sec-fetch-dest': 'script', 'sec-fetch-mode': 'no-cors' });
	});
});

test.each([
	// Of fetch(), XHR and importScripts(): whether they show where the script is.
	['chromium', 'worker', '/w.js', [true, true, true]],
	['chromium', 'worker', '/strict', [false, false, false]],
	['firefox', 'worker', '/w.js', [false, false, true]],
	['firefox', 'worker', '/open', [true, false, true]],
	['firefox', 'shared-worker', '/w.js', [false, true, true]],
	['firefox', 'shared-worker', '/strict', [false, true, true]],
] as const)('%s: a %s at %s of a page that hides itself', async (browser, client, script, expected) => {
	const resolve = Object.fromEntries(mirror.hosts.map((host) => [host, '127.0.0.1']));
	await using own = createSession({ browser, ca: mirror.caPem, trustStore: 'none', resolve });
	const page = await own.open(www('/strict'));
	const worker = await page.worker(script, { client });
	const shown: boolean[] = [];
	const look = () => shown.push('referer' in last());
	await worker.fetch('/api');
	look();
	await worker.fetch('/api', { kind: 'xhr' });
	look();
	await worker.load('import-scripts', '/lib.js');
	look();
	expect(shown).toEqual(expected);
});

describe('bad input is refused before a byte is sent', () => {
	test.each<[string, (page: Awaited<ReturnType<Session['open']>>) => Promise<unknown>, string]>([
		['no URL', (page) => page.fetch('http://['), 'ERR_INVALID_URL'],
		['an initiator', (page) => page.fetch('/a', { initiator: www('/') } as object), 'ERR_INVALID_OPTION'],
		['a document to load', (page) => page.load('navigate', '/a'), 'ERR_INVALID_OPTION'],
		['no kind', (page) => page.load('picture' as 'image', '/a'), 'ERR_INVALID_OPTION'],
		['an unknown option', (page) => page.click('/a', { targt: '_top' } as object), 'ERR_INVALID_OPTION'],
		['a target that is no name', (page) => page.click('/a', { target: 5 } as unknown as object), 'ERR_INVALID_OPTION'],
		['no form', (page) => page.submit(null as unknown as PageForm), 'ERR_INVALID_OPTION'],
		[
			'a method that no form has',
			(page) => page.submit({ method: 'PUT' } as unknown as PageForm),
			'ERR_INVALID_OPTION',
		],
		['fields of numbers', (page) => page.submit({ fields: { a: 5 } } as unknown as PageForm), 'ERR_INVALID_OPTION'],
		['an unknown element', (page) => page.frame('/a', { element: 'frameset' as 'iframe' }), 'ERR_INVALID_OPTION'],
		['a sandbox of numbers', (page) => page.frame('/a', { sandbox: 5 as unknown as string }), 'ERR_INVALID_OPTION'],
		['an unknown worker', (page) => page.worker('/a', { client: 'robot' as 'worker' }), 'ERR_INVALID_OPTION'],
	])('%s', async (_, call, code) => {
		const page = await session.open(www('/a'), { send: false });
		await expect((async () => call(page))()).rejects.toMatchObject({ code });
		expect(sent()).toBe(0);
	});
	test('an address that is none, options that are none', async () => {
		await expect(session.open('somewhere')).rejects.toMatchObject({ code: 'ERR_INVALID_URL' });
		await expect(session.open(www('/'), 5 as unknown as object)).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' });
	});
});
