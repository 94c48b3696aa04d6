import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onDesktop } from '../src/browsers/chromium.ts';
import { startChromium } from '../src/browsers/index.ts';
import { createAuthority, mirrorHosts, startMirror } from '../src/index.ts';

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'wiretwin-desktop-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** As Chromium is started where no database of ours says whom it trusts: only the server's key is named. */
test('Chromium takes a key that it is told of for a valid certificate, and resumes', async () => {
	const authority = createAuthority();
	await using mirror = await startMirror({ authority });
	const { certificatePem } = authority.serverIdentity('trusted');
	const program = join(folder, 'chromium');
	const flags = onDesktop({ certificatePem }).flags.join(' ');
	await writeFile(program, `#!/bin/sh\nexec chromium ${flags} "$@"\n`, { mode: 0o755 });
	const stranger = createAuthority();
	const browser = await startChromium({ caPem: stranger.caPem, hosts: mirrorHosts, program });
	try {
		await browser.navigate(`${mirror.urlFor('www.mirror.test')}/t/page.html`);
		expect(await browser.evaluate('isSecureContext && document.title !== "" && performance.timeOrigin > 0')).toBe(true);
		mirror.destroyConnections();
		await browser.navigate(`${mirror.urlFor('www.mirror.test')}/t/page.html?again`);
		const used = mirror.connections.filter(({ requests }) => requests.length > 0);
		expect(used.map(({ resumed }) => resumed)).toEqual([false, true]);
	} finally {
		await browser.close();
	}
});
