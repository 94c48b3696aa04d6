// Makes a transport with a profile that the addon does not know; prints the error.
import { engineProfileJson, getProfile } from '@wiretwin/profiles';
import { createNativeTransport } from '../../src/index.ts';

const known = JSON.parse(engineProfileJson(getProfile('chrome')));
try {
	createNativeTransport({ profile: JSON.stringify({ ...known, http1: { ...known.http1, addedYesterday: true } }) });
} catch (error) {
	console.log((error as { code: string }).code, (error as Error).message);
}
