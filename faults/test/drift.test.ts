import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { sharedAuthority, startFault } from '@wiretwin/mirror';
import { describe, expect, test } from 'vitest';
import { proxyOptions } from './support/fault-table.ts';
import type { Plan, Report } from './support/repeat-program.ts';

const REPEATS = 500;
/**
 * Measured rounds at most, after one to get warm. V8 enlarges its heap in the first two or three of them; the first that needs
 * no more is the last.
 */
const ROUNDS = 8;
/** A leak of 2 kB a request grows in every round; V8 and the allocator take a step of many megabytes in one of them. */
const MAX_GROWTH = 1024 * 1024;

describe('C04 500 more failures keep no memory', { timeout: 120_000 }, () => {
	test.concurrent.each([
		['F01', 'two-fields', 'ERR_H1_FRAMING'],
		['B03', 'gzip-corrupted', 'ERR_DECODE_GZIP'],
		['H09', 'uppercase', 'ERR_H2_PROTOCOL'],
		['T01', 'expired', 'ERR_TLS_CERT_EXPIRED'],
		['T04', 'accept-then-eof', 'ERR_TLS_CLOSED'],
		['P01', 'status-403', 'ERR_PROXY_REFUSED'],
	])('C04 %s %s', async (id, variant, code) => {
		await using fault = await startFault(id, { variant });
		const url = fault.url.startsWith('https') ? `${fault.url}/path` : 'https://target.example/path';
		const report = await runClient({ url, options: proxyOptions(fault.url) });
		expect(report.codes).toEqual({ [code]: report.growth.length * REPEATS + REPEATS });
		expect(report.growth.at(-1)).toBeLessThan(MAX_GROWTH);
	});

	test.concurrent('C04 refused connections', async () => {
		const gone = await startFault('F01');
		await gone.close();
		const report = await runClient({ url: gone.url });
		expect(report.codes).toEqual({ ERR_CONNECTION_REFUSED: report.growth.length * REPEATS + REPEATS });
		expect(report.growth.at(-1)).toBeLessThan(MAX_GROWTH);
		expect(report.connections).toBe(0);
	});

	test.concurrent('C06 a session per request, closed at once', async () => {
		await using fault = await startFault('F07', { variant: 'missing-reason' });
		const report = await runClient({ url: fault.url, newSession: true });
		expect(report.codes).toEqual({ none: report.growth.length * REPEATS + REPEATS });
		expect(report.growth.at(-1)).toBeLessThan(MAX_GROWTH);
	});
});

/** Runs the plan in a process of its own. */
async function runClient(plan: Pick<Plan, 'url'> & Partial<Plan>): Promise<Report> {
	const whole: Plan = {
		repeats: REPEATS,
		rounds: ROUNDS,
		limit: MAX_GROWTH,
		newSession: false,
		...plan,
		options: { ...plan.options, ca: sharedAuthority().caPem },
	};
	const program = fileURLToPath(new URL('support/repeat-program.ts', import.meta.url));
	const flags = ['--expose-gc', '--conditions=wiretwin-source', '--disable-warning=ExperimentalWarning'];
	const child = spawn(process.execPath, [...flags, program, JSON.stringify(whole)], {
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let output = '';
	let complaints = '';
	child.stdout.on('data', (text) => {
		output += String(text);
	});
	child.stderr.on('data', (text) => {
		complaints += String(text);
	});
	const status = await new Promise((resolve) => child.on('close', resolve));
	expect({ status, complaints }).toEqual({ status: 0, complaints: '' });
	return JSON.parse(output) as Report;
}
