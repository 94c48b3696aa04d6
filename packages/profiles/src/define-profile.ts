/** Profiles from outside: a file a user wrote or a capture turned into one. Untrusted. */
import { ProfileError } from './errors.ts';
import { extended } from './extend-profile.ts';
import { profileFromDocument } from './profile.ts';
import type { Profile, ProfileOptions } from './types.ts';
import { validateDocument } from './validate/document.ts';

/** A profile file is far below this; more is a mistake or an attack (N05). In bytes of UTF-8. */
const MAX_PROFILE_BYTES = 1_048_576;

/**
 * Checks a profile that does not ship with this package and makes it ready for use. It is whole, or it `extends` one by name
 * and says what is different: objects are merged, lists and values replace.
 *
 * @example defineProfile({ extends: 'chrome_156', name: 'mine', http2: { settings: [[1, 65536], [2, 0], [4, 6291456]] } })
 * @param source JSON text or its bytes, or the value it stands for
 * @throws ProfileError `ERR_PROFILE_TOO_LARGE` above 1 MiB; `ERR_PROFILE_INVALID` naming the key that is unknown,
 * missing or impossible; `ERR_PROFILE_UNKNOWN` for `extends`. The engine checks the values of `tls`, `http2` and `http1` again when it loads them.
 */
export function defineProfile(source: string | Uint8Array | object, options: ProfileOptions = {}): Profile {
	// A value is checked through its text too: that bounds it and drops whatever JSON cannot carry.
	const text = textOf(source);
	if (typeof options !== 'object' || options === null) {
		throw new ProfileError('ERR_PROFILE_INVALID', 'The options of a profile must be an object');
	}
	if (Buffer.byteLength(text) > MAX_PROFILE_BYTES) {
		throw new ProfileError('ERR_PROFILE_TOO_LARGE', `A profile may have at most ${MAX_PROFILE_BYTES} bytes`);
	}
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		throw new ProfileError('ERR_PROFILE_INVALID', 'A profile must be JSON');
	}
	const document = extended(value);
	validateDocument(document);
	return profileFromDocument(document, options);
}

function textOf(source: unknown): string {
	if (typeof source === 'string') return source;
	if (source instanceof Uint8Array) return Buffer.from(source).toString('utf8');
	// A function or a symbol has no JSON, a bigint makes it throw. What a caller's own getter throws stays his.
	const text = typeof source === 'bigint' ? undefined : JSON.stringify(source);
	if (text === undefined) throw new ProfileError('ERR_PROFILE_INVALID', 'A profile must be JSON or its value');
	return text;
}
