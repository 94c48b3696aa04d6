// The server of sessions.mjs: HTTP/2 over TLS with a certificate of the mirror's authority, and a small JSON answer.
import { createSecureServer } from 'node:http2';
import { sharedAuthority } from '@wiretwin/mirror';

const authority = sharedAuthority();
const { certificatePem: cert, keyPem: key } = authority.serverIdentity('trusted');
const body = JSON.stringify({ hello: 'world', list: [1, 2, 3] });
const server = createSecureServer(
	{ cert, key, allowHTTP1: true, settings: { maxConcurrentStreams: 100 } },
	(_, response) => {
		response.setHeader('content-type', 'application/json');
		response.end(body);
	},
);
server.listen(0, '127.0.0.1', 4096, () => process.send({ port: server.address().port, ca: authority.caPem }));
process.once('disconnect', () => process.exit(0));
