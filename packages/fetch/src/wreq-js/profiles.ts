/** What wreq-js tells of its profiles. */
import { getProfiles as allProfiles, layoutHeaders, resolveProfileName } from '@wiretwin/profiles';
import { chosenProfile } from './connection-options.ts';
import { Headers } from './headers.ts';
import { translated } from './request-error.ts';
import type { BrowserAlias, BrowserProfile, EmulationOS, HeaderTuple } from './types.ts';

/** Names of all profiles. */
export function getProfiles(): BrowserProfile[] {
	return allProfiles().map(({ name }) => name);
}

/** Systems that a profile may be for. Which one has which: `getProfiles` of wiretwin. */
export function getOperatingSystems(): EmulationOS[] {
	return ['windows', 'macos', 'linux', 'android', 'ios'];
}

/** The profile that a name stands for: an alias follows the newest release. */
export function resolveProfile(browser: BrowserProfile | BrowserAlias): BrowserProfile {
	return translated(() => resolveProfileName(browser));
}

/** The fields that the browser adds to a navigation, in its order and case. */
export function getEmulationHeaders(browser?: BrowserProfile | BrowserAlias, os?: EmulationOS): Headers {
	const { headers } = layoutHeaders(chosenProfile(browser, os), { kind: 'navigate' });
	const tuples: HeaderTuple[] = [];
	for (let index = 0; index < headers.length; index += 2) {
		const name = headers[index] as string;
		// A mark of a place in HTTP/1.1 heads, not a fact of the browser.
		if (name.toLowerCase() !== 'connection') tuples.push([name, headers[index + 1] as string]);
	}
	return new Headers(tuples);
}
