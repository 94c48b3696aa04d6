import { PIXEL } from '@wiretwin/mirror/visit';
import type { FetchInit, Initiator } from 'wiretwin';
import { type Host, html, type Page, type Scenario, type Stage } from '../scenario.ts';

const WWW: Host = 'www.mirror.test';
const API: Host = 'api.mirror.test';
const OTHER: Host = 'other.example';

/** Something that a document or worker asks for and waits for. The path begins with what it is. */
type Ask = {
	how: 'fetch' | 'xhr' | 'image' | 'script' | 'module' | 'font' | 'import-scripts' | 'import';
	host?: Host;
	/** Of `fetch()`, and of the call of `session.fetch`. */
	init?: Pick<FetchInit, 'method' | 'body' | 'mode' | 'credentials' | 'priority' | 'cache'>;
};

/** Functions of the same names for a page's or worker's script; each resolves when its request is over. */
const FUNCTIONS = `
	const added = (element, more) => new Promise((done) => {
		Object.assign(element, more).onload = element.onerror = done;
		document.head.append(element);
	});
	const asks = {
		fetch: (url, init) => fetch(url, init).then((answer) => answer.text()).catch(() => 0),
		xhr: (url, { method = 'GET', body } = {}) => new Promise((done) => {
			const request = new XMLHttpRequest();
			request.open(method, url);
			request.onloadend = done;
			request.send(body);
		}),
		image: (src) => new Promise((done) => { const image = new Image(); image.onload = image.onerror = done; image.src = src; }),
		script: (src) => added(document.createElement('script'), { src }),
		module: (src) => added(document.createElement('script'), { type: 'module', src }),
		font: (src) => new FontFace('visit', 'url(' + src + ')').load().catch(() => 0),
		'import-scripts': (url) => { try { importScripts(url); } catch {} },
		import: (url) => import(url).catch(() => 0),
	};`;

const kinds = {
	fetch: 'fetch',
	xhr: 'xhr',
	image: 'image',
	script: 'script-async',
	module: 'module',
	font: 'font',
} as const;

function pathOf({ how }: Ask, index: number): string {
	return `/${how}-${index}`;
}

/** Script that asks one thing after the other, and then says so. */
function scriptOf(asks: readonly Ask[], url: Stage['url'], whenDone: string): string {
	const calls = asks.map((ask, index) => {
		const target = JSON.stringify(url(pathOf(ask, index), ask.host ?? WWW));
		return `await asks[${JSON.stringify(ask.how)}](${target}, ${JSON.stringify(ask.init ?? {})});`;
	});
	return `${FUNCTIONS}\n(async () => { ${calls.join('\n')} ${whenDone} })();`;
}

/** Every origin may read it, also one that is nobody's. */
const shared: Page = (request) => {
	const how = request.url.pathname.slice(1);
	const isScript = ['script', 'module', 'import'].some((each) => how.startsWith(each));
	return {
		headers: [
			['content-type', how.startsWith('image') ? 'image/png' : isScript ? 'text/javascript' : 'text/plain'],
			['cache-control', 'no-store'],
			['access-control-allow-origin', request.header('origin') ?? '*'],
			['access-control-allow-credentials', 'true'],
		],
		body: how.startsWith('image') ? PIXEL : isScript ? '/**/' : 'text',
	};
};

/** Cookies of every host that the scenario uses, left there by a visit of it. */
const COOKIES: Page = (request, count) => {
	const reply = html('visited')(request, count);
	if (reply instanceof Promise) return reply;
	const cookies = ['none=1; Secure; SameSite=None', 'lax=1; SameSite=Lax', 'strict=1; SameSite=Strict'];
	const fields = cookies.map((cookie): [string, string] => ['set-cookie', `${cookie}; Path=/`]);
	return { ...reply, headers: [...(reply.headers ?? []), ...fields] };
};

const PAGE = '/page';
const FRAME = '/frame';
/** Says in the page that a frame has done everything. */
const FINISHED = '<script>finished = new Promise((resolve) => { onmessage = () => resolve(1); })</script>';

type Framed = {
	name: string;
	/** Markup of the frame, whose document is at `/frame` of `host` or `inline`. */
	frame(document: string, script: string): string;
	host?: Host;
	/** The frame's document has no URL of its own to be asked for. */
	inline?: boolean;
	initiator(page: string, document: string): Initiator;
	asks: readonly Ask[];
};

/** A page with a frame whose script asks for things. */
function framed({ name, frame, host = WWW, inline = false, initiator, asks }: Framed): Scenario {
	const stageOf =
		(port: string): Stage['url'] =>
		(path, at = WWW) =>
			`https://${at}:${port}${path}`;
	const whenDone = "parent.postMessage(1, '*');";
	return {
		name,
		pages: {
			'/visited': COOKIES,
			[PAGE]: (request, count) => {
				const url = stageOf(request.url.port);
				return html(FINISHED + frame(url(FRAME, host), scriptOf(asks, url, whenDone)))(request, count);
			},
			[FRAME]: (request, count) =>
				html(`<script>${scriptOf(asks, stageOf(request.url.port), whenDone)}</script>`)(request, count),
			...Object.fromEntries(asks.map((ask, index) => [pathOf(ask, index), shared])),
		},
		browser: async (browser, { url }) => {
			for (const visited of [WWW, OTHER]) await browser.navigate(url('/visited', visited));
			await browser.navigate(url(PAGE));
			await browser.evaluate('finished');
		},
		wiretwin: async (session, { url }) => {
			for (const visited of [WWW, OTHER]) await (await session.fetch(url('/visited', visited))).text();
			const page = url(PAGE);
			await (await session.fetch(page)).text();
			const document = url(FRAME, host);
			if (!inline) await (await session.fetch(document, { kind: 'iframe', initiator: page })).text();
			for (const [index, ask] of asks.entries()) {
				if (ask.how === 'import-scripts' || ask.how === 'import') throw new Error('only workers do this');
				const init: FetchInit = { ...ask.init, kind: kinds[ask.how], initiator: initiator(page, document) };
				await (await session.fetch(url(pathOf(ask, index), ask.host ?? WWW), init)).text();
			}
		},
	};
}

/** Requests to the page's own host, its sibling and another site, with and without credentials. */
const everywhere: readonly Ask[] = [
	{ how: 'fetch' },
	{ how: 'fetch', init: { credentials: 'include' } },
	{ how: 'fetch', host: API, init: { credentials: 'include' } },
	{ how: 'fetch', init: { method: 'POST', body: 'x' } },
	{ how: 'image' },
	{ how: 'script' },
	{ how: 'fetch', host: OTHER, init: { credentials: 'include' } },
	{ how: 'image', host: OTHER },
	{ how: 'fetch' },
];

/** What frames ask for, which are of another site or of an origin that is nobody's. */
const frames: readonly Framed[] = [
	{
		name: 'frame of another site',
		frame: (document) => `<iframe src="${document}"></iframe>`,
		host: OTHER,
		initiator: (parent, url) => ({ url, parent }),
		asks: everywhere,
	},
	{
		name: 'frame of the same origin',
		frame: (document) => `<iframe src="${document}"></iframe>`,
		initiator: (parent, url) => ({ url, parent }),
		asks: everywhere,
	},
	{
		name: 'sandboxed frame',
		frame: (document) => `<iframe sandbox=allow-scripts src="${document}"></iframe>`,
		initiator: (parent, url) => ({ url, parent, opaque: true }),
		asks: [...everywhere, { how: 'module' }, { how: 'font' }],
	},
	{
		name: 'frame at data:',
		frame: (_, script) =>
			`<iframe src='data:text/html,${encodeURIComponent(`<script>${script}</script>`).replaceAll("'", '%27')}'></iframe>`,
		inline: true,
		initiator: (parent) => ({ url: 'data:text/html,', parent }),
		asks: everywhere,
	},
	{
		name: 'frame at about:srcdoc',
		frame: (_, script) => `<iframe srcdoc='<script>${script.replaceAll("'", '&#39;')}</script>'></iframe>`,
		inline: true,
		initiator: (parent) => ({ url: 'about:srcdoc', parent }),
		asks: everywhere,
	},
];

type Working = {
	name: string;
	/** Statement that starts the worker at `url`. */
	start(url: string): string;
	client: keyof typeof KIND_OF_SCRIPT;
	isModule?: boolean;
	asks: readonly Ask[];
	server?: Scenario['server'];
};

const WORKER = '/worker';
const KIND_OF_SCRIPT = {
	worker: 'worker',
	'shared-worker': 'sharedworker',
	'service-worker': 'serviceworker',
} as const;

/** A page with a worker whose script asks for things. */
function working({ name, start, client, isModule = false, asks, server }: Working): Scenario {
	const stageOf =
		(port: string): Stage['url'] =>
		(path, at = WWW) =>
			`https://${at}:${port}${path}`;
	const heads = isModule ? ['/import-a', '/import-b'] : [];
	return {
		name,
		...(heads.length > 0 ? { inTurn: heads } : {}),
		...(server ? { server } : {}),
		pages: {
			'/visited': COOKIES,
			[PAGE]: html('page'),
			[WORKER]: (request) => {
				const url = stageOf(request.url.port);
				const imports = heads.map((path, index) => `import ${JSON.stringify(url(path, index > 0 ? OTHER : WWW))};`);
				return {
					headers: [
						['content-type', 'text/javascript'],
						['cache-control', 'no-store'],
					],
					body: imports.join('\n') + scriptOf(asks, url, "new BroadcastChannel('done').postMessage(1);"),
				};
			},
			...Object.fromEntries([...heads, ...asks.map(pathOf)].map((path) => [path, shared])),
		},
		browser: async (browser, { url }) => {
			for (const visited of [WWW, OTHER]) await browser.navigate(url('/visited', visited));
			await browser.navigate(url(PAGE));
			await browser.evaluate(
				`new Promise((resolve) => { new BroadcastChannel('done').onmessage = () => resolve(1); ${start(WORKER)} })`,
			);
		},
		wiretwin: async (session, { url }) => {
			for (const visited of [WWW, OTHER]) await (await session.fetch(url('/visited', visited))).text();
			const parent = url(PAGE);
			await (await session.fetch(parent)).text();
			await (await session.fetch(url(WORKER), { kind: KIND_OF_SCRIPT[client], initiator: parent })).text();
			const initiator: Initiator = { url: url(WORKER), client, parent };
			for (const [index, path] of heads.entries()) {
				const host = index > 0 ? OTHER : WWW;
				await (await session.fetch(url(path, host), { kind: 'worker-import', initiator })).text();
			}
			for (const [index, ask] of asks.entries()) {
				if (!(ask.how in ofWorkers)) throw new Error(`no worker has "${ask.how}"`);
				const kind = ofWorkers[ask.how as keyof typeof ofWorkers];
				await (await session.fetch(url(pathOf(ask, index), ask.host ?? WWW), { ...ask.init, kind, initiator })).text();
			}
		},
	};
}

const ofWorkers = { fetch: 'fetch', xhr: 'xhr', 'import-scripts': 'import-scripts', import: 'module' } as const;

const ofScript: readonly Ask[] = [
	{ how: 'fetch' },
	{ how: 'fetch', init: { method: 'POST', body: 'x' } },
	{ how: 'fetch', host: OTHER },
	{ how: 'fetch', host: OTHER, init: { credentials: 'include' } },
	{ how: 'fetch', host: API, init: { credentials: 'include' } },
	{ how: 'fetch', init: { priority: 'high' } },
	{ how: 'fetch', init: { priority: 'low' } },
	{ how: 'fetch', init: { cache: 'no-store' } },
];
const imported: readonly Ask[] = [{ how: 'import-scripts' }, { how: 'import-scripts', host: OTHER }];

/** Dedicated, shared and service workers. */
const workers: readonly Working[] = [
	{
		name: 'worker asks',
		start: (url) => `new Worker('${url}');`,
		client: 'worker',
		asks: [...imported, ...ofScript, { how: 'xhr' }, { how: 'import' }],
	},
	{
		name: 'worker asks, HTTP/1.1',
		start: (url) => `new Worker('${url}');`,
		client: 'worker',
		asks: [
			{ how: 'import-scripts' },
			{ how: 'fetch' },
			{ how: 'fetch', init: { method: 'POST', body: 'x' } },
			{ how: 'import' },
		],
		server: { protocols: ['http/1.1'] },
	},
	{
		name: 'module worker asks',
		start: (url) => `new Worker('${url}', { type: 'module' });`,
		client: 'worker',
		isModule: true,
		asks: [{ how: 'import' }, { how: 'fetch' }],
	},
	{
		name: 'shared worker asks',
		start: (url) => `new SharedWorker('${url}');`,
		client: 'shared-worker',
		asks: [
			{ how: 'import-scripts' },
			{ how: 'fetch' },
			{ how: 'fetch', host: OTHER, init: { credentials: 'include' } },
		],
	},
	{
		name: 'service worker asks',
		start: (url) => `navigator.serviceWorker.register('${url}');`,
		client: 'service-worker',
		asks: [{ how: 'import-scripts' }, { how: 'fetch' }, { how: 'fetch', host: OTHER }],
	},
];

const FORM =
	'<iframe name=inner></iframe><form method=post action=/sent target=inner><input name=a value=1><button id=send>send</button></form><a id=link href=/linked target=inner>link</a>';

/** Navigations of frames that a click causes, and of a frame by itself. */
const framesThatNavigate: readonly Scenario[] = [
	{
		name: 'form and link into a frame',
		pages: { [PAGE]: html(FORM), '/sent': html('sent'), '/linked': html('linked') },
		browser: async (browser, { url, seen }) => {
			await browser.navigate(url(PAGE));
			await browser.click('#send');
			await seen('/sent');
			await browser.click('#link');
			await seen('/linked');
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(PAGE))).text();
			const init: FetchInit = { initiator: url(PAGE), userActivation: true };
			const body = new URLSearchParams({ a: '1' });
			await (await session.fetch(url('/sent'), { ...init, kind: 'frame-form', method: 'POST', body })).text();
			await (await session.fetch(url('/linked'), { ...init, kind: 'iframe' })).text();
		},
	},
	{
		name: 'sandboxed frame goes elsewhere',
		pages: {
			'/visited': COOKIES,
			[PAGE]: html(`<iframe sandbox="allow-scripts allow-forms" src=${FRAME}></iframe>`),
			[FRAME]: html(
				'<form method=post action=/sent><input name=a value=1></form><script>document.forms[0].submit()</script>',
			),
			'/sent': html('sent'),
		},
		browser: async (browser, { url, seen }) => {
			await browser.navigate(url('/visited'));
			await browser.navigate(url(PAGE));
			await seen('/sent');
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url('/visited'))).text();
			await (await session.fetch(url(PAGE))).text();
			await (await session.fetch(url(FRAME), { kind: 'iframe', initiator: url(PAGE) })).text();
			const initiator: Initiator = { url: url(FRAME), parent: url(PAGE), opaque: true, inPlace: true };
			const init: FetchInit = { kind: 'frame-form', userActivation: false, initiator };
			await (
				await session.fetch(url('/sent'), { ...init, method: 'POST', body: new URLSearchParams({ a: '1' }) })
			).text();
		},
	},
];

/** A style sheet of another site, and what it names: of its own site and of the page's. */
const styleSheets = ([OTHER, WWW] as const).flatMap((host) =>
	(['style', 'image', 'font'] as const).map((kind): Scenario => {
		const target = { style: '/sheet-import', image: '/sheet-image', font: '/sheet-font' }[kind];
		return {
			name: `style sheet of another site, ${kind} of ${host === OTHER ? 'its own' : 'the page'}`,
			// Firefox raises the weight from 13 to 23 when the frame is there before the request leaves.
			...(kind === 'image' ? { only: 'chromium' as const } : {}),
			pages: {
				[PAGE]: (request, count) =>
					html('<p>', `<link rel=stylesheet href="https://${OTHER}:${request.url.port}/sheet">`)(request, count),
				'/sheet': (request) => {
					const url = `https://${host}:${request.url.port}${target}`;
					const rule = {
						style: `@import "${url}";`,
						// Below the window: one in view is raised or not, as the page is laid out or not when it is asked for.
						image: `p { position: absolute; top: 9000px; width: 9px; height: 9px; background: url(${url}) }`,
						font: `@font-face { font-family: own; src: url(${url}) } p { font-family: own } p::before { content: 'text' }`,
					}[kind];
					return {
						headers: [
							['content-type', 'text/css'],
							['cache-control', 'max-age=600'],
						],
						body: rule,
					};
				},
				[target]: (request) => {
					const type = { style: 'text/css', image: 'image/png', font: 'font/woff2' }[kind];
					return {
						headers: [
							['content-type', type],
							['cache-control', 'max-age=600'],
							['access-control-allow-origin', request.header('origin') ?? '*'],
						],
						body: kind === 'image' ? PIXEL : '/**/',
					};
				},
			},
			browser: async (browser, { url, seen }) => {
				await browser.navigate(url(PAGE));
				await seen(target);
			},
			wiretwin: async (session, { url }) => {
				await (await session.fetch(url(PAGE))).text();
				const styleSheet = url('/sheet', OTHER);
				await (await session.fetch(styleSheet, { kind: 'style', initiator: url(PAGE) })).text();
				await (await session.fetch(url(target, host), { kind, initiator: { url: url(PAGE), styleSheet } })).text();
			},
		};
	}),
);

/** Requests of clients that are not the page in the address bar. */
export const clientScenarios: readonly Scenario[] = [
	...frames.map(framed),
	...framesThatNavigate,
	...styleSheets,
	...workers.map(working),
];
