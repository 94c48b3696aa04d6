import type { CertificateKind } from '../certs/certificate-kind.ts';
import type { FaultScenario, FaultVariant } from './scenario.ts';
import { answering, complete } from './scripts.ts';

const shows = (certificate: CertificateKind): FaultVariant => ({
	on: 'https',
	certificate,
	script: answering(complete('reached a server that must not be trusted')),
});

/** `wildcard` covers `*.mirror.test` and must be refused for `mirror.test` and `a.b.mirror.test`; `no-ip` by address. */
export const t01: FaultScenario = {
	id: 'T01',
	summary: 'Certificates that must be refused',
	variants: {
		expired: shows('expired'),
		'not-yet-valid': shows('not-yet-valid'),
		'self-signed': shows('self-signed'),
		'wrong-host': shows('wrong-host'),
		'no-ip': shows('no-ip'),
		wildcard: shows('wildcard'),
		'nul-in-name': shows('nul-in-name'),
		'client-purpose': shows('client-purpose'),
		'unknown-authority': shows('unknown-authority'),
	},
};
