export { type ClientHello, type EchOffer, type HelloExtension, parseClientHello } from './capture/client-hello.ts';
export {
	type ConnectionRecord,
	type FrameRecord,
	type HeaderField,
	headerValue,
	type NegotiatedTls,
	type PriorityFields,
	type RequestRecord,
	regularFields,
	type TlsRecordEntry,
} from './capture/records.ts';
export { isGrease } from './capture/tls-names.ts';
export { type Authority, createAuthority, type Identity, mirrorHosts, sharedAuthority } from './certs/authority.ts';
export type { CertificateKind } from './certs/certificate-kind.ts';
export {
	type CertificateKey,
	type CertificatePlan,
	type FreeCertificate,
	writeCertificate,
} from './certs/free-certificate.ts';
export { type DnsQuery, type DnsRecord, type HttpsRecord, recordTypes } from './dns/message.ts';
export {
	type AskedOver,
	type AskedQuery,
	type NameServer,
	startNameServer,
	type Zone,
	type ZoneAnswer,
} from './dns/name-server.ts';
export type { FaultConnection, FaultLog } from './faults/fault-log.ts';
export { faults } from './faults/faults.ts';
export type { FaultScenario, FaultVariant } from './faults/scenario.ts';
export { type Fault, type FaultOptions, startFault } from './faults/start-fault.ts';
export { akamai } from './fingerprints/akamai.ts';
export { fingerprint, type HelloFingerprints, type HelloTransport } from './fingerprints/fingerprint.ts';
export { type DecodedBlock, HpackDecoder } from './hpack/decoder.ts';
export type { Comparison } from './page/comparison.ts';
export { dictionarySample } from './routes/dictionary-sample.ts';
export { visitorReply } from './routes/inspection.ts';
export { socketReply } from './routes/websocket.ts';
export { encodeServerFrame, FrameParser, type WebSocketFrame } from './routes/websocket-frames.ts';
export {
	type ConnectionControl,
	type Handler,
	type MirrorRequest,
	noReply,
	type Reply,
	type ReplyBody,
	type Tunnel,
} from './servers/exchange.ts';
export type { MirrorHttp2Options, MirrorOptions, MirrorProtocol, TlsVersion } from './servers/options.ts';
export type { WaitOptions } from './servers/request-waiters.ts';
export { type Mirror, startMirror, startPlainMirror } from './servers/start-mirror.ts';
