export {
	type BrowserName,
	defineProfile,
	getProfiles,
	type Profile,
	type ProfileOs,
	type ProfileSummary,
} from '@wiretwin/profiles';
export { formBytes, isLibraryForm, withBrowserBoundary } from './body/form-boundary.ts';
export { formatCookiesTxt, parseCookiesTxt } from './cookies/cookies-txt.ts';
export { formatStorageState, parseStorageState, type StorageState } from './cookies/storage-state.ts';
export * from './errors/index.ts';
export type { Exchange } from './exchange/exchange.ts';
export { type PageFacts, type PageFactsInput, pageFacts, type RedirectChain } from './exchange/page-facts.ts';
export { fetch, fetch as default } from './fetch.ts';
export type { Har, HarEntry } from './har/har.ts';
export { type Bindable, bindingOf } from './page/binding.ts';
export type { Page } from './page/page.ts';
export type { PageClient } from './page/page-client.ts';
export type { WiretwinResponse } from './response/wiretwin-response.ts';
export { createSession, type Session, withSession } from './session.ts';
export { type CheckServerIdentity, peerCertificate, peerX509Certificate } from './tls/peer-certificate.ts';
export { createTransport, type Transport } from './transport.ts';
export type { CacheStore } from './types/cache-store.ts';
export type { CookieInput, CookieRecord } from './types/cookies.ts';
export type { RequestEvent } from './types/events.ts';
export type { ExchangeHandler, ExchangeRequest, PhaseEvent, ResponseHead } from './types/exchange.ts';
export type * from './types/fetch-terms.ts';
export type { Initiator, InitiatorClient } from './types/initiator.ts';
export type { Alternative, ExportedAltSvc, ExportedHsts, MemoryKind } from './types/memory.ts';
export type {
	BodyInput,
	ExactHeadersInput,
	FetchInit,
	ForkOptions,
	HeadersInput,
	OneShotInit,
	PrivateAddressOptions,
	ProxyOptions,
	RequestTlsOptions,
	SessionOptions,
	TimeoutOptions,
	TransportOptions,
	Validators,
} from './types/options.ts';
export type {
	FrameOptions,
	LoadOptions,
	OpenOptions,
	PageForm,
	PageInit,
	TargetOptions,
	WorkerOptions,
} from './types/page.ts';
export type { ConnectionInfo, RedirectRecord, Timings, TlsInfo } from './types/response.ts';
export type { ExportedCookie, SessionState } from './types/state.ts';
export type { WebSocketData } from './websocket/message-data.ts';
export type { CloseEvent, SocketErrorEvent } from './websocket/socket-events.ts';
export type { WebSocketOptions } from './websocket/socket-options.ts';
export { WebSocket } from './websocket/websocket.ts';
