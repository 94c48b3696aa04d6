/** Pages of a visit. Their script makes the requests of the steps, one after the other, then goes on to the next page. */
import type { Reply } from '../servers/exchange.ts';
import type { Step } from './step.ts';
import { pageReply } from './typical-requests.ts';

/** Milliseconds after which a page gives one step up: the browser does not do it. */
const STEP_LIMIT = 20_000;

const STYLE = `<style>:root { color-scheme: light dark; } body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto 0; padding: 0 1.25rem; }
h1 { font-size: 1.35rem; margin: 0 0 .5rem; } a.button { display: inline-block; padding: .5rem 1.1rem; border-radius: 8px; background: #0b6bcb; color: #fff; text-decoration: none; }</style>`;
const VIEWPORT = '<meta name=viewport content="width=device-width">';

/** What the visitor sees first: what is going to happen, and the link that starts it. */
export function startPage(next: string): Reply {
	return pageReply(
		`<h1>Capture of this browser</h1><p>This page asks your browser for the things that pages ask for: images, scripts, forms, sockets. It takes about half a minute and leaves nothing behind.</p><p><a class=button id=start href="${next}">Start</a></p>`,
		VIEWPORT + STYLE,
	);
}

/** What the visitor sees last. It asks for `done` once it is there: the servers end with the visit. */
export function endPage(done: string): Reply {
	return pageReply(
		`<h1 id=end>Done</h1><p>The profile is being written. You can close this page.</p><script>fetch('${done}').catch(() => 0)</script>`,
		VIEWPORT + STYLE,
	);
}

/** What a page's script needs to know. */
export type PageFacts = {
	/** Path of the page that follows. */
	next: string;
	/** Origin by server and host, e.g. `main/own`. */
	origins: Readonly<Record<string, string>>;
	/** Origins that were not visited before. */
	fresh: readonly string[];
	/** `12 of 30`, shown to the visitor. */
	progress: string;
};

/** A page that does `steps`. Texts are ours or were checked; nothing of a request gets in here. */
export function stepPage(steps: readonly Step[], { next, origins, fresh, progress }: PageFacts): Reply {
	const head = steps.map(({ markup }) => markup?.head ?? '').join('');
	const body = steps.map(({ markup }) => markup?.body ?? '').join('');
	const list = steps.map(({ id, source, leaves }) => {
		const run = `async () => { await new Promise((done) => { ${source ?? 'done();'} }); }`;
		// A step that leaves the page never comes to its end.
		return `[${JSON.stringify(id)}, ${leaves ? `() => { ${source ?? ''}; return new Promise(() => {}); }` : run}]`;
	});
	const script = `
const origins = ${JSON.stringify(origins)};
const at = (server, host = 'own') => origins[server + '/' + host];
const fresh = () => ${JSON.stringify(fresh)};
const late = () => new Promise((done) => setTimeout(done, ${STEP_LIMIT}));
(async () => {
	if (document.readyState !== 'complete') await new Promise((done) => addEventListener('load', done));
	for (const [id, run] of [${list.join(',\n')}]) {
		await Promise.race([run(), late()]).catch(() => 0);
		await fetch('/visit/seen/' + id).then((answer) => answer.text());
	}
	location.assign(${JSON.stringify(next)});
})();`;
	return pageReply(`${body}<p>${progress}</p><script>${script}</script>`, `${VIEWPORT}${head}`);
}
