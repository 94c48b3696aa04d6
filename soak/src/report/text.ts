import type { Finding, Sample, Tally } from '../plan.ts';
import type { Judgement } from './judge.ts';

const MEGABYTE = 1e6;
const MOST_SHOWN = 30;

/** One line on how it goes. */
export function progressLine(sample: Sample, findings: number): string {
	const { at, inFlight, exchanges, connections, done, resident, heap, descriptors, handles, delayMedian } = sample;
	const time = `${Math.floor(at / 60_000)}:${String(Math.floor(at / 1000) % 60).padStart(2, '0')}`;
	return [
		time,
		`${done} done`,
		`${inFlight} in flight (${exchanges} exchanges, ${connections} connections)`,
		`${megabytes(resident)} resident, ${megabytes(heap)} heap`,
		`${descriptors} descriptors, ${handles} handles`,
		`${Math.round(delayMedian)} ms delay`,
		`${findings} findings`,
	].join(' | ');
}

/** What came of it. */
export function reportText(tally: Tally, findings: readonly Finding[], judgements: Judgement[] | undefined): string {
	const lines = ['How the actions ended:'];
	for (const [action, outcomes] of Object.entries(tally).sort()) {
		const ends = Object.entries(outcomes).sort(([, one], [, other]) => other - one);
		lines.push(`  ${action}: ${ends.map(([name, count]) => `${name} ${count}`).join(', ')}`);
	}
	lines.push('', 'The last third beside the second:');
	if (!judgements) lines.push('  too short to tell a leak from the start: findings alone decide');
	for (const { name, second, last, grows, decides } of judgements ?? []) {
		const change =
			second === 0 ? '' : ` (${last >= second ? '+' : ''}${((100 * (last - second)) / second).toFixed(1)} %)`;
		lines.push(
			`  ${grows ? (decides ? 'GROWS' : 'grows, decides nothing:') : 'ok   '} ${name}: ${figure(name, second)} then ${figure(name, last)}${change}`,
		);
	}
	lines.push('', findings.length === 0 ? 'No findings.' : 'Findings:');
	const shown = findings.slice(0, MOST_SHOWN);
	lines.push(...shown.map((finding) => `  ${findingLine(finding)}`));
	if (findings.length > shown.length) lines.push(`  and ${findings.length - shown.length} more in soak.json`);
	return `${lines.join('\n')}\n`;
}

/** A finding in a line. */
export function findingLine({ at, action, what }: Finding): string {
	return `at ${Math.round(at / 1000)} s, ${action}: ${what}`;
}

function figure(name: string, value: number): string {
	if (/memory|heap/.test(name)) return megabytes(value);
	return name.includes('delay') ? `${value.toFixed(1)} ms` : String(value);
}

function megabytes(bytes: number): string {
	return `${(bytes / MEGABYTE).toFixed(1)} MB`;
}
