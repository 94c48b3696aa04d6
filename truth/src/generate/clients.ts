import type { Reply } from '@wiretwin/mirror';
import { type Act, type Place, turnsOf } from './acts.ts';
import { loads } from './loads.ts';
import type { ClientStep, Plan, SheetAsk } from './plan.ts';

/** What frames and workers answer with: a script that does what it is told, as source text, and says when it is done. */
const FRAME = `addEventListener('message', (event) => eval(event.data).then(() => event.source.postMessage(1, '*')));`;
const WORKER = `onmessage = (event) => eval(event.data).then(() => postMessage(1));`;
const SHARED_WORKER = `onconnect = ({ ports: [port] }) => { port.onmessage = (event) => eval(event.data).then(() => port.postMessage(1)); };`;

const SERVICE_WORKER = `onmessage = (event) => event.waitUntil(eval(event.data).then(() => event.source.postMessage(1)));`;
const scripts = { worker: WORKER, sharedworker: SHARED_WORKER, serviceworker: SERVICE_WORKER } as const;

/** Document or script of a client. */
export function clientReply({ what, policy }: ClientStep): Reply {
	const script = what === 'frame' || what === 'sandbox' ? undefined : scripts[what];
	const isFrame = script === undefined;
	return {
		headers: [
			['content-type', isFrame ? 'text/html; charset=utf-8' : 'text/javascript'],
			['cache-control', 'no-store'],
			...(policy ? [['referrer-policy', policy] as [string, string]] : []),
		],
		body: isFrame
			? `<!doctype html><title>frame</title><link rel=icon href=data:,><body><script>${FRAME}</script>`
			: script,
	};
}

/** Makes a frame or worker and keeps it in the page as `clients[id]`, which takes source text and is done when that is. */
export function clientSource({ what }: ClientStep, id: string, url: string): string {
	const keep = `(window.clients ??= {})['${id}']`;
	switch (what) {
		case 'worker':
			return `const worker = new Worker(${url}); worker.onerror = done;
				${keep} = (source) => new Promise((told) => { worker.onmessage = told; worker.postMessage(source); });
				${keep}('Promise.resolve()').then(done);`;
		case 'sharedworker':
			return `const worker = new SharedWorker(${url}); worker.onerror = done;
				${keep} = (source) => new Promise((told) => { worker.port.onmessage = told; worker.port.postMessage(source); });
				${keep}('Promise.resolve()').then(done);`;
		case 'serviceworker':
			// No page is in its scope: what a page asks for does not go through it.
			return `navigator.serviceWorker.register(${url}, { scope: new URL(${url}).pathname + '/none' }).then(({ installing, active }) => {
				const worker = installing ?? active;
				${keep} = (source) => new Promise((told) => { navigator.serviceWorker.onmessage = told; worker.postMessage(source); });
				worker.onstatechange = () => worker.state === 'activated' && done();
			}, done);`;
		default:
			return `const frame = document.createElement('iframe'); ${what === 'sandbox' ? `frame.sandbox = 'allow-scripts allow-forms';` : ''}
				${keep} = (source) => new Promise((told) => {
					addEventListener('message', told, { once: true });
					frame.contentWindow.postMessage(source, '*');
				});
				frame.onload = done; frame.src = ${url}; document.body.append(frame);`;
	}
}

/** A sheet that asks for things: imports at once, the rest for elements that `sheetSource` makes. */
export function sheetReply(act: Act, plan: Plan, urlOf: (place: Place) => string): Reply {
	const asks = turnsOf(plan)
		.flat()
		.filter(({ inside }) => inside?.id === act.id);
	const rules = asks.map(({ id, step, url }) => {
		const target = `url("${urlOf(url).replaceAll('"', '%22').replaceAll('\\', '\\\\')}")`;
		switch ((step as SheetAsk).what) {
			case 'import':
				return `@import ${target};`;
			case 'font':
				return `@font-face { font-family: face${id}; src: ${target}; } .made${id} { font-family: face${id}; }`;
			default:
				// Far below the window: what is in it is asked for with another priority, now and then.
				return `.made${id} { position: absolute; top: 9000px; width: 9px; height: 9px; background: ${target}; }`;
		}
	});
	const policy = 'policy' in act.step && act.step.policy;
	return {
		headers: [
			['content-type', 'text/css'],
			['cache-control', 'max-age=600'],
			...(policy ? [['referrer-policy', policy] as [string, string]] : []),
		],
		body: rules
			.sort((one, other) => Number(other.startsWith('@import')) - Number(one.startsWith('@import')))
			.join('\n'),
	};
}

/** Elements for the rules of a sheet, then the sheet. */
export function sheetSource(url: string, asks: readonly string[]): string {
	const elements = asks.map((id) => `<p class=made${id}>text</p>`).join('');
	return `document.body.insertAdjacentHTML('beforeend', '${elements}');
		const element = document.createElement('link'); element.rel = 'stylesheet'; element.onload = element.onerror = done;
		element.href = ${url}; document.head.append(element);`;
}

export function askReply({ what }: SheetAsk): Reply {
	return loads[what === 'import' ? 'style' : what].answer;
}
