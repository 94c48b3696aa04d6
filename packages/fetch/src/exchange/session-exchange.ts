import { normalizeMethod } from '../headers/check.ts';
import { askerOfExchange } from '../initiator/asker-of-exchange.ts';
import type { ClientHintMemory } from '../memory/client-hints.ts';
import type { Asker, SessionMemory } from '../memory/session-memory.ts';
import { readToldFields } from '../memory/told-fields.ts';
import { parseTarget } from '../options/target.ts';
import type { Transport } from '../transport.ts';
import type { ExchangeHandler, ExchangeRequest } from '../types/exchange.ts';
import type { Exchange } from './exchange.ts';
import type { ExchangeDefaults } from './exchange-defaults.ts';
import { hintsFor } from './hints-for.ts';
import { isTopLevelNavigation } from './kinds.ts';
import type { CallObserver, HopObserver } from './observer.ts';
import type { RunningExchanges } from './running.ts';
import { upgradedExchange } from './upgraded-exchange.ts';

/** What a session adds to a request of an adapter. */
export type SessionExchangeContext = {
	readonly transport: Transport;
	readonly session: ExchangeDefaults;
	readonly memory: SessionMemory;
	readonly running: RunningExchanges;
	readonly observer: CallObserver | undefined;
};

/** Sends one request of an adapter, with everything that the session's options say of its requests. */
export function openSessionExchange(
	request: ExchangeRequest,
	given: ExchangeHandler,
	{ transport, session, memory, running, observer }: SessionExchangeContext,
): Exchange {
	const handler = Object.getPrototypeOf(given) === Object.prototype ? given : ofClass(given);
	const { hints } = memory;
	const sent = memory.hsts.size === 0 ? request : upgradedExchange(request, memory, transport.profile);
	const hinted = hints.size === 0 ? sent : withHints(sent, hints);
	const watch = request.connectOnly
		? undefined
		: observer?.hop(
				{ index: 0, method: normalizeMethod(request.method ?? 'GET'), url: parseTarget(sent.url) },
				transport.profile,
			);
	const exchange = transport.exchangeWith(session, hinted, {
		...handler,
		...(watch ? watched(handler, watch) : {}),
		onHead: (head) => {
			watch?.head(head);
			const told = readToldFields(head.rawHeaders);
			if (told) memory.learn(told, askerOf(sent), head);
			handler.onHead(head);
		},
		onDone: () => {
			running.delete(exchange);
			watch?.settled(exchange, undefined);
			if (handler.onDone) handler.onDone();
			else handler.onEnd?.(exchange.trailers, exchange.timings);
		},
		onError: (error) => {
			running.delete(exchange);
			watch?.settled(exchange, error);
			handler.onError(error);
		},
	});
	running.add(exchange);
	watch?.started(exchange);
	return exchange;
}

const methods = ['onPhase', 'onInformational', 'onHead', 'onError', 'onProgress', 'onEnd', 'onDone'] as const;

/** A handler of a class: its methods are not its own properties, and may need their `this`. */
function ofClass(handler: ExchangeHandler): ExchangeHandler {
	const bound = methods.flatMap((name) => (handler[name] ? [[name, handler[name].bind(handler)]] : []));
	return Object.fromEntries(bound) as ExchangeHandler;
}

/** Phases and progress, for the observer and for the adapter if it asks for them. */
function watched(handler: ExchangeHandler, watch: HopObserver): Pick<ExchangeHandler, 'onPhase' | 'onProgress'> {
	return {
		onPhase: (event) => {
			watch.phase(event);
			handler.onPhase?.(event);
		},
		onProgress: (bytes) => {
			watch.progress(bytes);
			handler.onProgress?.(bytes);
		},
	};
}

/** The hints that an origin asked for are a fact of the layout unless the adapter names its own. */
function withHints(request: ExchangeRequest, memory: ClientHintMemory): ExchangeRequest {
	const { layout, kind = 'fetch' } = request;
	if (layout?.hints !== undefined) return request;
	const hinted = { kind, client: askerOfExchange(request), url: parseTarget(request.url), site: layout?.site };
	const hints = hintsFor(hinted, memory);
	return hints === undefined ? request : { ...request, layout: { ...request.layout, hints } };
}

/** Whose request it is, for what is remembered. */
function askerOf(request: ExchangeRequest): Asker {
	const { url, kind = 'fetch' } = request;
	return { url: parseTarget(url), client: askerOfExchange(request), isTopLevel: isTopLevelNavigation(kind) };
}
