import { type ConnectionRecord, headerValue, type RequestRecord } from '@wiretwin/mirror';
import type { Observation } from '../observation.ts';
import type { BrowserRules } from '../rules.ts';
import type { Scenario } from '../scenario.ts';

/** One named fact; two sides are equal in a layer when their lists of facts are. */
export type Fact = {
	label: string;
	value: string;
	/** `value` is hex: a difference is told in bytes. */
	hex?: true;
};

export type LayerContext = { rules: BrowserRules; scenario: Scenario };

/** One column of the report: turns an observation into facts, with what is random by design taken out. */
export type Layer = {
	name: LayerName;
	facts(observation: Observation, context: LayerContext): Fact[];
};

export const layerNames = [
	'connections',
	'hello',
	'records',
	'frames',
	'flow',
	'hpack',
	'headers',
	'priority',
	'http1',
	'body',
] as const;
export type LayerName = (typeof layerNames)[number];

/** Facts of every used connection, each label with the connection's number. */
export function eachConnection(observation: Observation, facts: (connection: ConnectionRecord) => Fact[]): Fact[] {
	return observation.connections.flatMap((connection, index) =>
		facts(connection).map((fact) => ({ ...fact, label: `connection ${index + 1}: ${fact.label}` })),
	);
}

/** Facts of every request, each label with the request's number, method and path. */
export function eachRequest(observation: Observation, facts: (request: RequestRecord) => Fact[]): Fact[] {
	return observation.requests.flatMap((request, index) =>
		facts(request).map((fact) => ({
			...fact,
			label: `request ${index + 1} (${request.method} ${request.path}): ${fact.label}`,
		})),
	);
}

/** Whether the request holds a random multipart boundary, whose Huffman code has a random length. */
export function hasBoundary(request: RequestRecord): boolean {
	return (headerValue(request.headers, 'content-type') ?? '').startsWith('multipart/form-data');
}

/** Whether the body's length varies because the boundary's does. */
export function lengthVaries(request: RequestRecord, rules: BrowserRules): boolean {
	return rules.boundaryVaries && hasBoundary(request);
}
