import { headerValue } from '@wiretwin/mirror';
import type { Browser } from '@wiretwin/mirror/browsers';
import type { Stage } from '../scenario.ts';
import { type Act, EARLY, HOME, isNavigation, MARKUP, PAGE, type Turn, turnsOf } from './acts.ts';
import { clientSource, sheetSource } from './clients.ts';
import { loads, settersOf } from './loads.ts';
import type { Navigation, Plan, ScriptStep } from './plan.ts';

/** Makes a browser do what a plan says. */
export async function runInBrowser(plan: Plan, browser: Browser, stage: Stage): Promise<void> {
	await browser.navigate(stage.url(`/${PAGE}${plan.page.tail ?? ''}`, HOME));
	for (const turn of turnsOf(plan)) {
		if (turn[0]?.id === EARLY || turn[0]?.id === MARKUP) {
			await arrived(stage, turn[0]);
			continue;
		}
		const [first] = turn;
		if (!first) continue;
		if (isNavigation(first.step)) {
			await navigate(browser, stage, first, first.step);
			continue;
		}
		// What a style sheet asks for comes by itself.
		if (first.step.do !== 'ask') await browser.evaluate(`act(${JSON.stringify(turnSource(plan, turn, stage))})`);
		for (const act of turn) await arrived(stage, act);
	}
}

/**
 * Resolves when the last request of an act is there, with its body. An empty one is not waited for: Firefox never ends the
 * stream of some.
 */
async function arrived({ mirror }: Stage, act: Act): Promise<void> {
	const seen = mirror.waitForRequest(
		({ path, headers, complete }) =>
			path.slice(1).split(/[/?]/)[0] === act.last &&
			headerValue(headers, 'access-control-request-method') === null &&
			(complete || !(Number(headerValue(headers, 'content-length')) > 0)),
		{ stage: 'head' },
	);
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_resolve, reject) => {
		const failure = new Error(`/${act.last} was not asked for: ${JSON.stringify(act.step)}`);
		timer = setTimeout(() => reject(failure), ARRIVAL_LIMIT);
	});
	try {
		await Promise.race([seen, late]);
	} finally {
		clearTimeout(timer);
	}
}

/** A request that a page's script or markup has asked for long ago, milliseconds: the browser does not send it. */
const ARRIVAL_LIMIT = 8000;

/** Source text that starts all of a turn and is done when they are. */
function turnSource(plan: Plan, turn: Turn, stage: Stage): string {
	const sources = turn.map((act) => promised(sourceOf(act, JSON.stringify(urlOf(stage, act)), plan)));
	const all = `Promise.all([${sources.join(', ')}])`;
	const client = turn[0]?.inside;
	return client ? `clients['${client.id}'](${JSON.stringify(all)}).then(() => 1)` : `${all}.then(() => 1)`;
}

const urlOf = (stage: Stage, { url }: Act): string => stage.url(url.path, url.host);

/** Nothing of a page may take longer, milliseconds: `done` may never come, and what was sent is there all the same. */
const PATIENCE = 3000;

function promised(source: string): string {
	return `new Promise((resolve) => { const done = () => resolve(1); setTimeout(done, ${PATIENCE}); ${source} })`;
}

/** Statement that starts a step and calls `done` when it is over. */
function sourceOf({ id, step }: Act, url: string, plan: Plan): string {
	switch (step.do) {
		case 'client':
			return clientSource(step, id, url);
		case 'sheet':
			return sheetSource(
				url,
				turnsOf(plan)
					.flat()
					.filter(({ inside }) => inside?.id === id)
					.map((ask) => ask.id),
			);
		case 'fetch':
			return step.stored
				? `const ask = () => fetch(${url}, ${fetchInit(step)}).then((answer) => answer.text()); ask().then(ask).then(done, done);`
				: `fetch(${url}, ${fetchInit(step)}).then((answer) => answer.text()).then(done, done);`;
		case 'xhr':
			return `const request = new XMLHttpRequest(); request.open(${JSON.stringify(step.method ?? 'GET')}, ${url}, ${step.sync !== true});
				${step.credentials ? 'request.withCredentials = true;' : ''}
				for (const [name, value] of ${JSON.stringify(step.headers ?? [])}) request.setRequestHeader(name, value);
				request.onloadend = done; try { request.send(${step.body ?? ''}); } catch {} ${step.sync ? 'done();' : ''}`;
		case 'beacon':
			return `navigator.sendBeacon(${url}${step.body === undefined ? '' : `, ${step.body}`}); done();`;
		case 'frame-form':
			return `const frame = document.createElement('iframe'); frame.name = 'frame${id}'; document.body.append(frame);
				const element = document.createElement('form'); element.method = '${step.method}'; element.target = frame.name;
				${fieldsSource(step.fields)} element.action = ${url}; document.body.append(element);
				setTimeout(() => { frame.onload = done; element.submit(); });`;
		case 'events':
			return `const source = new EventSource(${url}, { withCredentials: ${step.credentials === true} });
				source.onerror = () => (source.close(), done());`;
		case 'socket':
			return `const socket = new WebSocket(${url}.replace('http', 'ws'), ${JSON.stringify(step.protocols ?? [])});
				socket.onopen = socket.onerror = done;`;
		case 'load':
			return loads[step.what].source?.(url, settersOf(step)) ?? 'done();';
		default:
			return 'done();'; // a navigation, or what a style sheet does by itself
	}
}

function fetchInit(step: ScriptStep & { do: 'fetch' }): string {
	const { method, headers, mode, credentials, cache, priority, policy, keepalive, body } = step;
	const plain = { method, headers, mode, credentials, cache, priority, referrerPolicy: policy, keepalive };
	const text = JSON.stringify(plain);
	return body === undefined ? text : `{ ...${text}, body: ${body} }`;
}

async function navigate(browser: Browser, stage: Stage, act: Act, step: Navigation): Promise<void> {
	switch (step.do) {
		case 'visit':
			return browser.navigate(urlOf(stage, act));
		case 'reload':
			return browser.reload();
		case 'assign':
			return browser.leave(`location.href = ${JSON.stringify(urlOf(stage, act))}`);
		case 'link':
		case 'form':
			await browser.evaluate(`(() => { ${step.do === 'link' ? linkSource(step) : formSource(step)}
				element.${step.do === 'link' ? 'href' : 'action'} = ${JSON.stringify(urlOf(stage, act))}; return 1; })()`);
			return browser.follow('#go');
	}
}

function linkSource({ policy, noreferrer }: Navigation & { do: 'link' }): string {
	return `document.body.innerHTML = '<a id=go>go</a>'; const element = document.querySelector('#go');
		${policy ? `element.referrerPolicy = '${policy}';` : ''} ${noreferrer ? `element.rel = 'noreferrer';` : ''}`;
}

function formSource({ method, enctype, fields }: Navigation & { do: 'form' }): string {
	return `document.body.innerHTML = '<form><button id=go>go</button></form>'; const element = document.querySelector('form');
		element.method = '${method}'; ${enctype ? `element.enctype = '${enctype}';` : ''}
		${fieldsSource(fields)}`;
}

function fieldsSource(fields: readonly (readonly [name: string, value: string])[]): string {
	return `for (const [name, value] of ${JSON.stringify(fields)}) {
		const field = document.createElement('textarea'); field.name = name; field.value = value; field.hidden = true; element.append(field);
	}`;
}
