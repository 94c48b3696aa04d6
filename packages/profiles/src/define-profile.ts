/** Profiles from outside: a file a user wrote or a capture turned into one. Untrusted. */
import { ProfileError } from './errors.ts';
import { profileFromDocument } from './profile.ts';
import type { Profile, ProfileDocument, ProfileOptions } from './types.ts';
import { validateDocument } from './validate/document.ts';

/** A profile file is far below this; more is a mistake or an attack (N05). In bytes of UTF-8. */
const MAX_PROFILE_BYTES = 1_048_576;

/**
 * Checks a profile that does not ship with this package and makes it ready for use.
 *
 * @param source JSON text, or the value it stands for
 * @throws ProfileError `ERR_PROFILE_TOO_LARGE` above 1 MiB; `ERR_PROFILE_INVALID` naming the key that is unknown,
 * missing or impossible. The engine checks the values of `tls`, `http2` and `http1` again when it loads them.
 */
export function defineProfile(source: string | Uint8Array | object, options: ProfileOptions = {}): Profile {
	// A value is checked through its text too: that bounds it and drops whatever JSON cannot carry.
	const text = textOf(source);
	if (Buffer.byteLength(text) > MAX_PROFILE_BYTES) {
		throw new ProfileError('ERR_PROFILE_TOO_LARGE', `A profile may have at most ${MAX_PROFILE_BYTES} bytes`);
	}
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		throw new ProfileError('ERR_PROFILE_INVALID', 'A profile must be JSON');
	}
	validateDocument(value);
	return profileFromDocument(value as ProfileDocument, options);
}

/** A file that was read without an encoding is its bytes. */
function textOf(source: string | Uint8Array | object): string {
	if (typeof source === 'string') return source;
	return source instanceof Uint8Array ? Buffer.from(source).toString('utf8') : JSON.stringify(source);
}
