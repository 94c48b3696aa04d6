import type { CacheMode, RequestKind } from '@wiretwin/profiles';
import { booleanOption, choiceOption, refuse } from '../options/checks.ts';
import { isLocal } from '../options/target.ts';
import type { WiretwinResponse } from '../response/wiretwin-response.ts';
import type { Session } from '../session.ts';
import type { ReferrerPolicy } from '../types/fetch-terms.ts';
import type { Initiator } from '../types/initiator.ts';
import type { FrameOptions, OpenOptions, PageForm, PageInit, TargetOptions } from '../types/page.ts';
import { readForm } from './form.ts';
import { type ClientFacts, PageClient, policyOf } from './page-client.ts';

/** How a document came to be where it is, for `reload()`. */
type Opening = { init: PageInit; initiator: Initiator | undefined };

/** Where a document goes, and who asks for it. */
type DocumentPlace = {
	asker: Initiator;
	parent: Page | undefined;
	opaque?: boolean | undefined;
	/** How what it consists of asks the cache. */
	cache?: CacheMode | undefined;
};

/** A document: the page in the address bar or one in a frame of it. Made by `session.open`. */
export class Page extends PageClient {
	/** The document around this frame; `undefined` for the page in the address bar. */
	readonly parent: Page | undefined;
	readonly #opening: Opening;

	/** @internal Use `session.open`, `page.frame`, `page.click` and `page.submit`. */
	constructor(facts: ClientFacts & { parent: Page | undefined; opening: Opening }) {
		super(facts);
		this.parent = facts.parent;
		this.#opening = facts.opening;
	}

	/** @internal What `session.open` does: types an address. */
	static async open(session: Session, address: URL, options: OpenOptions): Promise<Page> {
		const { send, ...init } = options;
		const isAsked = booleanOption(send, 'send', true) && !isLocal(address);
		const response = isAsked ? await session.fetch(address, { ...init, kind: 'navigate' }) : undefined;
		const initiator = documentOf(address, response, false);
		return new Page({
			session,
			initiator,
			base: new URL(initiator.url),
			response,
			referrerPolicy: policyOf(response) ?? (isAsked ? undefined : init.referrerPolicy),
			parent: undefined,
			opening: { init, initiator: undefined },
		});
	}

	/**
	 * Follows a link. The promise gives the document that it leads to.
	 * @example const next = await page.click('/next'); const text = await next.response?.text();
	 */
	click(link: string | URL, options: TargetOptions = {}): Promise<Page> {
		return this.#go(this.resolve(link), 'GET', options);
	}

	/** Sends a form as a click on its button does. The promise gives the document that answers. */
	async submit(form: PageForm, options: TargetOptions = {}): Promise<Page> {
		const { action, method, query, body, contentType } = readForm(form);
		const url = this.resolve((action ?? this.url) as string);
		if (query !== undefined) url.search = query;
		const headers = contentType === undefined ? {} : { headers: { 'content-type': contentType } };
		return this.#go(url, method, { ...headers, ...options, ...(body === undefined ? {} : { body }) });
	}

	/** Asks for a file behind a link with the attribute `download`; the page stays where it is. */
	download(link: string | URL, init: PageInit = {}): Promise<WiretwinResponse> {
		return this.send('download', link, init);
	}

	/**
	 * Puts a frame into the page: asks for its document, unless it has none of its own (`data:`, `about:srcdoc`) or `send` is
	 * `false`, and stands for it in what it asks for.
	 */
	async frame(url: string | URL, options: FrameOptions = {}): Promise<Page> {
		const { sandbox = false, element, ...rest } = options;
		if (typeof sandbox !== 'boolean' && typeof sandbox !== 'string') refuse('sandbox', 'a boolean or tokens');
		const kind = choiceOption(element, 'element', ['iframe', 'object', 'embed']) ?? 'iframe';
		const opaque =
			sandbox !== false && !(typeof sandbox === 'string' && /(^|\s)allow-same-origin(\s|$)/i.test(sandbox));
		const asked = { ...this.parts, ...rest };
		return this.#document(this.resolve(url), kind, asked, { asker: this.initiator, parent: this, opaque });
	}

	/** Asks for the document again, as the user's reload does. */
	reload(init: PageInit = {}): Promise<Page> {
		return this.#again('reload', init);
	}

	/**
	 * Comes back to the document, as the user's back button does where the browser has not kept the page itself: what the session's
	 * `cache` has is shown, however old it is, and the rest is asked for as it was the first time. So is what the page that
	 * comes loads and puts into frames; its scripts' own calls say `cache: 'force-cache'` for that.
	 * @example const back = await page.revisit(); console.log(back.response?.fromCache);
	 */
	revisit(init: PageInit = {}): Promise<Page> {
		const { revisitUser = true } = this.session.transport.profile.document.headers;
		// What follows a link is the user's doing only once.
		const user = revisitUser && this.#opening.initiator === undefined ? {} : { userActivation: false };
		return this.#again('navigate', { cache: 'force-cache', ...user, ...init });
	}

	/** Asks for the document as it was asked for before; what the page consists of asks the cache as it does. */
	async #again(kind: 'reload' | 'navigate', init: PageInit): Promise<Page> {
		const { parent, initiator, session } = this;
		const { init: before, initiator: asker } = this.#opening;
		const again = { ...before, ...init };
		const url = new URL(this.url);
		const cache = kind === 'navigate' ? init.cache : undefined;
		if (parent)
			return this.#document(url, 'iframe', again, { asker: parent.initiator, parent, opaque: initiator.opaque, cache });
		const response = await session.fetch(url, { ...again, kind, ...(asker ? { initiator: asker } : {}) });
		const document = { session, initiator: documentOf(url, response, false), ...this.facts(url, response) };
		return new Page({ ...document, parent, cache, opening: this.#opening });
	}

	#go(url: URL, method: 'GET' | 'POST', { target = '_self', ...init }: TargetOptions): Promise<Page> {
		if (typeof target !== 'string') refuse('target', 'a name');
		const asked = { userActivation: true, ...init, method };
		const container = this.#containerOf(target);
		if (!container) {
			const asker = this.initiator;
			return this.#document(url, method === 'POST' ? 'form' : 'navigate', asked, { asker, parent: undefined });
		}
		// A sandbox is an attribute of the frame, so it stays for what comes into the frame.
		const isOwn = container === this.parent;
		const asker = { ...this.initiator, inPlace: isOwn };
		const opaque = isOwn && this.initiator.opaque;
		return this.#document(url, method === 'POST' ? 'frame-form' : 'iframe', asked, {
			asker,
			parent: container,
			opaque,
		});
	}

	/** The document in which a named target is a frame; `undefined`: it is the address bar. */
	#containerOf(target: string): Page | undefined {
		switch (target.toLowerCase()) {
			case '':
			case '_self':
				return this.parent;
			case '_parent':
				return this.parent?.parent;
			case '_top':
			case '_blank':
				return undefined;
			default:
				return this;
		}
	}

	/** Asks for a document and stands for it. */
	async #document(
		url: URL,
		kind: RequestKind,
		{ send, ...init }: OpenOptions,
		{ asker, parent, opaque, cache }: DocumentPlace,
	): Promise<Page> {
		const isAsked = booleanOption(send, 'send', true) && /^https?:$/.test(url.protocol);
		const asked = opaque && parent ? { ...asker, sandbox: true } : asker;
		const response = isAsked ? await this.send(kind, url, init, asked) : undefined;
		const policy = init.referrerPolicy ?? this.policyFor(kind);
		const { referrer: _, ...kept } = { ...init, ...(policy ? { referrerPolicy: policy } : {}) };
		const shown = hasLeft(asker, url, response) ? cutReferrer(asker, policy) : {};
		return new Page({
			session: this.session,
			initiator: documentOf(url, response, opaque ?? false, parent),
			...this.facts(url, response),
			parent,
			cache,
			opening: { init: { ...kept, ...shown, method: 'GET', body: null }, initiator: asker },
		});
	}
}

/** Whether the way to a document, redirects included, went to another origin than that of who asked. */
function hasLeft({ url: from }: Initiator, url: URL, response: WiretwinResponse | undefined): boolean {
	const { origin } = new URL(from);
	return [url.href, ...(response?.redirects ?? []).map(({ location }) => location)].some(
		(each) => new URL(each).origin !== origin,
	);
}

/** What is left of a referrer that was shown to another origin: it stays so for who comes back, and for a reload. */
function cutReferrer(
	{ url }: Initiator,
	policy: ReferrerPolicy | undefined,
): Pick<PageInit, 'referrer' | 'referrerPolicy'> {
	switch (policy) {
		case 'same-origin':
			return { referrerPolicy: 'no-referrer' };
		case undefined:
		case '':
		case 'origin-when-cross-origin':
		case 'strict-origin-when-cross-origin':
			return { referrer: new URL('/', url).href };
		default:
			return {};
	}
}

/** Who a document is, which may say itself that its origin is nobody else's (Content-Security-Policy: sandbox). */
function documentOf(url: URL, response: WiretwinResponse | undefined, opaque: boolean, parent?: Page): Initiator {
	const policy = response?.headers.get('content-security-policy') ?? '';
	const sandbox = /(?:^|[;,])\s*sandbox(?=[\s;,]|$)([^;,]*)/i.exec(policy);
	const isSandboxed = sandbox !== null && !/(^|\s)allow-same-origin(\s|$)/i.test(sandbox[1] ?? '');
	return {
		url: response?.url ?? url.href,
		...(opaque || isSandboxed ? { opaque: true } : {}),
		...(parent ? { parent: parent.initiator } : {}),
	};
}
