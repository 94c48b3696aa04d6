import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Mirror, mirrorHosts } from '../../src/index.ts';

const execute = promisify(execFile);

/** A browser that visits one URL; ends with its profile on dispose. */
export type Visit = AsyncDisposable;

/** Opens a URL in headless Chromium with a fresh profile that trusts the mirror (NSS, no certificate-error flags). */
export async function visitWithChromium(mirror: Mirror, url: string): Promise<Visit> {
	const home = await mkdtemp(join(tmpdir(), 'mirror-chromium-'));
	await trust(join(home, '.pki', 'nssdb'), mirror);
	const rules = mirrorHosts.map((host) => `MAP ${host} 127.0.0.1`).join(',');
	const flags = [
		'--headless',
		'--no-sandbox',
		'--disable-gpu',
		'--no-first-run',
		`--user-data-dir=${join(home, 'profile')}`,
	];
	return start('chromium', [...flags, `--host-resolver-rules=${rules}`, '--remote-debugging-port=0', url], home);
}

/** Opens a URL in headless Firefox with a fresh profile that trusts the mirror. */
export async function visitWithFirefox(mirror: Mirror, url: string): Promise<Visit> {
	const home = await mkdtemp(join(tmpdir(), 'mirror-firefox-'));
	const profile = join(home, 'profile');
	await trust(profile, mirror);
	const preferences: Record<string, string | boolean | number> = {
		'network.dns.localDomains': mirrorHosts.join(','),
		'browser.shell.checkDefaultBrowser': false,
		'datareporting.policy.dataSubmissionEnabled': false,
		'toolkit.telemetry.enabled': false,
		'app.update.enabled': false,
		'network.captive-portal-service.enabled': false,
		'network.connectivity-service.enabled': false,
	};
	const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`);
	await writeFile(join(profile, 'user.js'), lines.join('\n'));
	return start('firefox-esr', ['--headless', '--no-remote', '--profile', profile, url], home);
}

async function trust(folder: string, mirror: Mirror): Promise<void> {
	await mkdir(folder, { recursive: true });
	const pem = join(folder, 'mirror-ca.pem');
	await writeFile(pem, mirror.caPem);
	await execute('certutil', ['-N', '-d', `sql:${folder}`, '--empty-password']);
	await execute('certutil', ['-A', '-d', `sql:${folder}`, '-n', 'mirror', '-t', 'CT,,', '-i', pem]);
}

async function start(program: string, flags: string[], home: string): Promise<Visit> {
	const child = spawn(program, flags, { env: { ...process.env, HOME: home }, stdio: 'ignore', detached: true });
	await once(child, 'spawn');
	return {
		async [Symbol.asyncDispose]() {
			const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
			// Its own process group: helper processes go with it.
			if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
			await ended;
			await rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
		},
	};
}
