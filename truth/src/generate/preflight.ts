import type { Act } from './acts.ts';
import type { FetchStep, XhrStep } from './plan.ts';
import type { CallInit } from './wiretwin-side.ts';

/** Fields that need no permission, as far as the vocabulary has them (fetch: CORS-safelisted request-header). */
const SAFE: ReadonlySet<string> = new Set(['accept', 'accept-language', 'content-language']);
const SAFE_TYPES = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)(;|$)/i;

/** The question that a browser asks first, if it does (fetch: CORS-preflight fetch). */
export function preflightOf(step: FetchStep | XhrStep, { url, page, inside }: Act): CallInit | undefined {
	const isOpaque = inside?.step.do === 'client' && inside.step.what === 'sandbox';
	if ((url.host === page.host && !isOpaque) || ('mode' in step && step.mode === 'no-cors')) return undefined;
	const method = step.method ?? 'GET';
	const unsafe = unsafeNames(step);
	if (['GET', 'HEAD', 'POST'].includes(method) && unsafe.length === 0) return undefined;
	return {
		method: 'OPTIONS',
		kind: 'preflight',
		...(step.do === 'xhr' ? { preflightFor: 'xhr' as const } : {}),
		// A question goes the way of what it asks for.
		...('cache' in step && step.cache ? { cache: step.cache } : {}),
		...(step.credentials
			? { credentials: step.credentials === 'omit' ? ('omit' as const) : ('include' as const) }
			: {}),
		...('priority' in step && step.priority ? { priority: step.priority } : {}),
		...('keepalive' in step && step.keepalive ? { keepalive: true as const } : {}),
		...('sync' in step && step.sync ? { sync: true as const } : {}),
		headers: [
			['access-control-request-method', method],
			...(unsafe.length > 0 ? [['access-control-request-headers', unsafe.join(',')] as const] : []),
		],
	};
}

/** Whether a request of this step to another origin would be preceded by a question. */
export function needsPermission(step: FetchStep | XhrStep): boolean {
	return !['GET', 'HEAD', 'POST'].includes(step.method ?? 'GET') || unsafeNames(step).length > 0;
}

function unsafeNames({ headers = [], body }: FetchStep | XhrStep): string[] {
	const isTyped = headers.some(([name]) => name.toLowerCase() === 'content-type');
	const typed =
		!isTyped && body?.includes('application/json') ? (['content-type', 'application/json'] as const) : undefined;
	const names = [...headers, ...(typed ? [typed] : [])]
		.filter(([name, value]) => !isSafe(name.toLowerCase(), value))
		.map(([name]) => name.toLowerCase());
	return [...new Set(names)].sort();
}

function isSafe(name: string, value: string): boolean {
	if (name === 'content-type') return SAFE_TYPES.test(value);
	if (name === 'range') return /^bytes=\d+-\d*$/.test(value);
	return SAFE.has(name);
}
