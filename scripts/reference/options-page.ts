import { code, generatedPage, table } from './markdown.ts';
import { SourceTypes } from './types-of-source.ts';

const folder = new URL('../../packages/fetch/src/', import.meta.url);
const source = (file: string) => new SourceTypes(new URL(file, folder).pathname);

/** Every option of every public function, on one page. */
export function optionsPage(): string {
	const options = source('types/options.ts');
	const page = source('types/page.ts');
	const initiator = source('types/initiator.ts');
	const sockets = source('websocket/socket-options.ts');
	const cookies = source('types/cookies.ts');
	const notOneShot = [...options.written('OneShotInit').matchAll(/'(\w+)'/g)]
		.map(([, name]) => name as string)
		.filter((name) => name !== 'defaultHeaders');
	const list = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
	const quoted = (type: string) => [...options.written(type).matchAll(/'(\w+)'/g)].map(([, name]) => name as string);
	return [
		generatedPage('Options', 'the docstrings of packages/fetch/src/types'),
		'Times are milliseconds, sizes bytes. Every option may be absent or `undefined`; a name that does not exist is refused with',
		'`ERR_INVALID_OPTION`, which says what was meant.\n',
		table(
			['function', 'takes'],
			[
				['`createTransport(options)`', '[connections](#connections)'],
				['`createSession(options)`', '[connections](#connections) and [sessions](#sessions)'],
				['`session.fetch(url, init)`', '[requests](#requests)'],
				[
					'`fetch(url, init)`',
					`all three but ${list(notOneShot)}; with \`session\`, that session's and [requests](#requests) alone`,
				],
				['`session.fork(options)`', `${list(quoted('ForkOptions'))} of [sessions](#sessions)`],
				[
					'`session.open(url, options)`, and what a page does',
					'[pages](#pages), and [requests](#requests) but `kind` and `initiator`',
				],
				['`new WebSocket(url, protocols, options)`', '[sockets](#sockets)'],
			],
		),
		'The adapters have options of their own: [got](../guide/got.md), [ky](../guide/ky.md), [undici](../guide/undici.md), [any Node',
		'client](../guide/http-agent.md), [Crawlee](../guide/crawlee.md).\n',
		section('Connections', options, 'TransportOptions'),
		section('Sessions', options, 'SessionOptions'),
		section('Requests', options, 'FetchInit'),
		'## Parts of options\n',
		section('timeout', options, 'TimeoutOptions', 3),
		section('proxy', options, 'ProxyOptions', 3),
		section('denyPrivateAddresses', options, 'PrivateAddressOptions', 3),
		section('initiator', initiator, 'Initiator', 3),
		'### tls\n',
		`${options.describe('RequestTlsOptions')} An option of \`session.exchange\`: ${list(quoted('RequestTlsOptions'))} of [connections](#connections), and \`servername\`.\n`,
		optionTable(options, 'RequestTlsOptions'),
		'## Pages\n',
		section('open', page, 'OpenOptions', 3),
		section('frame', page, 'FrameOptions', 3),
		section('worker', page, 'WorkerOptions', 3),
		section('load', page, 'LoadOptions', 3),
		section('click, submit', page, 'TargetOptions', 3),
		section('form of submit', page, 'PageForm', 3),
		section('Sockets', sockets, 'WebSocketOptions'),
		section('Cookies of setCookies', cookies, 'CookieInput'),
		'## Words\n',
		table(
			['type', 'values'],
			['RedirectMode', 'ReferrerPolicy', 'RequestMode', 'CredentialsMode', 'PriorityHint', 'Destination'].map(
				(name) => [
					`\`${name}\``,
					source('types/fetch-terms.ts')
						.written(name)
						.replaceAll("'", '`')
						.replaceAll(' | ', ' ')
						.replaceAll('``', "`''`"),
				],
			),
		),
	].join('\n');
}

function section(title: string, types: SourceTypes, name: string, level = 2): string {
	const about = types.describe(name);
	return `${'#'.repeat(level)} ${title}\n\n${about === '' ? '' : `${about}\n\n`}${optionTable(types, name)}`;
}

function optionTable(types: SourceTypes, name: string): string {
	return table(
		['option', 'type', 'default', ''],
		types
			.options(name)
			.map(({ name, type, text, byDefault, example }) => [
				code(name),
				code(type),
				asDefault(byDefault),
				[text, example === '' ? '' : `Example: ${code(example)}`].filter(Boolean).join(' '),
			]),
	);
}

/** A value is code, a sentence is not. */
function asDefault(text: string): string {
	return /^(?:true|false|'[^']*'|[\d_]+)$/.test(text) ? code(text) : text;
}
