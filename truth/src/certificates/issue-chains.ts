import { type CertificatePlan, type FreeCertificate, writeCertificate } from '@wiretwin/mirror';
import { type Chain, chains } from './chains.ts';

/** What a server shows for a chain. */
export type IssuedChain = { chain: Chain; host: string; certPem: string; keyPem: string };

/** All chains of the table, and what is to be trusted for them. */
export type IssuedChains = { issued: readonly IssuedChain[]; trusted: readonly string[] };

const authority: CertificatePlan = { ca: true, usage: ['keyCertSign', 'cRLSign'], from: -10, to: 3650 };
const intermediate: CertificatePlan = { ...authority, purposes: ['server', 'client'], to: 900 };
const server: CertificatePlan = { ca: false, usage: ['digitalSignature'], purposes: ['server'] };

/** Hosts that the table visits. */
export const chainHosts: readonly string[] = [...new Set(chains.map(hostOf))].filter((host) => !/^[0-9.]+$/.test(host));

function hostOf({ host = 'www.mirror.test' }: Chain): string {
	return host;
}

/** Makes every chain of the table, with keys of today. */
export function issueChains(): IssuedChains {
	const shared = writeCertificate(authority, 'wiretwin chains root');
	const stranger = writeCertificate(authority, 'wiretwin chains stranger');
	const trusted = [shared.pem];
	const issued = chains.map((chain, index): IssuedChain => {
		const host = hostOf(chain);
		const leafPlan = { ...server, san: [host.replace(/\.$/, '')], name: 'a server', ...chain.leaf };
		if (chain.selfSigned) {
			const leaf = writeCertificate({ ...leafPlan, name: `self-signed ${index}` }, `self ${index}`);
			if (!chain.untrusted) trusted.push(leaf.pem);
			return { chain, host, certPem: leaf.pem, keyPem: leaf.keyPem };
		}
		const root = chain.root
			? writeCertificate({ ...authority, name: `root ${index}`, ...chain.root }, `root ${index}`)
			: shared;
		if (chain.root && !chain.untrusted) trusted.push(root.pem);
		const sent: Record<string, FreeCertificate> = { root };
		let issuer = root;
		const plans = chain.via ?? [{}];
		for (let place = plans.length - 1; place >= 0; place--) {
			const plan = { ...intermediate, name: `intermediate ${index}.${place}`, ...plans[place] };
			const role = `intermediate ${index}.${place}`;
			if (place === 0) sent.cross = writeCertificate(plan, role, stranger);
			issuer = writeCertificate(plan, role, issuer);
			sent[`via${place}`] = issuer;
		}
		sent.leaf = writeCertificate(leafPlan, 'leaf', issuer);
		const names = chain.sends ?? ['leaf', ...plans.map((_plan, place) => `via${place}`)];
		return { chain, host, certPem: names.map((name) => sent[name]?.pem ?? '').join(''), keyPem: sent.leaf.keyPem };
	});
	return { issued, trusted };
}
