// Imports two copies of the facade, as two installed versions would be, and uses both. Errors recognise each other's.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { engineProfileJson, getProfile } from '@wiretwin/profiles';
import { bindingTarget } from '../../src/runtime.ts';
import { request } from './common.ts';

type Facade = typeof import('../../src/index.ts');

const folder = mkdtempSync(join(tmpdir(), 'wiretwin-copies-'));
process.env.WIRETWIN_BINDING_PATH ??= fileURLToPath(
	new URL(`../../wiretwin.${bindingTarget().replace(/-gnu$/, '')}.node`, import.meta.url),
);
const copies: Facade[] = [];
for (const name of ['one', 'two']) {
	for (const part of ['src', 'addons', 'package.json']) {
		cpSync(new URL(`../../${part}`, import.meta.url), join(folder, name, part), { recursive: true });
	}
	copies.push((await import(pathToFileURL(join(folder, name, 'src/index.ts')).href)) as Facade);
}
rmSync(folder, { recursive: true });
const [first, second] = await Promise.all(copies.map(fail));
console.log(first?.code, second?.code, copies[0]?.isNativeError(second) && copies[1]?.isNativeError(first));

function fail(facade: Facade): Promise<{ code: string }> {
	const transport = facade.createNativeTransport({ profile: engineProfileJson(getProfile('chrome')) });
	return new Promise((resolve, reject) => {
		transport.exchange(request('/', { port: 1 }), { onHead: reject, onError: resolve });
	});
}
