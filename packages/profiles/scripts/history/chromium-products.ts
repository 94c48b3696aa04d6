/** Where products built on Chromium differ from Chrome of the same number. Changes are numbered by Chromium release. */
import type { Change } from './changes.ts';
import type { ChromiumFacts } from './chromium.ts';

/** Chrome for Android: the desktop got the hybrid key exchange first. */
export const androidChanges: ReadonlyArray<Change<ChromiumFacts>> = [
	{
		since: 124,
		facts: { hybridGroup: null, paddingTo: 512 },
		source: 'curl-impersonate signature 131.0.6778.81 Android: X25519 alone; which release brought ML-KEM is not known',
	},
	// Undoes what the desktop changed in 131.
	{ since: 131, facts: { hybridGroup: null }, source: 'as since 124' },
	{
		since: 143,
		facts: { hybridGroup: 0x11ec, paddingTo: null },
		source:
			'published browserleaks record of Chrome 143 on Android: X25519MLKEM768; the releases in between are not known',
	},
];

/** Edge. */
export const edgeChanges: ReadonlyArray<Change<ChromiumFacts>> = [
	{
		since: 100,
		facts: { avif: false },
		source: 'curl-impersonate signatures of Edge 98 to 120: accept without image/avif; wreq-util has it, not believed',
	},
	{
		since: 121,
		facts: { avif: true },
		source: 'Edge 121 release notes: AVIF; published request logs of 121 and later',
	},
	{
		since: 133,
		facts: { alpsCodepoint: 17_513 },
		source: 'wreq-util: Edge 134 still has 17513, 135 has 17613 (Chrome turned it on by a field trial in 133)',
	},
	{ since: 135, facts: { alpsCodepoint: 17_613 }, source: 'wreq-util: Edge 135' },
];

/** Opera. */
export const operaChanges: ReadonlyArray<Change<ChromiumFacts>> = [
	{
		since: 133,
		facts: { alpsCodepoint: 17_513 },
		source: 'wreq-util: Opera 118 and 119 have 17513, as Edge 134 has',
	},
	{
		since: 135,
		facts: { alpsCodepoint: 17_613 },
		source: 'derived: on by default since Chromium 135, see Edge; wreq-util keeps 17513 up to Opera 131, not believed',
	},
];
