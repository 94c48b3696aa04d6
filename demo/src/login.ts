import { startMirror } from '@wiretwin/mirror';
import { withSession } from 'wiretwin';
import { bold, dim } from './table.ts';

/** Logs in as a person would: form, POST, cookie, redirect, dashboard; then prints the jar. */
export async function showLoginFlow(write: (line: string) => void): Promise<void> {
	write(bold('A login in one session'));
	const mirror = await startMirror();
	await withSession(
		async (session) => {
			const step = (what: string, response: Response): void =>
				write(`  ${what.padEnd(34)} ${response.status} ${dim(new URL(response.url).pathname)}`);
			const form = await session.fetch(`${mirror.url}/login`);
			await form.text();
			step('GET  the form', form);
			const landing = await session.fetch(`${mirror.url}/login`, {
				method: 'POST',
				body: new URLSearchParams({ user: 'ada', password: 'open sesame' }),
			});
			const page = await landing.text();
			step('POST it, follow the redirect', landing);
			write(
				`  ${dim(
					page
						.replaceAll(/<[^>]+>/g, ' ')
						.replaceAll(/\s+/g, ' ')
						.trim()
						.slice(0, 100),
				)}`,
			);
			for (const [name, value] of Object.entries(session.getCookies(mirror.url))) {
				write(`  cookie ${bold(name)} = ${value}`);
			}
		},
		{ browser: 'chrome', ca: mirror.caPem },
	).finally(() => mirror.close());
}
