/** Client hints: which are sent, unasked or after Accept-CH, with which values and in which order. */
import type { ProfileOs } from '../../types.ts';
import { type Fitting, kindOf, type Sight } from './sight.ts';

/** Measured by the browser while it runs: a visit over loopback says nothing about them. */
const MEASURED: ReadonlySet<string> = new Set([
	...['rtt', 'downlink', 'ect', 'viewport-width', 'dpr', 'device-memory'],
	...['sec-ch-viewport-width', 'sec-ch-viewport-height', 'sec-ch-dpr', 'sec-ch-device-memory'],
]);
/** Lists that `hintsOf` of the draft writes from the navigation and the full version. */
const BRANDS: ReadonlySet<string> = new Set(['sec-ch-ua', 'sec-ch-ua-full-version-list', 'sec-ch-ua-full-version']);

/** Whether the value of a field may differ between two runs of the same browser. */
export function isMeasured(name: string): boolean {
	return MEASURED.has(name);
}

export function isHint({ clientHints }: Fitting, name: string): boolean {
	return clientHints !== null && (clientHints.order.includes(name) || name.startsWith('sec-ch-'));
}

/** One hint whose presence or value differs. */
export function fitHint(headers: Fitting, os: ProfileOs, sight: Sight, name: string, seen: string | undefined): void {
	const hints = headers.clientHints;
	const kind = kindOf(headers, sight);
	if (!hints || !kind) return;
	const isAsked = sight.request.context.hints?.includes(name) === true;
	if (seen === undefined) {
		// A kind without any hint is of those that never carry them; a single one that is missing is no default.
		if (!isAsked && !sight.names.some((each) => isHint(headers, each))) kind.hints = false;
		// Asked for and not sent: the browser does not know it.
		else if (isAsked)
			for (const key of ['order', 'tableOrder'] as const) hints[key] = hints[key].filter((each) => each !== name);
		return;
	}
	if (!isAsked) delete kind.hints;
	for (const list of isAsked ? [hints.order, hints.tableOrder] : [hints.default, hints.order, hints.tableOrder])
		if (!list.includes(name)) list.push(name);
	if (BRANDS.has(name)) return;
	const platform = headers.platforms[os];
	const isKnown = platform?.hints?.[name] !== undefined || hints.values[name] !== undefined;
	if (isMeasured(name) && isKnown) return;
	// What the base does not have is the visitor's system's: another one has a form factor or a window of its own.
	const isOfSystem = isMeasured(name) || name.startsWith('sec-ch-ua-');
	if (platform && hints.values[name] === undefined && (isOfSystem || platform.hints?.[name] !== undefined))
		platform.hints = { ...platform.hints, [name]: seen };
	else hints.values[name] = seen;
}

/** A navigation shows the defaults, and after Accept-CH the order of the list; names that were not seen keep their places. */
export function fitHintOrder(headers: Fitting, sights: readonly Sight[]): void {
	const { clientHints } = headers;
	const navigations = sights.filter(({ kind }) => kind === 'navigate');
	const first = navigations.find(({ request }) => request.context.hints === undefined);
	const asked = navigations.find(({ request }) => request.context.hints !== undefined);
	if (!clientHints) return;
	if (first) clientHints.default = first.names.filter((name) => isHint(headers, name));
	if (!asked) return;
	const seen = asked.names.filter((name) => clientHints.order.includes(name));
	const queue = [...seen];
	clientHints.order = clientHints.order.map((name) => (seen.includes(name) ? (queue.shift() ?? name) : name));
}
