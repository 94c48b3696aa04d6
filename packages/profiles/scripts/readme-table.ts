/** The list of profiles in README.md. */
import type { ProfileDocument, ProfileEdition, ProfileVerification } from '../src/types.ts';

type Listed = ProfileDocument | ProfileEdition;

const START = '<!-- profiles: written by scripts/generate.ts -->';
const END = '<!-- /profiles -->';

function row(browser: string, documents: readonly Listed[]): string {
	const versions = (verified: ProfileVerification) =>
		documents
			.filter((document) => document.verified === verified)
			.map(({ name }) => name.slice(browser.length + 1))
			.join(' ');
	const systems = [...new Set(documents.flatMap(({ os }) => os))].join(', ');
	const cells = [`\`${browser}_\``, versions('live'), versions('public-capture'), versions('derived'), systems];
	return `| ${cells.map((cell) => cell || '-').join(' | ')} |`;
}

/** README with the table replaced. */
export function withProfileTable(readme: string, documents: readonly Listed[]): string {
	const from = readme.indexOf(START);
	const to = readme.indexOf(END);
	if (from < 0 || to < from) throw new Error('README.md has no place for the list of profiles');
	const own = documents.filter((document) => !('of' in document)).length;
	const browsers = [...new Set(documents.map(({ browser }) => browser))];
	const rows = browsers.map((browser) =>
		row(
			browser,
			documents.filter((document) => document.browser === browser),
		),
	);
	const table = [
		`${own} profiles and ${documents.length - own} of Chromium, which share the files of Chrome; the name is the first column and a`,
		'version: `chrome_142`, `safari_ios_26`. The first of the systems is the default.',
		'',
		'| name | live | public capture | derived | systems |',
		'|---|---|---|---|---|',
		...rows,
	];
	return `${readme.slice(0, from)}${START}\n${table.join('\n')}\n${readme.slice(to)}`;
}
