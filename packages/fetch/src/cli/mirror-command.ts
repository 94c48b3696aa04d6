import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Handler, Mirror } from '@wiretwin/mirror';
import { getProfile, getProfiles, profileVariant } from '@wiretwin/profiles';
import { compareVisit } from '@wiretwin/profiles/draft';
import { UsageError } from './arguments.ts';
import { familyOf, systemOf } from './capture-visit.ts';
import { loadMirror } from './load-mirror.ts';
import { replaceFile } from './replace-file.ts';
import type { CliStreams } from './run.ts';

const options = { port: { type: 'string' }, ca: { type: 'string' } } as const;

/** Serves the page that shows a visitor beside a profile, until the process ends. */
export async function mirrorCommand(args: readonly string[], streams: CliStreams): Promise<number> {
	const values = parse(args);
	const port = Number(values.port ?? 0);
	if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new UsageError('--port takes a port number');
	const mirror = await startVisitorMirror(port);
	const ca = values.ca ?? join(process.cwd(), 'wiretwin-mirror-ca.pem');
	await replaceFile(ca, mirror.caPem);
	streams.stdout.write(`url    ${mirror.urlFor('localhost')}/\nca     ${ca} (trust it in the browser that visits)\n`);
	return 0;
}

/** A mirror whose first page compares its visitor with `?profile=<name>`. */
export async function startVisitorMirror(port = 0): Promise<Mirror> {
	const { regularFields, startMirror, visitorReply } = await loadMirror();
	const names = getProfiles().map(({ name }) => name);
	const handler: Handler = async (request) => {
		if (request.url.pathname !== '/') return undefined;
		// Frames behind HEADERS in the same write (Firefox's WINDOW_UPDATE) are not read yet.
		await setImmediate();
		const { record, connection } = request;
		const wanted = request.url.searchParams.get('profile') ?? '';
		const fields = regularFields(record.headers);
		const chosen = names.includes(wanted) ? wanted : getProfile(familyOf(fields)).name;
		// The visitor's own system, where the profile has it: another one's user agent is no difference worth a row.
		const os = systemOf(request.header('user-agent') ?? '');
		const profile = getProfile(chosen);
		const compared = profile.document.os.includes(os) ? profileVariant(profile, { os }) : profile;
		const rows = compareVisit(compared, connection, fields);
		return visitorReply(request, { names, chosen, rows });
	};
	return startMirror({ port, handler });
}

function parse(args: readonly string[]) {
	try {
		return parseArgs({ args: [...args], options, strict: true }).values;
	} catch (error) {
		throw new UsageError(`${error instanceof Error ? error.message : String(error)} See wiretwin --help.`);
	}
}
