/** What a profile says it accepts is what the product in its user agent can read, and what this client can decode. */
import { describe, expect, test } from 'vitest';
import { getProfile, getProfiles, layoutHeaders, type RequestKind } from '../src/index.ts';

const variants = getProfiles().flatMap(({ name, os }) => os.map((system) => ({ name, system })));

/** Content codings that the engine decodes (wire/src/content/coding.rs). */
const DECODED = ['gzip', 'deflate', 'br', 'zstd'];

/** Image types by the engine that a user agent names. */
const ENGINES = [
	// Chromium.
	{ agent: / AppleWebKit\/537\.36 \(KHTML, like Gecko\) Chrome\/\d/, reads: /image\/apng/, never: /image\/svg/ },
	// On Android Firefox has its version behind `Gecko/`, too.
	{
		agent: / Gecko\/(?:20100101|(\d+\.0)) Firefox\/(?:\1|\d)/,
		reads: /image\/(?:png|webp)/,
		never: /apng|signed-exchange/,
	},
	{ agent: / AppleWebKit\/605\.1\.15 .* Version\/[\d.]+ .*Safari\//, reads: /image\//, never: /apng|signed-exchange/ },
];

describe.each(variants)('$name on $system', ({ name, system }) => {
	const profile = getProfile(name, { os: system });
	const field = (wanted: string, kind: RequestKind) => {
		const { headers } = layoutHeaders(profile, { kind });
		const at = headers.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === wanted);
		return at === -1 ? undefined : headers[at + 1];
	};
	const kinds = Object.keys(profile.document.headers.kinds) as RequestKind[];
	const agent = field('user-agent', 'navigate') ?? '';
	const engine = ENGINES.find((each) => each.agent.test(agent));

	test('one user agent in every kind of request, that of an engine', () => {
		for (const kind of kinds) expect(field('user-agent', kind)).toBe(agent);
		expect(engine === undefined).toBe(profile.browser === 'okhttp');
	});

	test('accept of documents and images is that of the engine', () => {
		const documents = field('accept', 'navigate');
		const images = kinds.includes('image') ? field('accept', 'image') : undefined;
		if (engine === undefined) {
			expect([documents, images]).toEqual([undefined, undefined]);
			return;
		}
		expect(documents).toMatch(/^text\/html,application\/xhtml\+xml,application\/xml;q=0\.9,/);
		expect(documents?.includes('application/signed-exchange')).toBe(engine === ENGINES[0]);
		expect(documents).not.toMatch(engine.never);
		expect(images).toMatch(engine.reads);
	});

	test('every coding it accepts can be decoded', () => {
		for (const kind of kinds) {
			const codings = (field('accept-encoding', kind) ?? '').split(', ').filter((coding) => coding !== '');
			expect(DECODED, kind).toEqual(expect.arrayContaining(codings.filter((coding) => coding !== 'identity')));
		}
	});
});
