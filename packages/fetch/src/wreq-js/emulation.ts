/** `emulation` of wreq-js: changes of a profile. A profile of wiretwin is a whole browser, so only some can be had. */
import { defineProfile, type Profile } from '@wiretwin/profiles';
import { RequestError, translated } from './request-error.ts';
import type { CustomEmulationOptions, CustomHttp2Options, HeadersInit } from './types.ts';

const INSTEAD =
	'describe the whole browser in a profile (defineProfile of wiretwin, or wiretwin capture) and give it as "browser" to createSession of wiretwin';

/** HTTP/2 settings by their names in wreq-js. */
const SETTINGS: { readonly [option: string]: readonly [id: number, name: string] } = {
	headerTableSize: [1, 'HeaderTableSize'],
	enablePush: [2, 'EnablePush'],
	maxConcurrentStreams: [3, 'MaxConcurrentStreams'],
	initialWindowSize: [4, 'InitialWindowSize'],
	maxFrameSize: [5, 'MaxFrameSize'],
	maxHeaderListSize: [6, 'MaxHeaderListSize'],
	enableConnectProtocol: [8, 'EnableConnectProtocol'],
	noRfc7540Priorities: [9, 'NoRfc7540Priorities'],
};
/** SETTINGS_INITIAL_WINDOW_SIZE. */
const WINDOW_SETTING = 4;
/** What a connection's window is before it is enlarged (RFC 9113 6.9.2). */
const INITIAL_WINDOW = 65_535;

/** The profile with the changes that `emulation` asks for. */
export function customProfile(profile: Profile, emulation: CustomEmulationOptions | undefined): Profile {
	if (emulation === undefined) return profile;
	if (typeof emulation !== 'object' || emulation === null) throw new RequestError('"emulation" must be an object');
	for (const part of ['tlsOptions', 'http1Options', 'origHeaders'] as const) {
		if (Object.keys(emulation[part] ?? {}).length > 0)
			throw new RequestError(`"emulation.${part}" cannot be changed by itself: ${INSTEAD}`);
	}
	const changes = emulation.http2Options ?? {};
	if (Object.keys(changes).length === 0) return profile;
	const { os, brand, fullVersion } = profile;
	const document = { ...profile.document, name: `${profile.name}_custom`, http2: changed(profile, changes) };
	return translated(() =>
		defineProfile(document, {
			os,
			...(brand === undefined ? {} : { brand: brand as 'chromium' }),
			...(fullVersion === undefined ? {} : { fullVersion }),
		}),
	);
}

/** Fields that `emulation` adds to each request. */
export function emulatedHeaders(emulation: CustomEmulationOptions | undefined): HeadersInit | undefined {
	return emulation?.headers;
}

function changed(profile: Profile, options: CustomHttp2Options) {
	const http2 = { ...profile.document.http2 };
	let settings = [...(http2.settings as ReadonlyArray<readonly [number, number]>)];
	for (const [option, value] of Object.entries(options)) {
		if (value === undefined) continue;
		const [id] = SETTINGS[option] ?? [];
		if (id !== undefined) settings = withSetting(settings, id, Number(value));
		else if (option === 'initialConnectionWindowSize')
			http2.connectionWindowIncrement = Math.max(0, Number(value) - INITIAL_WINDOW);
		else if (option === 'headersPseudoOrder') http2.pseudoOrder = pseudoOrder(value);
		else if (option !== 'settingsOrder')
			throw new RequestError(`"emulation.http2Options.${option}" cannot be changed by itself: ${INSTEAD}`);
	}
	const stream = settings.find(([id]) => id === WINDOW_SETTING)?.[1] ?? INITIAL_WINDOW;
	const connection = INITIAL_WINDOW + Number(http2.connectionWindowIncrement);
	const flow = http2.flowControl as { streamUpdateAbove: number; connectionUpdateAbove: number };
	return {
		...http2,
		settings: ordered(settings, options.settingsOrder ?? []),
		// A window has to be opened again before it is used up: at the half, as Chromium does.
		flowControl: {
			...flow,
			streamUpdateAbove: Math.min(flow.streamUpdateAbove, Math.floor(stream / 2)),
			connectionUpdateAbove: Math.min(flow.connectionUpdateAbove, Math.floor(connection / 2)),
		},
	};
}

function withSetting(settings: ReadonlyArray<readonly [number, number]>, id: number, value: number) {
	const known = settings.some(([each]) => each === id);
	if (!known) return [...settings, [id, value] as const];
	return settings.map((setting) => (setting[0] === id ? ([id, value] as const) : setting));
}

function ordered(settings: ReadonlyArray<readonly [number, number]>, names: readonly string[]) {
	const ids = names.map((name) => Object.values(SETTINGS).find(([, each]) => each === name)?.[0]);
	const place = (id: number) => (ids.includes(id) ? ids.indexOf(id) : ids.length);
	return settings.toSorted(([left], [right]) => place(left) - place(right));
}

/** Requests have four; `Protocol` is one of WebSockets. */
function pseudoOrder(value: unknown): string[] {
	if (!Array.isArray(value)) throw new RequestError('"emulation.http2Options.headersPseudoOrder" must be a list');
	return value.map((name) => String(name).toLowerCase()).filter((name) => name !== 'protocol');
}
