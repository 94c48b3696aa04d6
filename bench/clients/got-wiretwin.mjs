// got over wiretwin for the side-by-side harness, as a user would write it; the harness's own `got` is got on Node's https
// and got's own HTTP/2.
import { Readable } from 'node:stream';

let createSession;
let createGot;

export default {
	async load() {
		({ createSession } = await import('wiretwin'));
		({ createGot } = await import('@wiretwin/got-adapter'));
	},
	async session() {
		const session = createSession({ browser: 'chrome', insecure: true });
		const got = createGot(session).extend({ retry: { limit: 0 } });
		return {
			async get(url) {
				const response = await got(url);
				return { status: response.statusCode, text: response.body };
			},
			async bytes(url) {
				return (await got(url, { responseType: 'buffer' })).body.length;
			},
			stream: (url, onChunk) =>
				new Promise((resolve, reject) => {
					got.stream(url).on('data', onChunk).on('end', resolve).on('error', reject);
				}),
			async streamSlow(url, wait) {
				const stream = got.stream(url).on('error', () => {});
				await stream[Symbol.asyncIterator]().next();
				await wait();
				stream.destroy();
			},
			async upload(url, body) {
				return got.post(url, { body: Readable.fromWeb(body) }).json();
			},
			close: () => session.close(),
		};
	},
};
