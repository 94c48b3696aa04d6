import type { Profile } from '@wiretwin/profiles';
import { edited } from '../perturbations.ts';

/** Something that a profile says wrong of names on purpose, and the case that has to show it. */
export type NameError = {
	name: string;
	kind: 'plain' | 'doh';
	/** Name of the case. */
	shownBy: string;
	alter(dns: NamesSection): void;
};

type Asking = { wait: { mode: string }; upgrades: string };
type NamesSection = {
	records: { plain: Asking; overHttps: Asking; followsPort: boolean } | null;
	alwaysAsksIpv6?: boolean;
};

/** Each with what the other browser does, or with nothing at all. */
export const nameErrors: readonly NameError[] = [
	{
		name: 'HTTPS records are not asked for',
		kind: 'plain',
		shownBy: 'service',
		alter(dns) {
			dns.records = null;
		},
	},
	{
		name: 'IPv6 addresses are asked for by the other rule',
		kind: 'plain',
		shownBy: 'no-record',
		alter(dns) {
			dns.alwaysAsksIpv6 = !dns.alwaysAsksIpv6;
		},
	},
	{
		name: 'a record for another port counts the other way',
		kind: 'doh',
		shownBy: 'port',
		alter({ records }) {
			if (records) records.followsPort = !records.followsPort;
		},
	},
	{
		name: 'http goes on to https by the other rule',
		kind: 'doh',
		shownBy: 'plain-alias',
		alter({ records }) {
			if (records) records.overHttps.upgrades = records.overHttps.upgrades === 'any' ? 'service' : 'any';
		},
	},
	{
		name: 'a late record is waited for the other way',
		kind: 'doh',
		shownBy: 'records-late',
		alter({ records }) {
			if (records) records.overHttps.wait = { mode: records.overHttps.wait.mode === 'answer' ? 'none' : 'answer' };
		},
	},
];

export function withError(profile: Profile, { alter }: NameError): Profile {
	return edited(profile, ({ dns }) => alter(dns as unknown as NamesSection));
}
