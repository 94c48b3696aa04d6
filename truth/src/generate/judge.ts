import { compareFacts, type Difference } from '../compare.ts';
import { layers } from '../layers/index.ts';
import type { Fact, LayerContext, LayerName } from '../layers/layer.ts';
import type { Observation } from '../observation.ts';

/** Where two sides part, without what a run happens to be numbered. */
export type Finding = Difference & { layer: LayerName | 'order' | 'failed' };

/** What else can differ if these do, and is then no cause of its own. */
const TIERS: readonly (readonly Finding['layer'][])[] = [
	['failed'],
	['headers', 'priority', 'body'],
	['connections', 'order', 'http1', 'hello', 'flow'],
	['frames'],
	['hpack', 'records'],
];

/**
 * All differing facts of two observations of a plan. Requests are matched by their path, so that one more or another
 * order does not make all that follow different; the order is a fact of its own.
 */
export function judge(
	browser: Observation,
	wiretwin: Observation,
	context: LayerContext,
	ports: readonly number[],
): Finding[] {
	const [left, right] = [byPath(browser), byPath(wiretwin)];
	const findings = layers.flatMap(({ name, facts }): Finding[] => {
		const of = (observation: Observation): Fact[] => facts(observation, context).map(withoutNumber);
		return compareFacts(of(left), of(right)).map((each) => ({ ...each, layer: name }));
	});
	const [one, other] = [orderOf(browser), orderOf(wiretwin)];
	if (one !== other)
		findings.push({ layer: 'order', label: 'order', offset: 0, browser: one, wiretwin: other, hex: false });
	const [ours, theirs] = [browser.connections.length, wiretwin.connections.length];
	if (ours !== theirs) {
		const number = { browser: String(ours), wiretwin: String(theirs), offset: 0, hex: false };
		findings.push({ layer: 'connections', label: 'number of connections', ...number });
	}
	const missing = new Set(findings.filter(isMissingRequest).map(({ label }) => requestOf(label)));
	const told = findings.filter(
		(each) =>
			// What belongs to a request or connection that one side does not have is told by that; a field by the names.
			isMissingRequest(each) ||
			(!missing.has(requestOf(each.label) ?? '') &&
				connectionOf(each.label) <= Math.min(ours, theirs) &&
				(each.layer !== 'headers' ||
					each.label.endsWith(': names') ||
					(each.browser !== null && each.wiretwin !== null))),
	);
	return told.map((finding) => withoutPort(finding, ports));
}

/** One side does not have this request. */
export const isMissingRequest = ({ layer, label, browser, wiretwin }: Finding): boolean =>
	layer === 'headers' && label.endsWith(': names') && (browser === null || wiretwin === null);

const requestOf = (label: string): string | undefined => /^\([A-Z]+ .*?\)(?=: )/.exec(label)?.[0];
const connectionOf = (label: string): number => Number(/^connection (\d+): /.exec(label)?.[1] ?? 0);

/** Differences that are not only what others lead to. */
export function causes(findings: readonly Finding[]): Finding[] {
	for (const tier of TIERS) {
		const found = findings.filter(({ layer }) => tier.includes(layer));
		if (found.length > 0) return found;
	}
	return [];
}

/** First path segment of the request that a finding is about; `undefined`: a connection, or all. */
export function segmentOf({ label }: Pick<Finding, 'label'>): string | undefined {
	return /^\([A-Z]+ \/([^/?)]*)/.exec(label)?.[1];
}

/**
 * Requests sorted by path, each path's own in order, and connections by the first of their requests then: which of two that are
 * opened at once is first is a matter of order, and that a fact of its own.
 */
function byPath(observation: Observation): Observation {
	const requests = observation.requests
		.map((request, index) => ({ request, index }))
		.sort((a, b) => compareText(a.request.path, b.request.path) || a.index - b.index)
		.map(({ request }) => request);
	const ids = requests.map(({ connectionId }) => connectionId);
	const connections = observation.connections.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
	return { ...observation, requests, connections };
}

const compareText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

const withoutNumber = (fact: Fact): Fact => ({ ...fact, label: fact.label.replace(/^request \d+ /, '') });

function orderOf({ requests }: Observation): string {
	return requests.map(({ method, path }) => `${method} ${path.slice(0, 40)}`).join(', ');
}

/** Text without the ports of its run. */
export function withoutPorts(text: string, ports: readonly number[]): string {
	return ports.reduce((told, port, at) => told.replaceAll(`:${port}`, at === 0 ? ':PORT' : ':OTHER-PORT'), text);
}

/** Each run has ports of its own. */
function withoutPort(finding: Finding, ports: readonly number[]): Finding {
	const { layer, label, browser, wiretwin } = finding;
	const readable = layer === 'http1' || layer === 'body';
	const plain = (value: string | null): string | null => {
		if (value === null || layer === 'hpack') return value;
		const text = readable ? Buffer.from(value, 'hex').toString('latin1') : value;
		return withoutPorts(text, ports);
	};
	return {
		...finding,
		label: withoutPorts(label, ports),
		browser: plain(browser),
		wiretwin: plain(wiretwin),
		hex: layer === 'hpack',
	};
}
