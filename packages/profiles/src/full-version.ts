/** The patch level of a browser, which only some client hints tell. Users of one release are on different ones. */
import { ProfileError } from './errors.ts';
import type { Profile, ProfileDocument } from './types.ts';

/**
 * The version that a profile is to tell: the one asked for, else that of the build which the document is of.
 * @throws ProfileError `ERR_PROFILE_VERSION` for one of another release, and where the browser tells nobody
 */
export function chooseFullVersion(document: ProfileDocument, wanted: string | undefined): string | undefined {
	const stated = statedVersion(document);
	if (wanted === undefined) return stated;
	const [major] = stated?.split('.') ?? [];
	if (major !== undefined && /^\d{1,5}(?:\.\d{1,5}){3}$/.test(wanted) && wanted.startsWith(`${major}.`)) return wanted;
	const known = major === undefined ? 'tells nobody its full version' : `has full versions ${major}.<n>.<n>.<n>`;
	throw new ProfileError('ERR_PROFILE_VERSION', `${document.name} ${known}`, stated === undefined ? [] : [stated]);
}

/** Puts the version of a profile into a value of its document: a hint, or a user agent. */
export function withFullVersion({ document, fullVersion }: Profile, value: string): string {
	const stated = statedVersion(document);
	if (stated === undefined || fullVersion === undefined || stated === fullVersion) return value;
	// A user agent of 102 and later says `<major>.0.0.0` whatever the build; a document may know no better build than that.
	if (value.startsWith('Mozilla/') && stated.endsWith('.0.0.0')) return value;
	return value.replaceAll(stated, fullVersion);
}

function statedVersion({ headers }: ProfileDocument): string | undefined {
	return headers.clientHints?.values['sec-ch-ua-full-version']?.replaceAll('"', '');
}
