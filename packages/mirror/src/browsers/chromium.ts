import { createHash, X509Certificate } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserOptions } from './browser.ts';
import { type Cleanup, startParts } from './cleanup.ts';
import { startDisplay } from './display.ts';
import { type JsonSocket, openJsonSocket } from './json-socket.ts';
import { thisMachine } from './places.ts';
import { endProcess, spawnUntil, temporaryProfile, trustInNss } from './process.ts';

/** Nothing here changes what a page's requests look like at a server of the web; most keeps Chromium from calling home. */
const QUIET_FLAGS = [
	'--no-first-run',
	'--no-default-browser-check',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
	'--disable-gpu',
	'--disable-quic',
	'--password-store=basic',
	// Answers are dictionaries only where the certificate leads to a public root, unless this is off.
	'--disable-features=CompressionDictionaryTransportRequireKnownRootCert',
];

type Target = { targetId: string; type: string };
type Evaluation = {
	result: { value?: unknown };
	exceptionDetails?: { text: string; exception?: { description?: string } };
};
type Box = { model: { content: number[] } };

/** Resolves when a frame has been shown: the second callback runs after the first one's frame. */
const PAINTED = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';

/** Starts Chromium, or what is built from it, and drives its first tab over the DevTools protocol. */
export function startChromium(options: BrowserOptions): Promise<Browser> {
	return startParts((started) => startAll(options, started));
}

async function startAll(options: BrowserOptions, started: Cleanup): Promise<Browser> {
	const profile = await temporaryProfile('chromium');
	started.defer(() => profile.remove());
	const settings =
		thisMachine().system === 'linux' ? await onLinux(options, profile.folder, started) : onDesktop(options);
	const data = join(profile.folder, 'data');
	if (options.dohUrl !== undefined) await askOverHttps(data, options.dohUrl);
	const rules = options.hosts.map((host) => `MAP ${host} 127.0.0.1`).join(', ');
	const { child, found } = await spawnUntil(
		options.program ?? 'chromium',
		[
			...QUIET_FLAGS,
			...settings.flags,
			// Chromium refuses to run as root (containers) with its sandbox on.
			...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
			`--user-data-dir=${data}`,
			'--remote-debugging-port=0',
			...(options.dohUrl === undefined && !options.asksSystem ? [`--host-resolver-rules=${rules}`] : []),
			...(options.proxyPort ? [`--proxy-server=http://127.0.0.1:${options.proxyPort}`] : []),
			'about:blank',
		],
		{ ...process.env, ...settings.environment },
		/DevTools listening on (ws:\S+)/,
	);
	started.defer(() => endProcess(child));
	const socket = await openJsonSocket(found);
	started.defer(() => socket.close());
	const page = await attachToPage(socket);
	const { product } = await socket.call<{ product: string }>('Browser.getVersion');
	const running = started.move();
	return {
		name: 'chromium',
		version: product.split('/')[1] ?? product,
		...page,
		forgetCookies: () => socket.call('Storage.clearCookies'),
		close: () => running.run(),
	};
}

/** No flag says so, only the settings of a profile. */
async function askOverHttps(data: string, templates: string): Promise<void> {
	await mkdir(data, { recursive: true });
	await writeFile(join(data, 'Local State'), JSON.stringify({ dns_over_https: { mode: 'secure', templates } }));
}

type SystemSettings = { flags: string[]; environment: NodeJS.ProcessEnv };

/** A virtual display, and a HOME of its own, whose NSS database says whom Chromium trusts. */
async function onLinux(options: BrowserOptions, folder: string, started: Cleanup): Promise<SystemSettings> {
	const display = await startDisplay();
	started.defer(() => display.close());
	const home = join(folder, 'home');
	const nss = join(home, '.pki', 'nssdb');
	await mkdir(nss, { recursive: true });
	await trustInNss(nss, [options.caPem, ...(options.moreCas ?? [])]);
	return {
		flags: [],
		environment: { HOME: home, DISPLAY: display.name, LANG: 'en_US.UTF-8', LANGUAGE: 'en_US' },
	};
}

/**
 * The user's own desktop, and the system's trust store, which is not ours to change: the key of the server is accepted
 * instead. To Chromium that is a valid certificate, not an error that somebody clicks away.
 */
export function onDesktop({ certificatePem }: Pick<BrowserOptions, 'certificatePem'>): SystemSettings {
	if (certificatePem === undefined) throw new Error('on this system a certificate to accept has to be named');
	const key = new X509Certificate(certificatePem).publicKey.export({ type: 'spki', format: 'der' });
	const hash = createHash('sha256').update(key).digest('base64');
	return {
		// macOS would ask for the user's password.
		flags: [`--ignore-certificate-errors-spki-list=${hash}`, '--use-mock-keychain'],
		environment: {},
	};
}

async function attachToPage(
	socket: JsonSocket,
): Promise<Omit<Browser, 'name' | 'version' | 'forgetCookies' | 'close'>> {
	const { targetInfos } = await socket.call<{ targetInfos: Target[] }>('Target.getTargets');
	const target = targetInfos.find((one) => one.type === 'page');
	if (!target) throw new Error('Chromium has no tab');
	const { sessionId } = await socket.call<{ sessionId: string }>('Target.attachToTarget', {
		targetId: target.targetId,
		flatten: true,
	});
	const call = <T>(method: string, params: object = {}): Promise<T> => socket.call<T>(method, params, { sessionId });
	await call('Page.enable');

	const whenLoaded = async (start: () => Promise<unknown>): Promise<void> => {
		const loaded = socket.event('Page.loadEventFired');
		await start();
		await loaded;
	};
	const click = async (selector: string): Promise<void> => {
		// Input is dropped until a page has painted, which on a busy machine is after its load event.
		await call('Runtime.evaluate', { expression: PAINTED, awaitPromise: true });
		const { root } = await call<{ root: { nodeId: number } }>('DOM.getDocument');
		const { nodeId } = await call<{ nodeId: number }>('DOM.querySelector', { nodeId: root.nodeId, selector });
		const { model } = await call<Box>('DOM.getBoxModel', { nodeId });
		const [left = 0, top = 0, right = 0, , , bottom = 0] = model.content;
		const point = { x: (left + right) / 2, y: (top + bottom) / 2, button: 'left', clickCount: 1 };
		await call('Input.dispatchMouseEvent', { type: 'mousePressed', ...point });
		await call('Input.dispatchMouseEvent', { type: 'mouseReleased', ...point });
	};
	return {
		navigate: (url) => whenLoaded(() => call('Page.navigate', { url, transitionType: 'typed' })),
		reload: () => whenLoaded(() => call('Page.reload')),
		click,
		follow: (selector) => whenLoaded(() => click(selector)),
		leave: (expression) => whenLoaded(() => call('Runtime.evaluate', { expression })),
		async evaluate<T>(expression: string): Promise<T> {
			const answer = await call<Evaluation>('Runtime.evaluate', {
				expression,
				awaitPromise: true,
				returnByValue: true,
			});
			if (answer.exceptionDetails) {
				throw new Error(answer.exceptionDetails.exception?.description ?? answer.exceptionDetails.text);
			}
			return answer.result.value as T;
		},
	};
}
