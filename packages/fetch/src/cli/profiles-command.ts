import type { Writable } from 'node:stream';
import { getProfiles } from '@wiretwin/profiles';

/** Lists the profiles: name, systems, how well known, aliases. */
export function profilesCommand(output: Writable): number {
	const rows = getProfiles().map((profile) => [
		profile.name,
		profile.os.join(','),
		profile.verifiedOs === profile.os[0] ? profile.verified : `${profile.verified} on ${profile.verifiedOs}`,
		profile.aliases.length === 0 ? '' : `= ${profile.aliases.join(', ')}`,
	]);
	const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => (row[column] ?? '').length)));
	for (const row of rows) {
		output.write(
			`${row
				.map((cell, column) => cell.padEnd(widths[column] ?? 0))
				.join('  ')
				.trimEnd()}\n`,
		);
	}
	return 0;
}
