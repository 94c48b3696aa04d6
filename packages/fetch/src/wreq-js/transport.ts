/** Connections of their own, without cookies. */
import { randomUUID } from 'node:crypto';
import { createTransport as createOwn, type Transport as OwnTransport } from '../transport.ts';
import type { HeadersInput, TimeoutOptions } from '../types/options.ts';
import {
	connectionKeys,
	defaultFields,
	poolOptions,
	positive,
	refuseUnknownPromise,
	transportOptions,
} from './connection-options.ts';
import { Headers } from './headers.ts';
import { RequestError, translated } from './request-error.ts';
import type { CreateTransportOptions } from './types.ts';

/** What the transports of this module are made of. */
export type TransportParts = {
	readonly own: OwnTransport;
	/** Limits that are the transport's. */
	readonly timeouts: TimeoutOptions;
	/** Nothing is kept for the next request. */
	readonly isKeptOpen: boolean;
	/** Added to each request. */
	readonly fields: HeadersInput | undefined;
};

const transportKeys = [
	'captureDiagnostics',
	'resolve',
	'poolIdleTimeout',
	'poolMaxIdlePerHost',
	'poolMaxSize',
	'connectTimeout',
	'readTimeout',
] satisfies ReadonlyArray<keyof CreateTransportOptions>;
const parts = new WeakMap<Transport, TransportParts>();

/** Connections, TLS tickets, proxy and profile. Made by `createTransport`. */
export class Transport {
	readonly id: string = randomUUID();

	/** @internal Use `createTransport`. */
	constructor(given: TransportParts) {
		parts.set(this, given);
	}

	get closed(): boolean {
		return partsOf(this).own.closed;
	}

	async close(): Promise<void> {
		await partsOf(this).own.close();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}
}

/** @throws RequestError unless `transport` is one of `createTransport` */
export function partsOf(transport: unknown): TransportParts {
	const found = typeof transport === 'object' && transport !== null ? parts.get(transport as Transport) : undefined;
	if (found === undefined) throw new RequestError('"transport" must be one of createTransport() of this module');
	return found;
}

/** @throws RequestError for options that are wrong or cannot be had */
export async function createTransport(options: CreateTransportOptions = {}): Promise<Transport> {
	refuseUnknownPromise(options, transportKeys, 'the options of createTransport');
	const { connectTimeout, readTimeout, poolMaxIdlePerHost } = options;
	positive(connectTimeout, 'connectTimeout');
	positive(readTimeout, 'readTimeout');
	const connection = Object.fromEntries(
		connectionKeys.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]])),
	);
	const fields = defaultFields(connection);
	return new Transport({
		own: translated(() => createOwn({ ...transportOptions(connection), ...poolOptions(options) })),
		timeouts: {
			...(connectTimeout === undefined ? {} : { connect: connectTimeout }),
			...(readTimeout === undefined ? {} : { idle: readTimeout, head: readTimeout }),
		},
		isKeptOpen: poolMaxIdlePerHost !== 0,
		fields: fields === undefined ? undefined : new Headers(fields).toObject(),
	});
}
