import type { PeerCertificate } from 'node:tls';
import type { CheckServerIdentity } from 'wiretwin';
import { functionOption } from './function-option.ts';
import { VirtualTlsSocket } from './virtual-socket.ts';

/** Node's option `checkServerIdentity`: what it returns, if anything, is why the server is not the right one. */
export type IdentityCheck = (hostname: string, certificate: PeerCertificate) => Error | undefined;

/** What a request says of the server that may answer it. */
export type ExpectedServer = {
	check: IdentityCheck | undefined;
	/** As Node's `rejectUnauthorized: false`: a wrong server is noted and gets the request. */
	lenient: boolean;
	/** Nothing older will do: Node's `minVersion`. The browser's offer stays as it is, the server's choice is looked at. */
	newest: boolean;
};

/** Reads the options of a request, or of an agent. Throws `TypeError` for a check that cannot be called. */
export function expectedServer(options: {
	readonly checkServerIdentity?: unknown;
	readonly rejectUnauthorized?: unknown;
	readonly minVersion?: unknown;
}): ExpectedServer {
	const check = functionOption('checkServerIdentity', options.checkServerIdentity);
	// What Node's own does, the engine has done before. got always names it.
	const isOwn = check !== undefined && check !== process.getBuiltinModule('node:tls').checkServerIdentity;
	return {
		check: isOwn ? (check as IdentityCheck) : undefined,
		lenient: options.rejectUnauthorized === false,
		newest: options.minVersion === 'TLSv1.3',
	};
}

/** All checks of a request as one for its exchange; `undefined` if there is none, so that nothing has to wait for it. */
export function identityCheck(
	ofAgent: IdentityCheck | undefined,
	{ check, lenient, newest }: ExpectedServer,
	socket: unknown,
): CheckServerIdentity | undefined {
	if (!ofAgent && !check && !newest) return undefined;
	const checks = [ofAgent, check].filter((each) => each !== undefined);
	return (hostname, certificate, { verified, version }) => {
		if (newest && version !== 'TLSv1.3') return tooOld(version);
		// Node does not ask about a certificate that is wrong anyway.
		if (lenient && !verified) return undefined;
		for (const each of checks) {
			const refusal = each(hostname, certificate);
			if (!refusal) continue;
			if (socket instanceof VirtualTlsSocket) socket.distrust(refusal);
			return lenient ? undefined : refusal;
		}
		return undefined;
	};
}

function tooOld(version: string): Error {
	const message = `The server chose ${version}; the request asks for TLSv1.3 (minVersion).`;
	return Object.assign(new Error(message), { code: 'ERR_SSL_UNSUPPORTED_PROTOCOL' });
}
