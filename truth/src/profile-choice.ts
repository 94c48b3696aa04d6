import { readFileSync } from 'node:fs';
import type { Browser } from '@wiretwin/mirror/browsers';
import { defineProfile, getProfile, getProfiles, type Profile, profileVariant } from '@wiretwin/profiles';

/** The profile that a browser is compared with. */
export type ProfileChoice = {
	profile: Profile;
	/** Set when no profile claims to be this release: what is different then is what the release changed. */
	mismatch: string | undefined;
};

/**
 * The profile of the browser's own release, else the newest of its family, which the report then says.
 * @param hidden profiles to do without
 */
export function chooseProfile(
	browser: Pick<Browser, 'name' | 'version'>,
	hidden: readonly string[] = [],
): ProfileChoice {
	// `firefox_153`, not `firefox_private_153` or another variant of the same release.
	const plain = new RegExp(`^${browser.name}_\\d+$`);
	const family = getProfiles().filter(
		(each) => plain.test(each.name) && each.os.includes('linux') && !hidden.includes(each.name),
	);
	const release = majorOf(browser.version);
	const same = family.find((each) => majorOf(each.version) === release);
	const newest = family.reduce((best, each) => (majorOf(each.version) > majorOf(best.version) ? each : best));
	const chosen = same ?? newest;
	const shipped = getProfile(chosen.name, { os: 'linux' });
	// Debian replaces a build every few days; what tells of it is to be that of the browser at hand.
	const tellsBuild = same !== undefined && shipped.fullVersion !== undefined;
	return {
		profile: tellsBuild ? profileVariant(shipped, { fullVersion: browser.version }) : shipped,
		mismatch: same
			? undefined
			: `${browser.name} is ${browser.version}, but the newest profile is ${chosen.name}: the differences below are what ${browser.name} ${release} changed, or what the profile lacks; draft of its profile: wiretwin capture --browser ${browser.name} --base ${chosen.name} --out ${browser.name}_${release}.json`,
	};
}

/** A profile from a file, as `wiretwin capture` writes it. */
export function readProfile(file: string): ProfileChoice {
	return { profile: defineProfile(readFileSync(file, 'utf8'), { os: 'linux' }), mismatch: undefined };
}

function majorOf(version: string): number {
	return Number.parseInt(version, 10);
}
