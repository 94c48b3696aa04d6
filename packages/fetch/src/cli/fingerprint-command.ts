import type { Writable } from 'node:stream';
import { createSession } from '../session.ts';
import { UsageError } from './arguments.ts';
import { browserArgument } from './browser-argument.ts';
import { loadMirror } from './load-mirror.ts';

/** Sends one navigation to a mirror on loopback and prints what such a server sees. */
export async function fingerprintCommand(profile: string | undefined, output: Writable): Promise<number> {
	if (profile === undefined) throw new UsageError('name a profile; "wiretwin profiles" lists them');
	const { startMirror } = await loadMirror();
	await using mirror = await startMirror();
	const browser = await browserArgument(profile);
	await using session = createSession({ browser, ca: mirror.caPem, resolve: { localhost: '127.0.0.1' } });
	const response = await session.fetch(`${mirror.urlFor('localhost')}/fingerprint`);
	output.write(`${session.transport.profile.name} (${session.transport.profile.os})\n${await response.text()}`);
	return 0;
}
