import { Readable } from 'node:stream';
import vm from 'node:vm';
import { getProfile } from '@wiretwin/profiles';
import { describe, expect, it } from 'vitest';
import { extractBody, type RequestBody } from '../src/body/request-body.ts';

const chrome = getProfile('chrome_156');
const firefox = getProfile('firefox_153');
const extract = (input: unknown) => extractBody(input, chrome, false);

async function bytesOf(body: RequestBody): Promise<Buffer> {
	if (body.kind === 'bytes') return Buffer.from(body.bytes);
	const chunks: Uint8Array[] = [];
	for await (const chunk of body.open().chunks) chunks.push(chunk);
	return Buffer.concat(chunks);
}

describe('bodies', () => {
	it('text is UTF-8 with its type', async () => {
		const body = extract('grüße');
		expect(body.contentType).toBe('text/plain;charset=UTF-8');
		expect((await bytesOf(body)).toString()).toBe('grüße');
	});
	it.each([
		['Buffer', () => Buffer.from('abc')],
		['Uint8Array view', () => new Uint8Array(Buffer.from('xabcx')).subarray(1, 4)],
		['DataView', () => new DataView(new Uint8Array(Buffer.from('xabcx')).buffer, 1, 3)],
		['ArrayBuffer', () => new Uint8Array(Buffer.from('abc')).buffer],
		['foreign ArrayBuffer', () => vm.runInNewContext('Uint8Array.from([97, 98, 99]).buffer') as unknown],
	])('%s goes out as its bytes, without a type', async (_, make) => {
		const body = extract(make());
		expect(body.contentType).toBeUndefined();
		expect((await bytesOf(body)).toString()).toBe('abc');
	});
	it('bytes are copied: a later change does not reach the wire', async () => {
		const buffer = Buffer.from('abc');
		const body = extract(buffer);
		buffer.fill(0);
		expect((await bytesOf(body)).toString()).toBe('abc');
	});
	it('URLSearchParams names the charset in fetch() and not in a form', () => {
		const form = new URLSearchParams({ a: '1 2' });
		expect(extractBody(form, chrome, false).contentType).toBe('application/x-www-form-urlencoded;charset=UTF-8');
		expect(extractBody(form, chrome, true).contentType).toBe('application/x-www-form-urlencoded');
	});
	it('Blob and File keep type and length and can be sent twice', async () => {
		const body = extract(new File(['abc'], 'a.txt', { type: 'text/css' }));
		expect(body).toMatchObject({ kind: 'stream', length: 3, contentType: 'text/css', replayable: true });
		expect((await bytesOf(body)).toString()).toBe('abc');
		expect((await bytesOf(body)).toString()).toBe('abc');
	});
	it('web stream, Node Readable, generator and list of bytes are streamed once', async () => {
		async function* generate() {
			yield 'ab';
			yield Buffer.from('c');
		}
		for (const source of [
			new Blob(['abc']).stream(),
			Readable.from(['ab', 'c']),
			generate(),
			[Buffer.from('ab'), Buffer.from('c')],
		]) {
			const body = extract(source);
			expect(body).toMatchObject({ kind: 'stream', length: undefined, replayable: false });
			expect((await bytesOf(body)).toString()).toBe('abc');
		}
	});
	it('a locked stream or a Readable that was read is refused', () => {
		const stream = new Blob(['abc']).stream();
		stream.getReader();
		expect(() => extract(stream)).toThrow(expect.objectContaining({ code: 'ERR_BODY_USED' }));
		const readable = Readable.from(['a']);
		readable.destroy();
		expect(() => extract(readable)).toThrow(expect.objectContaining({ code: 'ERR_BODY_USED' }));
	});
	it('N01 anything else is a clear error', () => {
		expect(() => extract({ a: 1 })).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG' }));
		expect(() => extract(5)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG' }));
	});
});

describe('B07 multipart', () => {
	const form = () => {
		const data = new FormData();
		data.append('na"me\r\n', 'line\nend');
		data.append('upload', new File(['DATA'], 'na"mü.txt', { type: 'text/plain' }));
		data.append('empty', new File([], ''));
		return data;
	};

	it('is written as Chromium writes it', async () => {
		const body = extract(form());
		const boundary = /^multipart\/form-data; boundary=(----WebKitFormBoundary[A-Za-z0-9]{16})$/.exec(
			body.contentType ?? '',
		)?.[1];
		expect(boundary).toBeDefined();
		const expected = [
			`--${boundary}`,
			'Content-Disposition: form-data; name="na%22me%0D%0A"',
			'',
			'line',
			'end',
			`--${boundary}`,
			'Content-Disposition: form-data; name="upload"; filename="na%22mü.txt"',
			'Content-Type: text/plain',
			'',
			'DATA',
			`--${boundary}`,
			'Content-Disposition: form-data; name="empty"; filename=""',
			'Content-Type: application/octet-stream',
			'',
			'',
			`--${boundary}--`,
			'',
		].join('\r\n');
		const bytes = await bytesOf(body);
		expect(bytes.toString()).toBe(expected);
		expect(body).toMatchObject({ length: bytes.byteLength });
	});
	it('has the boundary of Firefox, different each time', () => {
		const types = new Set(Array.from({ length: 20 }, () => extractBody(form(), firefox, false).contentType));
		expect(types.size).toBe(20);
		for (const type of types) expect(type).toMatch(/boundary=----geckoformboundary[0-9a-f]{20,32}$/);
	});
});
