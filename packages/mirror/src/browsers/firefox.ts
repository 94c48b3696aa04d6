import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserOptions } from './browser.ts';
import { type Cleanup, startParts } from './cleanup.ts';
import { type JsonSocket, openJsonSocket } from './json-socket.ts';
import { endProcess, spawnUntil, temporaryProfile, trustInNss } from './process.ts';

/** Preferences that keep Firefox from calling home and lead the mirror's names to loopback; none changes a page's requests. */
function preferences({ hosts, proxyPort, dohUrl, asksSystem }: BrowserOptions): string {
	const values: Record<string, string | number | boolean> = {
		'network.trr.mode': 5,
		// Names that Firefox knows to be loopback go past a proxy, which finds them itself.
		...(proxyPort ? proxyPreferences(proxyPort) : dohUrl ? dohPreferences(dohUrl) : localNames(hosts)),
		'network.captive-portal-service.enabled': false,
		'network.connectivity-service.enabled': false,
		'app.update.enabled': false,
		'app.normandy.enabled': false,
		'browser.safebrowsing.malware.enabled': false,
		'browser.safebrowsing.phishing.enabled': false,
		'browser.safebrowsing.downloads.enabled': false,
		'browser.shell.checkDefaultBrowser': false,
		'browser.startup.homepage_override.mstone': 'ignore',
		'browser.startup.page': 0,
		'datareporting.policy.dataSubmissionEnabled': false,
		'extensions.getAddons.cache.enabled': false,
		'extensions.systemAddon.update.enabled': false,
		'services.settings.server': 'data:,',
		'toolkit.telemetry.enabled': false,
		'toolkit.telemetry.server': '',
		'media.gmp-manager.updateEnabled': false,
		'intl.accept_languages': 'en-US, en',
		'network.http.http3.enable': false,
		'remote.active-protocols': 1,
		...(asksSystem ? systemPreferences : {}),
		// No spare connections: not ahead of need, and not when a handshake takes more than 250 ms on a busy machine.
		'network.http.speculative-parallel-limit': 0,
		'network.http.connection-retry-timeout': 0,
	};
	return Object.entries(values)
		.map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
		.join('');
}

/** Firefox under remote control asks for no HTTPS records in plain unless it is told to do as always. */
const systemPreferences = { 'network.dns.localDomains': '', 'network.dns.native_https_query_in_automation': true };

function proxyPreferences(port: number): Record<string, string | number> {
	const proxy = (scheme: string) => ({
		[`network.proxy.${scheme}`]: '127.0.0.1',
		[`network.proxy.${scheme}_port`]: port,
	});
	return { 'network.proxy.type': 1, ...proxy('http'), ...proxy('ssl') };
}

const localNames = (hosts: readonly string[]) => ({ 'network.dns.localDomains': hosts.join(',') });

/** Also for addresses of loopback, and at once; records of ports other than 443 have to be asked for. */
function dohPreferences(url: string): Record<string, string | number | boolean> {
	return {
		'network.trr.mode': 3,
		'network.trr.uri': url,
		'network.trr.custom_uri': url,
		'network.trr.allow-rfc1918': true,
		'network.trr.wait-for-confirmation': false,
		'network.trr.confirmationNS': 'skip',
		'network.trr.excluded-domains': '',
		'network.trr.builtin-excluded-domains': '',
		'network.dns.port_prefixed_qname_https_rr': true,
	};
}

type Context = { context: string };
type ScriptResult = { type: string; result?: { value?: string }; exceptionDetails?: { text: string } };

/** Starts Debian's Firefox ESR headless and drives its first tab over WebDriver BiDi. */
export function startFirefox(options: BrowserOptions): Promise<Browser> {
	return startParts((started) => startAll(options, started));
}

async function startAll(options: BrowserOptions, started: Cleanup): Promise<Browser> {
	const profile = await temporaryProfile('firefox');
	started.defer(() => profile.remove());
	await trustInNss(profile.folder, [options.caPem, ...(options.moreCas ?? [])]);
	await writeFile(join(profile.folder, 'user.js'), preferences(options));
	const { child, found } = await spawnUntil(
		options.program ?? 'firefox-esr',
		['--headless', '--no-remote', '--profile', profile.folder, '--remote-debugging-port', '0', 'about:blank'],
		{ ...process.env, HOME: profile.folder, LANG: 'en_US.UTF-8', MOZ_CRASHREPORTER_DISABLE: '1' },
		/WebDriver BiDi listening on (ws:\S+)/,
	);
	started.defer(() => endProcess(child));
	const socket = await openJsonSocket(`${found}/session`);
	started.defer(() => socket.close());
	const session = await socket.call<{ capabilities: { browserVersion: string } }>('session.new', { capabilities: {} });
	await socket.call('session.subscribe', { events: ['browsingContext.load'] });
	const page = await controlPage(socket);
	const running = started.move();
	return {
		name: 'firefox',
		version: session.capabilities.browserVersion,
		...page,
		async forgetCookies() {
			await socket.call('storage.deleteCookies');
		},
		close: () => running.run(),
	};
}

async function controlPage(socket: JsonSocket): Promise<Omit<Browser, 'name' | 'version' | 'forgetCookies' | 'close'>> {
	const { contexts } = await socket.call<{ contexts: Context[] }>('browsingContext.getTree');
	const context = contexts[0]?.context;
	if (!context) throw new Error('Firefox has no tab');

	async function evaluate<T>(expression: string): Promise<T> {
		const answer = await socket.call<ScriptResult>('script.evaluate', {
			// JSON text avoids BiDi's own serialisation of objects.
			expression: `Promise.resolve(${expression}).then((value) => JSON.stringify(value ?? null))`,
			target: { context },
			awaitPromise: true,
		});
		if (answer.type === 'exception') throw new Error(answer.exceptionDetails?.text ?? 'script failed');
		return JSON.parse(answer.result?.value ?? 'null') as T;
	}
	const click = async (selector: string): Promise<void> => {
		const point = await evaluate<{ x: number; y: number }>(
			`(() => { const box = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect(); return { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) }; })()`,
		);
		const actions = [
			{ type: 'pointerMove', ...point },
			{ type: 'pointerDown', button: 0 },
			{ type: 'pointerUp', button: 0 },
		];
		await socket.call('input.performActions', { context, actions: [{ type: 'pointer', id: 'mouse', actions }] });
	};
	return {
		async navigate(url) {
			await socket.call('browsingContext.navigate', { context, url, wait: 'complete' });
		},
		async reload() {
			await socket.call('browsingContext.reload', { context, wait: 'complete' });
		},
		click,
		async follow(selector) {
			const loaded = socket.event('browsingContext.load');
			await click(selector);
			await loaded;
		},
		async leave(expression) {
			const loaded = socket.event('browsingContext.load');
			await evaluate(`void setTimeout(() => { ${expression} })`);
			await loaded;
		},
		evaluate,
	};
}
