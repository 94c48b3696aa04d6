import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
	defineProfile,
	getProfile,
	getProfiles,
	type Profile,
	type ProfileOs,
	profileVariant,
} from '@wiretwin/profiles';
import { type Draft, draftProfile } from '@wiretwin/profiles/draft';
import { UsageError } from './arguments.ts';
import { browserArgument } from './browser-argument.ts';
import { type Visitor, visitWithProgram, waitForVisitor } from './capture-visit.ts';
import { replaceFile } from './replace-file.ts';
import type { CliStreams } from './run.ts';
import { StepProgress } from './step-progress.ts';

const options = {
	browser: { type: 'string' },
	wait: { type: 'boolean' },
	port: { type: 'string' },
	host: { type: 'string' },
	ca: { type: 'string' },
	name: { type: 'string' },
	base: { type: 'string' },
	out: { type: 'string' },
	strict: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parseCapture>['values'];

/**
 * `wiretwin capture`: lets a browser visit a page that asks for everything pages ask for, and writes the draft of its
 * profile. Exit status 1 with `--strict` when something cannot be reproduced.
 */
export async function captureCommand(args: readonly string[], streams: CliStreams): Promise<number> {
	const { values } = parseCapture(args);
	if (values.base !== undefined) await namedProfile(values.base, {}).catch(refuse); // not to cost a visit
	const progress = new StepProgress(streams.stderr);
	const visitor = await receive(values, progress, streams);
	progress.finish();
	const base = await baseProfile(values.base, visitor);
	const name = values.name ?? `${base.browser}_${Number.parseInt(visitor.recording.version, 10)}`;
	const draft = draftProfile(visitor.recording, { name, base });
	defineProfile(draft.document, { os: base.os }); // what is written can be read
	const text = `${JSON.stringify(draft.document, null, '\t')}\n`;
	if (values.out === undefined) streams.stdout.write(text);
	else await replaceFile(values.out, text);
	streams.stderr.write(
		report(draft, visitor, base)
			.map((line) => `${line}\n`)
			.join(''),
	);
	return values.strict && draft.unsupported.length > 0 ? 1 : 0;
}

function parseCapture(args: readonly string[]) {
	try {
		return parseArgs({ args: [...args], options, strict: true });
	} catch (error) {
		throw new UsageError(`${error instanceof Error ? error.message : String(error)} See wiretwin --help.`);
	}
}

function receive(values: Values, progress: StepProgress, streams: CliStreams): Promise<Visitor> {
	const onStep = progress.step.bind(progress);
	const { browser, wait, host } = values;
	if (browser !== undefined && wait) throw new UsageError('--browser starts a browser, --wait waits for one: give one');
	const misplaced = (['port', 'host', 'ca'] as const).find(
		(name) => browser !== undefined && values[name] !== undefined,
	);
	if (misplaced !== undefined) throw new UsageError(`--${misplaced} belongs to --wait`);
	if (browser !== undefined) return visitWithProgram(browser, onStep);
	if (!wait)
		throw new UsageError(
			'name a program: --browser chrome, chromium, edge, firefox or a path; or --wait for any visitor',
		);
	const port = Number(values.port ?? 0);
	if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new UsageError('--port takes a port number');
	return waitForVisitor({
		port,
		...(host === undefined ? {} : { host }),
		onStep,
		async onReady({ url, caPem }) {
			const ca = values.ca ?? join(process.cwd(), 'wiretwin-mirror-ca.pem');
			await replaceFile(ca, caPem);
			streams.stderr.write(instructions(url, ca, host !== undefined));
		},
	});
}

function instructions(url: string, ca: string, isRemote: boolean): string {
	const how = isRemote
		? [
				'on the device: install that certificate as a trusted CA, remove it afterwards',
				'  Android   Settings, Security, Encryption & credentials, Install a certificate, CA certificate',
				'  iOS       open the file, install the profile, then General, About, Certificate Trust Settings',
			]
		: [
				'in the browser: Firefox   Settings, Certificates, View Certificates, Authorities, Import (identify websites)',
				`                Chromium  certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n wiretwin -i ${ca}`,
			];
	return `ca     ${ca}\n${how.map((line) => `       ${line}\n`).join('')}url    ${url}\nwaiting for a browser, Ctrl-C ends\n`;
}

/** What was written, and what it rests on. */
function report(draft: Draft, { recording, missing }: Visitor, base: Profile): string[] {
	const { document, seen, inherited, unsupported, offeredOnly } = draft;
	return [
		`${document.name}: ${recording.version}, on top of ${base.name}, ${document.verified}`,
		...seen.map((facts) => `  seen: ${facts}`),
		...inherited.map((facts) => `  from ${base.name}: ${facts}`),
		...missing.map(({ name, required }) => `  not visited: ${name}${required ? '' : ' (not every browser has it)'}`),
		...unsupported.map((facts) => `  cannot be reproduced: ${facts}`),
		...offeredOnly.map((facts) => `  offered, but fails if a server chooses it: ${facts}`),
	];
}

async function namedProfile(named: string, options: { os?: ProfileOs }): Promise<Profile> {
	const base = await browserArgument(named);
	return typeof base === 'string' ? getProfile(base, options) : profileVariant(base, options);
}

function refuse(error: Error): never {
	throw new UsageError(`--base: ${error.message}`);
}

/** The profile named, else the newest of the family for that system that is not newer than the browser. */
async function baseProfile(named: string | undefined, { family, os, recording }: Visitor): Promise<Profile> {
	if (named !== undefined) return namedProfile(named, { os });
	const names = new RegExp(`^${family}(?:_android|_ios|_ipad)?_[\\d.]+$`);
	const major = Number.parseInt(recording.version, 10);
	const known = getProfiles()
		.filter((each) => names.test(each.name) && each.os.includes(os) && Number.parseFloat(each.version) <= major)
		.sort((left, right) => Number.parseFloat(right.version) - Number.parseFloat(left.version));
	const newest = known[0];
	if (!newest) throw new UsageError(`no profile for ${os} is older than ${family} ${major}; name one with --base`);
	return getProfile(newest.name, { os });
}
