/**
 * User agents that libraries send when their user names none. They are left out, so that the browser's own is sent.
 * LIMIT: a user who names exactly such a text gets the browser's too.
 */
const libraryUserAgent =
	/^(got( \(|\/)|axios\/|node-fetch|node-superagent\/|undici$|node$|node\.js|Needle\/|aws-sdk-|octokit)/i;

/** True for a `User-Agent` that is a library's default. */
export function isLibraryUserAgent(value: string): boolean {
	return libraryUserAgent.test(value);
}

/** `Accept-Encoding` that libraries send on their own, codings sorted. */
const libraryAcceptEncodings: ReadonlySet<string> = new Set([
	'br,deflate,gzip,zstd', // got 15 and 16, newer axios
	'br,compress,deflate,gzip', // axios
	'br,compress,deflate,gzip,zstd',
	'br,deflate,gzip', // got 14, node-fetch, needle
	'deflate,gzip', // superagent, needle
	'compress,deflate,gzip',
]);

/** What becomes of the client's `Accept-Encoding`. */
export type EncodingPlan = {
	/** The client's own value goes on the wire; otherwise the browser's. */
	keep: boolean;
	/** The engine decodes; the client sees neither the coding nor the length of the coded body. */
	decode: boolean;
};

/**
 * The browser's value stands for the default of a library. A client that can decode everything a browser asks for gets
 * the body as it was sent; one that cannot (or asked for nothing) gets it decoded. A value that is nobody's default is
 * the user's wish and is kept.
 */
export function planEncoding(value: string | undefined): EncodingPlan {
	if (value === undefined) return unasked;
	const known = plans.get(value);
	if (known) return known;
	const plan = planFor(value);
	if (plans.size < maxPlans) plans.set(value, plan);
	return plan;
}

const unasked: EncodingPlan = { keep: false, decode: true };
/** Plans by value; a client has one or two. */
const plans = new Map<string, EncodingPlan>();
const maxPlans = 64;

function planFor(value: string): EncodingPlan {
	const codings = value.toLowerCase().replaceAll(' ', '').split(',').sort();
	if (!libraryAcceptEncodings.has(codings.join())) return { keep: true, decode: false };
	return { keep: false, decode: !(codings.includes('br') && codings.includes('zstd')) };
}
