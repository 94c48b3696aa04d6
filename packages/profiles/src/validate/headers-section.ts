/** Shape of `headers`, and that its parts refer to each other. */
import type { FormBoundary, HeadersSection } from '../types.ts';
import {
	boolean,
	type Check,
	fieldName,
	fieldValue,
	integer,
	invalid,
	isRecord,
	list,
	map,
	nullable,
	object,
	oneOf,
	pair,
	placedName,
	text,
	valuedName,
} from './checks.ts';
import { described, schemaOf } from './json-schema.ts';

/** A socket that is being closed holds its connection; no browser waits for more than a minute. */
const LONGEST_CLOSE_MS = 600_000;

/** Keys of a kind that name a template. */
const variants = [
	...(['redirected', 'repeated', 'upgraded', 'background', 'stated', 'tightened', 'tightenedRedirected'] as const),
	...(['keepalive', 'keepaliveRedirected'] as const),
];

/** Every name a kind refers to must exist. */
function checkReferences(headers: HeadersSection, path: string): void {
	const need = (names: object, name: string | undefined, where: string) => {
		if (name !== undefined && !Object.hasOwn(names, name))
			throw invalid(`${path}.${where}`, `refers to unknown ${JSON.stringify(name)}`);
	};
	const ofWorkers = Object.entries(headers.workerKinds ?? {});
	for (const [name, kind] of [...Object.entries(headers.kinds), ...ofWorkers]) {
		if (kind.fixed?.upgrade !== undefined && kind.fixed['sec-websocket-version'] === undefined)
			throw invalid(`${path}.kinds.${name}.fixed.upgrade`, 'is for a WebSocket only');
		need(headers.templates, kind.template, `kinds.${name}.template`);
		for (const variant of variants) need(headers.templates, kind[variant], `kinds.${name}.${variant}`);
		need(headers.accept, kind.accept, `kinds.${name}.accept`);
		need(headers.acceptEncoding, kind.acceptEncoding, `kinds.${name}.acceptEncoding`);
		need(headers.priorities, kind.priority, `kinds.${name}.priority`);
		need(headers.priorities, kind.priorityHigh, `kinds.${name}.priorityHigh`);
		need(headers.priorities, kind.priorityLow, `kinds.${name}.priorityLow`);
		need(headers.priorities, kind.prioritySync, `kinds.${name}.prioritySync`);
		need(headers.priorities, kind.priorityAgain, `kinds.${name}.priorityAgain`);
	}
	need(headers.priorities, headers.background?.priority, 'background.priority');
	const { normally, storageAccess } = headers.thirdPartyCookies;
	need(storageAccess, normally, 'thirdPartyCookies.normally');
	for (const [name, brand] of Object.entries(headers.clientHints?.brands ?? {}))
		need(storageAccess, brand.thirdPartyCookies, `clientHints.brands.${name}.thirdPartyCookies`);
	need(headers.clientHints?.brands ?? {}, headers.clientHints?.brand, 'clientHints.brand');
}

/** Made when asked for, like those of the engine. */
export function headersSection(): Check {
	const key = text(/^[a-z0-9-]+$/);
	const values = map(valuedName, fieldValue);
	/** What a WebSocket and the layout's place mark for `Connection` need besides. */
	const fixedName = text(/^[a-z0-9!#$%&'*+.^_`|~-]+$/);
	const fixedMap = map(fixedName, fieldValue);
	const fixedValues = described(schemaOf(fixedMap), (value, path) => {
		fixedMap(value, path);
		for (const [name, text] of Object.entries(value as Record<string, string>)) {
			if (name === 'connection' && /^(?:keep-alive|upgrade)$/i.test(text)) continue;
			if (name === 'upgrade' && text === 'websocket') continue;
			valuedName(name, `${path}.${name}`);
		}
	});
	const operatingSystem = oneOf('windows', 'macos', 'linux', 'android', 'ios');
	const cacheMode = oneOf('default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached');

	const thirdPartyCookies = oneOf('sent', 'blocked', 'partitioned');

	const tableSlot = object(
		{
			table: list(placedName),
			hash: oneOf('rapid', 'super-fast'),
			hints: boolean,
			except: list(fieldName),
			from: oneOf('list', 'map'),
		},
		{ late: list(placedName) },
	);
	const callerSlot = object({ caller: boolean, except: list(fieldName) });
	const hintsSlot = object({ hints: boolean }, { except: list(fieldName) });
	const slots = [placedName, tableSlot, callerSlot, hintsSlot];

	const templateSlot = described({ anyOf: slots.map(schemaOf) }, (value, path) => {
		if (typeof value === 'string') placedName(value, path);
		else if (isRecord(value) && 'table' in value) tableSlot(value, path);
		else if (isRecord(value) && 'caller' in value) callerSlot(value, path);
		else hintsSlot(value, path);
	});

	const kindRecord = object(
		{ template: key, priority: key },
		{
			redirected: key,
			repeated: key,
			upgraded: key,
			background: key,
			stated: key,
			tightened: key,
			tightenedRedirected: key,
			keepsTightened: boolean,
			bodyFieldsReturn: oneOf('stated', 'all'),
			keepalive: key,
			keepaliveRedirected: key,
			method: text(/^[A-Z]+$/),
			accept: key,
			mode: oneOf('navigate', 'cors', 'no-cors', 'same-origin', 'websocket'),
			dest: key,
			credentials: oneOf('include', 'same-origin', 'omit'),
			credentialsFixed: boolean,
			priorityHigh: key,
			priorityLow: key,
			prioritySync: key,
			priorityAgain: key,
			pageKeeps: boolean,
			acceptEncoding: key,
			bodyCharset: oneOf('utf-8'),
			statedCharset: oneOf('in-place', 'parsed'),
			cache: cacheMode,
			fixed: fixedValues,
			user: boolean,
			spelling: oneOf('typed', 'own'),
			originAlways: boolean,
			opaqueReferrer: boolean,
			modeInPlainText: boolean,
			conditionalCache: nullable(cacheMode),
			conditionsAskedFor: boolean,
			asUrgentAsAsked: boolean,
			site: oneOf('none'),
			serviceWorkerCache: cacheMode,
			storageAccess: oneOf(true, false, 'unless-keepalive'),
			workerPolicy: oneOf('own-else-page', 'page', 'none'),
			hints: boolean,
		},
	);

	const clientHints = object({
		default: list(valuedName),
		order: list(valuedName),
		tableOrder: list(valuedName),
		values,
		brands: map(key, object({ short: fieldValue, full: fieldValue }, { thirdPartyCookies })),
		brand: key,
	});

	/** Language tags, most wanted first. */
	const languages = text(/^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*(?:,[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)*$/);
	const locale = text(/^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/);

	const boundaryParts = object(
		{ prefix: text(/^[A-Za-z0-9'()+_,./:=?-]{0,32}$/) },
		{
			characters: object({ of: text(/^[A-Za-z0-9]{1,128}$/), count: integer(1, 38) }),
			numbers: object({ count: integer(1, 3), bits: oneOf(32, 64), radix: oneOf(10, 16) }),
			uuid: described({ enum: [true] }, (value, path) => {
				if (value !== true) throw invalid(path, 'must be true');
			}),
		},
	);
	/** At most 70 characters (RFC 2046 5.1.1), and something in it that is random. */
	const formBoundary = described(schemaOf(boundaryParts), (value, path) => {
		boundaryParts(value, path);
		const { characters, numbers, uuid } = value as FormBoundary;
		if ([characters, numbers, uuid].filter((each) => each !== undefined).length !== 1)
			throw invalid(path, 'needs one of characters, numbers and uuid');
	});

	const shape = object(
		{
			platforms: map(operatingSystem, object({ userAgent: fieldValue }, { hints: values })),
			spelling: object(
				{
					lower: list(text(/^[a-z0-9-]+\*?$/)),
					special: list(text(/^[A-Za-z0-9-]+$/)),
					own: list(fieldName),
				},
				{ ahead: list(fieldName) },
			),
			accept: map(key, fieldValue),
			acceptEncoding: map(key, fieldValue),
			acceptLanguage: object(
				{ default: languages, quality: oneOf('tenths', 'even') },
				{ lists: map(locale, languages), english: boolean },
			),
			cacheModes: map(cacheMode, values),
			conditionalCache: nullable(cacheMode),
			thirdPartyCookies: object(
				{
					normally: thirdPartyCookies,
					storageAccess: map(thirdPartyCookies, nullable(fieldValue)),
				},
				{ endsWithTaint: boolean, originOverTls: boolean },
			),
			separateAnonymous: boolean,
			separateSites: boolean,
			separateThirdParty: boolean,
			te: nullable(oneOf('trailers')),
			clientHints: nullable(clientHints),
			priorities: map(
				key,
				object({ weight: integer(1, 256), exclusive: boolean, rank: integer(0, 255) }, { field: fieldValue }),
			),
			templates: map(key, list(templateSlot)),
			kinds: map(key, kindRecord),
			form: object({
				boundary: formBoundary,
				escape: list(pair(text(), text())),
				defaultFileType: fieldValue,
			}),
		},
		{
			tightensReferrer: boolean,
			redirectHidesOrigin: boolean,
			policyHidesOrigin: oneOf('documents'),
			singleRange: oneOf('last'),
			separateFrames: oneOf('foreign', 'apart'),
			schemelessSites: boolean,
			styleSheetsAsk: boolean,
			hsts: object({ shows: boolean, apart: boolean }),
			cache: object(
				{
					lastValueWins: boolean,
					blanksAboutSign: boolean,
					fieldNoCache: boolean,
					hugeMaxAge: oneOf('longest', 'none'),
					wrongExpires: oneOf('expired', 'ignored'),
					guessesBesideMustRevalidate: boolean,
					guessed: list(integer(200, 599)),
					lasting: list(integer(200, 599)),
					headFromGet: boolean,
					ownNoCache: oneOf('reload', 'no-cache'),
					ownNoStore: oneOf('no-store', 'default'),
					ownPragma: oneOf('reload', 'default'),
					anonymousApart: boolean,
				},
				{
					keptStatuses: list(integer(200, 599)),
					askedAgain: list(integer(200, 599)),
					rangesOfKept: boolean,
					staleFromArrival: boolean,
					keepsOpaque: boolean,
					waitsFor: oneOf('head', 'body'),
				},
			),
			background: object({ priority: key }, { cache: cacheMode }),
			dictionaries: list(oneOf('dcb', 'dcz')),
			workerKinds: map(key, kindRecord),
			blobReferrers: boolean,
			revisitUser: boolean,
			urls: object({}, { escapesPipe: boolean, showsEmptyLocation: boolean, escapesControlsOfLocation: boolean }),
			webSocketClose: object({ answerMs: integer(1, LONGEST_CLOSE_MS), endMs: integer(1, LONGEST_CLOSE_MS) }),
			cookies: object(
				{
					withoutEquals: oneOf('value', 'name'),
					keepsTab: boolean,
					isUtf8: boolean,
					keepsPlace: boolean,
					hostPrefixWithoutPath: boolean,
					unstatedSameSite: oneOf('lax', 'none'),
					clears: oneOf('site', 'host'),
				},
				{ redirectsCount: boolean },
			),
		},
	);

	return described(schemaOf(shape), (value, path) => {
		shape(value, path);
		checkReferences(value as HeadersSection, path);
	});
}
