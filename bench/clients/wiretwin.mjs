// wiretwin for the side-by-side harness (see ../README.md). One session a `session()`, as a user would write it.
let createSession;

const drain = async (body, onChunk) => {
	for await (const chunk of body) onChunk(chunk);
};

export default {
	async load() {
		({ createSession } = await import('wiretwin'));
	},
	async session() {
		const session = await createSession({ browser: 'chrome', insecure: true });
		return {
			async get(url) {
				const response = await session.fetch(url);
				return { status: response.status, text: await response.text() };
			},
			async bytes(url) {
				return (await (await session.fetch(url)).arrayBuffer()).byteLength;
			},
			async stream(url, onChunk) {
				await drain((await session.fetch(url)).body, onChunk);
			},
			async streamSlow(url, wait) {
				const reader = (await session.fetch(url)).body.getReader();
				await reader.read();
				await wait();
				reader.cancel().catch(() => {});
			},
			async upload(url, body) {
				return (await session.fetch(url, { method: 'POST', body, duplex: 'half' })).json();
			},
			close: () => session.close(),
		};
	},
};
