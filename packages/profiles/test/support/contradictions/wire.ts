/** TLS and HTTP/2 of the same release and system. Sources: scripts/history. */
import { differ, type Invariant, type View } from './view.ts';

const X25519_KYBER768_DRAFT00 = 0x6399;
const X25519_MLKEM768 = 0x11ec;
const HYBRIDS: readonly unknown[] = [X25519_KYBER768_DRAFT00, X25519_MLKEM768];

/** Post-quantum group of a release. */
function hybridOf({ family, major, profile }: View): number | undefined {
	if (family === 'chromium') {
		if (profile.browser === 'chrome_android') return major >= 143 ? X25519_MLKEM768 : undefined;
		return major >= 131 ? X25519_MLKEM768 : major >= 124 ? X25519_KYBER768_DRAFT00 : undefined;
	}
	if (family === 'firefox') return major >= (profile.os === 'android' ? 145 : 132) ? X25519_MLKEM768 : undefined;
	// Apple's systems from 26 on; Safari 26 on an older macOS speaks like that one.
	if (family === 'safari') return profile.document.tls.paddingTo === null ? X25519_MLKEM768 : undefined;
	return profile.name === 'okhttp_5' ? X25519_MLKEM768 : undefined;
}

const groupsOf = ({ profile }: View, key: 'groups' | 'keyShares') =>
	(profile.document.tls[key] as readonly number[]).filter((group) => HYBRIDS.includes(group));

function setting({ profile }: View, id: number): unknown {
	return (profile.document.http2.settings as ReadonlyArray<readonly [number, number]>).find(([key]) => key === id)?.[1];
}

export const wireInvariants: readonly Invariant[] = [
	{
		name: 'the post-quantum group is that of release and system, with a key share',
		fails: (view) => {
			const wanted = hybridOf(view);
			const list = wanted === undefined ? [] : [wanted];
			return differ('hybrid groups', [groupsOf(view, 'groups'), groupsOf(view, 'keyShares')], [list, list]);
		},
	},
	{
		name: "encrypted hellos from 119 on, and not Safari's",
		of: ['chromium', 'firefox', 'safari'],
		fails: ({ profile, family, major }) =>
			differ('ech', profile.document.tls.ech !== null, family !== 'safari' && major >= 119),
	},
	{
		name: "GREASE is Chromium's and Safari's",
		fails: ({ profile, family }) =>
			differ('grease', profile.document.tls.grease, family === 'chromium' || family === 'safari'),
	},
	{
		name: "trust anchors are Chromium's, from 152 on",
		fails: ({ profile, family, major }) =>
			differ('trust anchors', profile.document.tls.trustAnchors !== null, family === 'chromium' && major >= 152),
	},
	{
		name: "application settings are Chromium's, with the number of the release",
		fails: ({ profile, family, major }) => {
			const second = profile.browser === 'edge' || profile.browser === 'opera' ? 135 : 133;
			const codepoint = (profile.document.tls.alps as { codepoint?: unknown } | null)?.codepoint;
			return differ(
				'application settings',
				codepoint,
				family !== 'chromium' ? undefined : major >= second ? 17_613 : 17_513,
			);
		},
	},
	{
		name: 'Firefox has a small table and a small window on Android, and there alone',
		of: ['firefox'],
		fails: (view) =>
			differ(
				'table and window',
				[setting(view, 1), setting(view, 4)],
				view.os === 'android' ? [4096, 32_768] : [65_536, 131_072],
			),
	},
];
