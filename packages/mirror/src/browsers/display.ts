import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { endProcess, endWithUs } from './process.ts';

/**
 * A virtual X display: Chromium says `HeadlessChrome` in its user agent without one. Xvfb picks a free number itself
 * and tells it on the descriptor given by `-displayfd`.
 */
export async function startDisplay(): Promise<{ name: string; close(): Promise<void> }> {
	const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
		stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
	});
	endWithUs(child);
	const numbers = child.stdio[3];
	if (!numbers || !('read' in numbers)) throw new Error('Xvfb gave no display descriptor');
	const number = await new Promise<string>((resolve, reject) => {
		createInterface({ input: numbers }).once('line', resolve);
		child.once('error', reject);
		child.once('exit', (code) => reject(new Error(`Xvfb ended with ${code}`)));
	});
	return { name: `:${number.trim()}`, close: () => endProcess(child) };
}
