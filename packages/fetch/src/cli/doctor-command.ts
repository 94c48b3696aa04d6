import { readFileSync } from 'node:fs';
import { networkInterfaces, release, type } from 'node:os';
import { dirname, join } from 'node:path';
import { about } from '@wiretwin/core-native';
import { getProfile } from '@wiretwin/profiles';
import { packageVersion } from '#literal';
import { chooseProxies } from '../options/proxy-choice.ts';
import type { CliStreams } from './run.ts';

const dayMs = 86_400_000;
const proxyVariables = ['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'no_proxy', 'NO_PROXY'];

const nodeVariables = ['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'NODE_TLS_REJECT_UNAUTHORIZED', 'WIRETWIN_BINDING_PATH'];
const clients = [
	'@wiretwin/http-agent',
	'@wiretwin/got-adapter',
	'@wiretwin/ky-adapter',
	'@wiretwin/undici-dispatcher',
	'@wiretwin/crawlee-client',
	'got',
	'ky',
	'undici',
	'axios',
	'@crawlee/core',
	'tough-cookie',
];

/** `wiretwin doctor`: what a report of a fault needs, without secrets. Exit status 1 if something here cannot work. */
export function doctorCommand({ stdout }: CliStreams): number {
	let status = 0;
	let said = '';
	const say = (name: string, look: () => string) => {
		let text: string;
		try {
			text = look();
		} catch (error) {
			const reason = error instanceof Error ? error.message : String(error);
			text = reason === said ? 'FAILS, as above' : `FAILS: ${reason}`;
			said = reason;
			status = 1;
		}
		stdout.write(`${`${name}:`.padEnd(10)}${text}\n`);
	};
	say('wiretwin', packageVersion);
	say('runtime', () => about().runtime);
	say('addon', () => {
		const { addon, build, stale, target } = about();
		return `${target}, build ${build}${stale ? ', older than the sources beside it' : ''}, ${addon}`;
	});
	say('roots', () => {
		const { roots, rootsPublished } = about();
		const days = Math.max(0, Math.floor((Date.now() - Date.parse(rootsPublished)) / dayMs));
		return `Mozilla's, ${roots} of ${rootsPublished}, ${days} days old`;
	});
	say('browser', () => {
		const { name, os, document } = getProfile('chrome');
		return `chrome is ${name} on ${os}, ${document.verified}`;
	});
	say('system', () => `${type()} ${release()}, ${families()}, ${openFiles()} open files`);
	say('clock', () => `${new Date().toISOString()}, ${Intl.DateTimeFormat().resolvedOptions().timeZone}`);
	say('packages', () => installed().join(', ') || 'none of the adapters or their clients');
	say('proxies', () => {
		const { https, http } = chooseProxies('env');
		const shown = (proxy: typeof https) =>
			proxy ? `${proxy.native.kind}://${proxy.native.host}:${proxy.native.port}` : 'none';
		const set = proxyVariables.filter((name) => (process.env[name] ?? '') !== '');
		return `https ${shown(https)}, http ${shown(http)}${set.length === 0 ? '' : ` (${set.join(', ')})`}`;
	});
	// Their values can hold secrets.
	say('set', () => nodeVariables.filter((name) => (process.env[name] ?? '') !== '').join(', ') || 'nothing of note');
	return status;
}

/** Families of the addresses that this machine has, loopback apart. */
function families(): string {
	const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
	const found = new Set(addresses.filter(({ internal }) => !internal).map(({ family }) => family));
	return [...found].sort().join(' and ') || 'no address';
}

function openFiles(): string {
	// `excludeNetwork` is newer than the type, and not every runtime has reports.
	const reporter: (NodeJS.ProcessReport & { excludeNetwork?: boolean }) | undefined = process.report;
	if (!reporter) return 'unknown';
	reporter.excludeNetwork = true;
	const { userLimits } = reporter.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
	return String(userLimits?.open_files?.soft ?? 'unknown');
}

/** Versions of what is installed where the command runs. */
function installed(): string[] {
	return clients.flatMap((name) => {
		for (let folder = process.cwd(); ; folder = dirname(folder)) {
			try {
				const text = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8');
				return [`${name} ${(JSON.parse(text) as { version?: unknown }).version}`];
			} catch {
				if (dirname(folder) === folder) return [];
			}
		}
	});
}
