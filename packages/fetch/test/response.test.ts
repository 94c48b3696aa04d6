import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { BodySource } from '../src/response/body-source.ts';
import { type ResponseFacts, WiretwinResponse } from '../src/response/wiretwin-response.ts';
import { BytesSource } from './support/bytes-source.ts';

const facts = (overrides: Partial<ResponseFacts> = {}): ResponseFacts => ({
	status: 201,
	statusText: 'Created',
	url: 'https://a.test/x',
	rawHeaders: ['Content-Type', 'text/plain', 'X-One', '1', 'set-cookie', 'a=1', 'Set-Cookie', 'b=2'],
	connection: {
		httpVersion: '2',
		remoteAddress: '127.0.0.1',
		remotePort: 443,
		localAddress: '127.0.0.1',
		localPort: 1,
		reused: false,
	},
	redirects: [],
	timings: () => ({ head: 1 }),
	trailers: () => ['x-sum', 'abc'],
	signal: undefined,
	...overrides,
});

/** Source that hands out the given pieces and counts what happens to it. */
class Pieces implements BodySource {
	reads = 0;
	cancelled = 0;
	readonly #pieces: string[];
	constructor(...pieces: string[]) {
		this.#pieces = pieces;
	}
	async read() {
		this.reads += 1;
		const piece = this.#pieces.shift();
		return piece === undefined ? null : Buffer.from(piece);
	}
	async readAll() {
		return Buffer.from(this.#pieces.splice(0).join(''));
	}
	takeBuffered() {
		return undefined;
	}
	cancel() {
		this.cancelled += 1;
	}
}

const make = (...pieces: string[]) => new WiretwinResponse(facts(), new Pieces(...pieces));

describe('a response', () => {
	it('is a Response and shows the facts', () => {
		const response = make('x');
		expect(response).toBeInstanceOf(Response);
		expect(Object.prototype.toString.call(response)).toBe('[object Response]');
		expect(response).toMatchObject({
			status: 201,
			statusText: 'Created',
			ok: true,
			url: 'https://a.test/x',
			redirected: false,
			type: 'basic',
		});
		expect(response.headers.get('x-one')).toBe('1');
		expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
		expect(response.rawHeaders[0]).toBe('Content-Type');
		expect(response.trailers.get('x-sum')).toBe('abc');
		expect(inspect(response)).toContain('201');
	});
	it.each(['text', 'json', 'bytes', 'arrayBuffer', 'blob'] as const)('%s reads the body once', async (member) => {
		const response = make('[1,', '2]');
		const value: unknown = await response[member]();
		const expected = { text: '[1,2]', json: [1, 2] } as Record<string, unknown>;
		if (member in expected) expect(value).toEqual(expected[member]);
		else expect(Buffer.from(await new Response(value as Blob).arrayBuffer()).toString()).toBe('[1,2]');
		expect(response.bodyUsed).toBe(true);
		await expect(response.text()).rejects.toMatchObject({ code: 'ERR_BODY_USED', name: 'StateError' });
		await expect(response[member]()).rejects.toBeInstanceOf(TypeError);
		expect(() => response.clone()).toThrow(expect.objectContaining({ code: 'ERR_BODY_USED' }));
	});
	it('formData is parsed by the content type', async () => {
		const type = ['content-type', 'application/x-www-form-urlencoded'];
		const response = new WiretwinResponse(facts({ rawHeaders: type }), new BytesSource(Buffer.from('a=1&b=%20')));
		expect([...(await response.formData())]).toEqual([
			['a', '1'],
			['b', ' '],
		]);
	});
	it('text drops a byte order mark and replaces broken UTF-8', async () => {
		const response = new WiretwinResponse(facts(), new BytesSource(Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff])));
		expect(await response.text()).toBe('a\ufffd');
	});
	it('without a body has null and empty text', async () => {
		const response = new WiretwinResponse(facts({ status: 204 }), null);
		expect(response.body).toBeNull();
		expect(await response.text()).toBe('');
		expect(response.bodyUsed).toBe(false);
		expect(response.clone().status).toBe(204);
	});
	it('arrayBuffer of a piece of a larger buffer holds only the piece', async () => {
		const bytes = Buffer.from('xabcx').subarray(1, 4);
		const response = new WiretwinResponse(facts(), new BytesSource(bytes));
		expect((await response.arrayBuffer()).byteLength).toBe(3);
	});
});

describe('the body stream', () => {
	it('reads nothing before somebody reads', async () => {
		const source = new Pieces('a', 'b');
		const response = new WiretwinResponse(facts(), source);
		const reader = response.body?.getReader();
		await new Promise(setImmediate);
		expect(source.reads).toBe(0);
		expect(response.bodyUsed).toBe(false);
		await reader?.read();
		expect(source.reads).toBe(1);
		expect(response.bodyUsed).toBe(true);
	});
	it('can be iterated', async () => {
		let text = '';
		for await (const chunk of make('a', 'b', 'c').body ?? []) text += Buffer.from(chunk).toString();
		expect(text).toBe('abc');
	});
	it('is a byte stream: a BYOB reader gets pieces of its own size', async () => {
		const reader = make('abcde').body?.getReader({ mode: 'byob' });
		const texts: string[] = [];
		for (;;) {
			const { done, value } = (await reader?.read(new Uint8Array(2))) ?? { done: true, value: undefined };
			if (done) break;
			texts.push(Buffer.from(value as Uint8Array).toString());
		}
		expect(texts).toEqual(['ab', 'cd', 'e']);
	});
	it('cancelled gives the source up', async () => {
		const source = new Pieces('a');
		await new WiretwinResponse(facts(), source).body?.cancel();
		expect(source.cancelled).toBe(1);
	});
	it('that is locked blocks text() and clone()', async () => {
		const response = make('a');
		response.body?.getReader();
		await expect(response.text()).rejects.toMatchObject({ code: 'ERR_BODY_USED' });
		expect(() => response.clone()).toThrow();
	});
	it('touched but not read still lets text() work', async () => {
		const response = make('a', 'b');
		expect(response.body).toBe(response.body);
		expect(await response.text()).toBe('ab');
	});
	it('an error of the source is the error of the reader', async () => {
		const source = new Pieces();
		source.read = () => Promise.reject(new Error('cut'));
		const reader = new WiretwinResponse(facts(), source).body?.getReader();
		await expect(reader?.read()).rejects.toThrow('cut');
	});
});

describe('clone', () => {
	it('keeps url, type and facts, and both halves read the whole body', async () => {
		const response = new WiretwinResponse(
			facts({ redirects: [{ url: 'https://a.test/', status: 302, location: 'https://a.test/x' }] }),
			new Pieces('a', 'b'),
		);
		const copy = response.clone();
		expect(copy).toBeInstanceOf(WiretwinResponse);
		expect(copy).toMatchObject({ url: 'https://a.test/x', redirected: true, type: 'basic', status: 201 });
		expect(await copy.text()).toBe('ab');
		expect(copy.bodyUsed).toBe(true);
		expect(response.bodyUsed).toBe(false);
		expect(await response.text()).toBe('ab');
	});
	it('of a clone works', async () => {
		const copy = make('a', 'b').clone().clone();
		expect(await copy.json().catch(() => 'no json')).toBe('no json');
	});
	it('streams in one half', async () => {
		const response = make('a', 'b');
		const copy = response.clone();
		const reader = copy.body?.getReader();
		expect(Buffer.from((await reader?.read())?.value ?? '').toString()).toBe('a');
		expect(copy.bodyUsed).toBe(true);
		expect(await response.text()).toBe('ab');
	});
});

it('B08 a response that nobody keeps gives its body up', async () => {
	const source = new Pieces('a');
	(() => new WiretwinResponse(facts(), source).status)();
	setFlagsFromString('--expose-gc');
	const collect = vm.runInNewContext('gc') as () => void;
	for (let turn = 0; turn < 100 && source.cancelled === 0; turn++) {
		collect();
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
	expect(source.cancelled).toBe(1);
});
