/** Codes of failures of this package. Codes are API, messages are not. */
export type ProfileErrorCode =
	| 'ERR_PROFILE_UNKNOWN'
	| 'ERR_PROFILE_OS'
	| 'ERR_PROFILE_BRAND'
	| 'ERR_PROFILE_VERSION'
	| 'ERR_PROFILE_COOKIES'
	| 'ERR_PROFILE_INVALID'
	| 'ERR_PROFILE_TOO_LARGE'
	| 'ERR_PROFILE_KIND';

/**
 * A profile that does not exist, does not fit together or cannot do what was asked. A wrong argument like any other: the
 * guards `isWiretwinError` and `isInvalidArgumentError` of `wiretwin` know it by its marks.
 */
export class ProfileError extends TypeError {
	override readonly name = 'ProfileError';
	readonly code: ProfileErrorCode;
	/** Before anything is sent. */
	readonly phase = 'input';
	/** Names close to the one asked for, nearest first (`ERR_PROFILE_UNKNOWN`). */
	readonly suggestions: readonly string[];

	constructor(code: ProfileErrorCode, message: string, suggestions: readonly string[] = []) {
		super(message);
		this.code = code;
		this.suggestions = suggestions;
		for (const mark of ['wiretwin.error', 'wiretwin.invalid-argument']) {
			Object.defineProperty(this, Symbol.for(mark), { value: true, enumerable: false });
		}
	}
}
