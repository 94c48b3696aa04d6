import { withSession } from 'wiretwin';
import { capturedProfiles } from './browser-capture.ts';
import { bold } from './table.ts';

/** Navigates to `url` with each profile and prints what came back. */
export async function visit(url: string, write: (line: string) => void): Promise<void> {
	for (const browser of capturedProfiles) {
		await withSession(
			async (session) => {
				const response = await session.fetch(url);
				const body = await response.text();
				const tls = response.tls ? `${response.tls.version} ${response.tls.cipher}` : 'no TLS';
				write(bold(`${browser}: ${response.status} over HTTP/${response.httpVersion}, ${tls}`));
				write(`  ${response.url}, ${body.length} characters, ${Math.round(response.timings.total ?? 0)} ms`);
				const { rawHeaders } = response;
				for (let i = 0; i + 1 < rawHeaders.length; i += 2) write(`  ${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
			},
			{ browser, os: 'linux', timeout: 30_000 },
		);
	}
}
