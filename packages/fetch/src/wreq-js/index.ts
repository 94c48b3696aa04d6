/** The API of wreq-js 3.1 on wiretwin: programs change their import line. docs/migrate/wreq-js.md says what differs. */
import { fetch, get, post, request } from './fetch.ts';
import { Headers } from './headers.ts';
import { getEmulationHeaders, getOperatingSystems, getProfiles, resolveProfile } from './profiles.ts';
import { RequestError } from './request-error.ts';
import { Response } from './response.ts';
import { createSession, Session, withSession } from './session.ts';
import { createTransport, Transport } from './transport.ts';
import { WebSocket, websocket } from './web-socket.ts';

export type { CookieInput } from '../types/cookies.ts';
export type {
	CloseEvent as WebSocketCloseEvent,
	SocketErrorEvent as WebSocketErrorEvent,
} from '../websocket/socket-events.ts';
export type * from './types.ts';
export type WebSocketOpenEvent = Event;
export type WebSocketMessageEvent = MessageEvent;
export {
	createSession,
	createTransport,
	fetch,
	get,
	getEmulationHeaders,
	getOperatingSystems,
	getProfiles,
	Headers,
	post,
	RequestError,
	Response,
	request,
	resolveProfile,
	Session,
	Transport,
	WebSocket,
	websocket,
	withSession,
};

export default {
	createSession,
	createTransport,
	fetch,
	get,
	getEmulationHeaders,
	getOperatingSystems,
	getProfiles,
	Headers,
	post,
	RequestError,
	Response,
	request,
	resolveProfile,
	Session,
	Transport,
	WebSocket,
	websocket,
	withSession,
};
