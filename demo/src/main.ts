/**
 * `make demo`: a real browser (captured) and wiretwin side by side, then a login flow, a second visit and visits with a hidden name; `make demo URL=...` visits a URL.
 * Exit status 1 when a field differs, a visit fails or a name was not hidden.
 */
import { capturedProfiles } from './browser-capture.ts';
import { compareWithBrowser } from './compare.ts';
import { showHiddenName } from './hidden-name.ts';
import { showLoginFlow } from './login.ts';
import { showSecondVisit } from './second-visit.ts';
import { bold, printComparison, red, verdict } from './table.ts';
import { visit } from './visit.ts';

const write = (line: string): void => {
	process.stdout.write(`${line}\n`);
};

/** The innermost error with a code says most: `fetch failed` alone would not. */
function describeFailure(error: unknown): string {
	const chain: { code?: string; message?: string }[] = [];
	for (let one = error; one instanceof Error && chain.length < 8; one = one.cause) chain.push(one);
	const told = chain.find((one) => one.code) ?? chain[0];
	if (!told) return String(error);
	const { code = 'ERR_UNKNOWN', message = '' } = told;
	return message.includes(code) ? message : `${code}: ${message}`;
}

async function compareAll(): Promise<number> {
	let different = 0;
	for (const profile of capturedProfiles) {
		const { title, rows } = await compareWithBrowser(profile);
		write(`\n${bold(title)}\n`);
		different += printComparison(rows, write);
	}
	write(`\n${verdict(different)}\n`);
	await showLoginFlow(write);
	await showSecondVisit(write);
	return different + (await showHiddenName(write, 'addon'));
}

const url = process.argv[2];
try {
	if (url) await visit(url, write);
	else process.exitCode = (await compareAll()) === 0 ? 0 : 1;
} catch (error) {
	process.stderr.write(`${red(describeFailure(error))}\n`);
	process.exitCode = 1;
}
