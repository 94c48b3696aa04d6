/** One navigation of a profile, and what the mirror saw of it. */
import type { Mirror } from '../../../mirror/src/index.ts';
import type { Profile } from '../../src/index.ts';
import { exchange, profileRequest, profileTransport } from './native-request.ts';

/** Requests `/echo` from `mirror` on a connection of its own. */
export async function navigate(profile: Profile, mirror: Mirror) {
	await using transport = profileTransport(profile);
	const { status } = await exchange(transport, profileRequest(profile, mirror.port));
	const connection = mirror.connections.at(-1);
	const request = mirror.requests.at(-1);
	if (connection === undefined || request === undefined || connection.clientHello === null)
		throw new Error('no record');
	return { status, connection, request, hello: connection.clientHello };
}
