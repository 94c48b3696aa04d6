import { getProfile, type Profile, type ProfileDocument } from '@wiretwin/profiles';
import { defineProfile } from '../../src/index.ts';

/** A browser that waits as long as a test likes for the end of a WebSocket, milliseconds. */
export function closingAfter(browser: string, answerMs: number, endMs = answerMs): Profile {
	const document = structuredClone(getProfile(browser).document) as unknown as {
		name: string;
		headers: { webSocketClose: { answerMs: number; endMs: number } };
	};
	document.name = 'patience_1';
	document.headers.webSocketClose = { answerMs, endMs };
	return defineProfile(document as unknown as ProfileDocument);
}
