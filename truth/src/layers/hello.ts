import { type ClientHello, type HelloExtension, isGrease } from '@wiretwin/mirror';
import type { BrowserRules } from '../rules.ts';
import { eachConnection, type Fact, type Layer } from './layer.ts';

const GROUPS = 10;
const KEY_SHARE = 51;
const PRE_SHARED_KEY = 41;
const SIGNATURE_ALGORITHMS = 13;
const SUPPORTED_VERSIONS = 43;
const SESSION_TICKET = 35;
const ECH = 65037;

/** Every field of the ClientHello, and of the second one after a HelloRetryRequest. */
export const helloLayer: Layer = {
	name: 'hello',
	facts: (observation, { rules }) =>
		eachConnection(observation, ({ clientHello, secondClientHello }) => {
			if (!clientHello) return [];
			const facts = helloFacts(clientHello, rules);
			if (!secondClientHello) return facts;
			const second = helloFacts(secondClientHello, rules).map(({ label, value }) => ({
				label: `retry ${label}`,
				value,
			}));
			return [...facts, ...second, ...keptFacts(clientHello, secondClientHello)];
		}),
};

function helloFacts(hello: ClientHello, rules: BrowserRules): Fact[] {
	return [
		{ label: 'version', value: hello.legacyVersion.toString(16) },
		{ label: 'session id length', value: String(hello.sessionIdLength) },
		{ label: 'ciphers', value: ids(hello.cipherIds) },
		{ label: 'compression methods', value: hello.compressionMethods.join(' ') },
		{ label: 'extensions', value: extensionOrder(hello, rules) },
		...extensionFacts(hello, rules),
		{ label: 'GREASE relations', value: greaseRelations(hello) },
		{ label: 'length without the ECH payload', value: String(hello.length - (hello.ech?.payloadLength ?? 0)) },
	];
}

/** GREASE ids are drawn per connection (RFC 8701); their places are compared here, their relations below. */
const id = (value: number): string => (isGrease(value) ? 'GREASE' : value.toString(16).padStart(4, '0'));
const ids = (values: readonly number[]): string => values.map(id).join(' ');

function extensionOrder(hello: ClientHello, rules: BrowserRules): string {
	const order = hello.extensionOrder.map(String);
	if (!rules.shufflesExtensions) return order.join(' ');
	// Fixed places: GREASE first, GREASE last, pre_shared_key after it.
	const isFixed = (name: string): boolean => name === 'GREASE' || name === String(PRE_SHARED_KEY);
	const start = order.findIndex((name) => !isFixed(name));
	const end = order.findLastIndex((name) => !isFixed(name)) + 1;
	const shuffled = order.slice(start, end).sort((a, b) => Number(a) - Number(b));
	return [...order.slice(0, start), '{', ...shuffled, '}', ...order.slice(end)].join(' ');
}

/** Bodies, by id when the order is random. The two GREASE extensions keep the order of the wire. */
function extensionFacts(hello: ClientHello, rules: BrowserRules): Fact[] {
	const facts = hello.extensions.map((extension) => ({
		key: isGrease(extension.id) ? -1 : extension.id,
		label: isGrease(extension.id) ? 'GREASE extension' : `${extension.name} (${extension.id})`,
		value: extensionValue(extension, hello, rules),
	}));
	if (rules.shufflesExtensions) facts.sort((a, b) => a.key - b.key);
	return facts.map(({ label, value }) => ({ label, value }));
}

function extensionValue({ id: number, raw }: HelloExtension, hello: ClientHello, rules: BrowserRules): string {
	switch (number) {
		case GROUPS:
			return ids(hello.supportedGroups);
		case SIGNATURE_ALGORITHMS:
			return ids(hello.signatureAlgorithms);
		case SUPPORTED_VERSIONS:
			return ids(hello.supportedVersions);
		case KEY_SHARE:
			return hello.keyShares.map(({ group, length }) => `${id(group)}:${length}`).join(' ');
		case SESSION_TICKET:
			return `${hello.sessionTicketLength} bytes`;
		case PRE_SHARED_KEY: {
			const { identityLengths, binderLengths } = hello.preSharedKey ?? { identityLengths: [], binderLengths: [] };
			return `identities ${identityLengths.join(' ')}, binders ${binderLengths.join(' ')}`;
		}
		case ECH:
			return echValue(hello, rules);
		default:
			return raw === '' ? '(empty)' : raw;
	}
}

/** The config id, the key and the payload are random; so are the AEAD and the length where the browser draws them. */
function echValue({ ech }: ClientHello, { ech: drawn }: BrowserRules): string {
	if (!ech) return 'unreadable';
	const one = (value: number, choices: readonly number[]): string =>
		choices.includes(value) ? `one of ${choices.join(' ')}` : String(value);
	const payload = one(ech.payloadLength, drawn.payloadLengths);
	return `kdf ${ech.kdf}, aead ${one(ech.aead, drawn.aeads)}, enc ${ech.encLength} bytes, payload ${payload} bytes`;
}

function greaseRelations(hello: ClientHello): string {
	const groups = hello.supportedGroups.filter(isGrease);
	const shares = hello.keyShares.map(({ group }) => group).filter(isGrease);
	const extensions = hello.extensions.map((extension) => extension.id).filter(isGrease);
	const shared =
		shares.length === 0 ? 'no GREASE share' : `share ${shares[0] === groups[0] ? 'equals' : 'is not'} the group`;
	return `${shared}, ${extensions.length} extensions, ${new Set(extensions).size} different`;
}

/** What a second hello repeats: GREASE, random and ECH bytes included. */
function keptFacts(first: ClientHello, second: ClientHello): Fact[] {
	const changed = second.extensions.filter(
		(extension) => first.extensions.find((each) => each.id === extension.id)?.raw !== extension.raw,
	);
	const sameOrder =
		JSON.stringify(first.extensions.map((each) => each.id)) ===
		JSON.stringify(second.extensions.map((each) => each.id));
	return [
		{ label: 'retry keeps the random', value: String(first.random === second.random) },
		{ label: 'retry keeps the order of extensions', value: String(sameOrder) },
		{ label: 'retry changes', value: changed.map((extension) => extension.name).join(' ') },
	];
}
