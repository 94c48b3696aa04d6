import { readFileSync } from 'node:fs';
import { usage, withoutEffect } from '../../packages/fetch/src/cli/usage.ts';
import { code, generatedPage, table } from './markdown.ts';

const statuses: ReadonlyArray<readonly [status: string, means: string]> = [
	['1', 'a failure that curl has no number for'],
	['2', 'wrong usage'],
	['22', 'status 400 or above, with `-f` or `--fail-with-body`'],
	['23', 'a file cannot be written'],
	['33', '`-C`: the server does not go on where the file ends'],
];

/** Every option of the command, as `--help` prints it, and its exit statuses. */
export function commandLinePage(): string {
	const source = readFileSync(new URL('../../packages/fetch/src/cli/exit-status.ts', import.meta.url), 'utf8');
	const [, body = ''] = source.match(/statuses: [^=]*= \{\n([\s\S]*?)\n\};/) ?? [];
	const byCode = [...body.matchAll(/(\w+): (\d+),/g)].map(([, name, status]) => [name as string, status as string]);
	if (byCode.length < 10) throw new Error('the exit statuses cannot be read');
	return [
		generatedPage('Command line', 'packages/fetch/src/cli/usage.ts and exit-status.ts'),
		'[The guide](../guide/cli.md) has examples, and what differs from curl on purpose. What follows is `wiretwin --help`.\n',
		`\`\`\`text\n${usage}\`\`\`\n`,
		'Options of curl that change nothing here, each with its reason:\n',
		`\`\`\`text${withoutEffect}\`\`\`\n`,
		'## Exit statuses\n',
		"curl's, so that scripts go on working. Of several beginnings the longest that fits counts.\n",
		table(
			['status', 'error code begins with, or'],
			[...statuses, ...byCode.map(([name, status]) => [status as string, code(name as string)] as const)].sort(
				([left], [right]) => Number(left) - Number(right),
			),
		),
	].join('\n');
}
