import type { Writable } from 'node:stream';
import { withSession } from '../session.ts';
import { UsageError } from './arguments.ts';
import { browserArgument } from './browser-argument.ts';
import { loadMirror } from './load-mirror.ts';

/** Sends one navigation to a mirror on loopback and prints what such a server sees. */
export async function fingerprintCommand(profile: string | undefined, output: Writable): Promise<number> {
	if (profile === undefined) throw new UsageError('name a profile; "wiretwin profiles" lists them');
	const { startMirror } = await loadMirror();
	const browser = await browserArgument(profile);
	const mirror = await startMirror();
	try {
		await withSession(
			async (session) => {
				const response = await session.fetch(`${mirror.urlFor('localhost')}/fingerprint`);
				const { name, os } = session.transport.profile;
				output.write(`${name} (${os})\n${await response.text()}`);
			},
			{ browser, ca: mirror.caPem, resolve: { localhost: '127.0.0.1' } },
		);
	} finally {
		await mirror.close();
	}
	return 0;
}
