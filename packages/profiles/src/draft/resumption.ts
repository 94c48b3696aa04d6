/** Reads what a browser does with tickets, and its hello when only HTTP/1.1 is offered. */
import type { EngineSection } from '../types.ts';
import type { RecordedConnection, Recording } from './recording.ts';

const SESSION_TICKET = 35;
const CERTIFICATE_COMPRESSION = 27;

type Resumption = { tls13: boolean; tls12: boolean; sessionTicketWithPsk: boolean; ticketUses: number };

/** Keys of `tls` that only several connections to one origin show. Absent parts of the visit decide nothing. */
export function draftResumption(recording: Recording, base: EngineSection): { section: EngineSection; seen: string[] } {
	const known = base.resumption as Resumption & EngineSection;
	const resumption: Resumption = { ...known };
	const seen: string[] = [];
	const [, second] = recording.tls13 ?? [];
	if (second?.clientHello) {
		resumption.tls13 = second.clientHello.preSharedKey !== null;
		seen.push('resumption.tls13');
		if (resumption.tls13) {
			resumption.sessionTicketWithPsk = hasExtension(second, SESSION_TICKET);
			seen.push('resumption.sessionTicketWithPsk');
		}
	}
	const [, again, third] = recording.tls12 ?? [];
	if (again && third) {
		resumption.tls12 = again.resumed === true;
		// Whether a ticket serves a second time is seen; how often beyond that is not.
		if (resumption.tls12 && (third.resumed === true) !== (known.ticketUses !== 1))
			resumption.ticketUses = third.resumed ? 0 : 1;
		seen.push('resumption.tls12', 'resumption.ticketUses');
	}
	const only = recording.websocket;
	if (!only?.clientHello || only.clientHello.alpn.includes('h2'))
		return { section: { ...base, resumption: { ...known, ...resumption } }, seen };
	const http1Only = {
		certificateCompression: hasExtension(only, CERTIFICATE_COMPRESSION),
		alps: only.clientHello.alps !== null,
	};
	seen.push('http1Only');
	return { section: { ...base, resumption: { ...known, ...resumption }, http1Only }, seen };
}

function hasExtension({ clientHello }: RecordedConnection, id: number): boolean {
	return clientHello?.extensions.some((extension) => extension.id === id) ?? false;
}
