import { about } from '@wiretwin/core-native';
import { getProfile } from '@wiretwin/profiles';
import { version } from '#literal';
import { chooseProxies } from '../options/proxy-choice.ts';
import type { CliStreams } from './run.ts';

const dayMs = 86_400_000;
const proxyVariables = ['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'no_proxy', 'NO_PROXY'];

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
	say('wiretwin', () => version);
	say('runtime', () => about().runtime);
	say('addon', () => `${about().target}, ${about().addon}`);
	say('roots', () => {
		const { roots, rootsPublished } = about();
		const days = Math.max(0, Math.floor((Date.now() - Date.parse(rootsPublished)) / dayMs));
		return `Mozilla's, ${roots} of ${rootsPublished}, ${days} days old`;
	});
	say('browser', () => {
		const { name, os } = getProfile('chrome');
		return `chrome is ${name} on ${os}`;
	});
	say('proxies', () => {
		const { https, http } = chooseProxies('env');
		const shown = (proxy: typeof https) =>
			proxy ? `${proxy.native.kind}://${proxy.native.host}:${proxy.native.port}` : 'none';
		const set = proxyVariables.filter((name) => (process.env[name] ?? '') !== '');
		return `https ${shown(https)}, http ${shown(http)}${set.length === 0 ? '' : ` (${set.join(', ')})`}`;
	});
	return status;
}
