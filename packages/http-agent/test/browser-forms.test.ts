// A library's boundary names the library; the browser's own goes out instead, and with a length.
import type http from 'node:http';
import axios from 'axios';
import needle from 'needle';
import nodeFetch, { FormData as FetchFormData } from 'node-fetch';
import superagent from 'superagent';
import { expect, test } from 'vitest';
import { wiretwinRequest } from '../src/index.ts';
import { responseOf, type Stage, startStage, textOf } from './support.ts';

const file = Buffer.from([...Array(256).keys()]);

function form(): FormData {
	const made = new FormData();
	made.append('text', 'value ü');
	made.append('file', new Blob([file], { type: 'application/octet-stream' }), 'all.bin');
	return made;
}

const clients: ReadonlyArray<readonly [name: string, post: (stage: Stage, url: string) => Promise<unknown>]> = [
	['axios', ({ agent }, url) => axios.post(url, form(), { httpAgent: agent, httpsAgent: agent, proxy: false })],
	[
		'node-fetch',
		({ agent }, url) => {
			const made = new FetchFormData();
			for (const [name, value] of form()) made.append(name, value as never);
			return nodeFetch(url, { method: 'POST', body: made as never, agent });
		},
	],
	[
		'superagent (form-data)',
		({ agent }, url) =>
			superagent
				.post(url)
				.agent(agent as never)
				.field('text', 'value ü')
				.attach('file', file, 'all.bin'),
	],
	[
		'needle',
		({ agent }, url) =>
			needle(
				'post',
				url,
				{ text: 'value ü', file: { buffer: file, filename: 'all.bin', content_type: 'application/octet-stream' } },
				{ agent: agent as never, multipart: true },
			),
	],
	[
		'wiretwinRequest, in pieces without a length',
		async ({ agent }, url) => {
			const response = new Response(form());
			const old = /boundary=(.*)$/.exec(response.headers.get('content-type') ?? '')?.[1] ?? '';
			const library = 'form-data-encoder-Ab3dEf6hIj9k';
			const bytes = Buffer.from(await response.arrayBuffer())
				.toString('latin1')
				.replaceAll(old, library);
			const headers = { 'content-type': `multipart/form-data; boundary=${library}` };
			const request = wiretwinRequest(new URL(url), { agent, method: 'POST', headers }) as http.ClientRequest;
			for (let start = 0; start < bytes.length; start += 50) {
				request.write(Buffer.from(bytes.slice(start, start + 50), 'latin1'));
				await new Promise((resolve) => setImmediate(resolve));
			}
			return textOf(await responseOf(request));
		},
	],
];

test.each(clients)('%s', async (_, post) => {
	const bodies: Array<{ type: string; length: string | null; body: Buffer }> = [];
	await using stage = await startStage(async (request) => {
		const body = await request.readBody();
		bodies.push({ type: request.header('content-type') ?? '', length: request.header('content-length'), body });
		return { body: 'taken' };
	});
	await post(stage, `${stage.mirror.url}/form`);
	const [{ type, length, body }] = bodies as [(typeof bodies)[number]];
	expect(type).toMatch(/^multipart\/form-data; boundary=----WebKitFormBoundary[A-Za-z0-9]{16}$/);
	expect(length).toBe(String(body.length));
	expect(body.toString('latin1')).not.toMatch(/axios|NODENEEDLE|formdata|form-data-encoder/);
	const parsed = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
	expect(parsed.get('text')).toBe('value ü');
	expect(Buffer.from(await (parsed.get('file') as File).arrayBuffer())).toEqual(file);
});

test("a boundary of the user's own stays", async () => {
	await using stage = await startStage(async (request) => ({ body: await request.readBody() }));
	const headers = { 'content-type': 'multipart/form-data; boundary=mine' };
	const body = '--mine\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--mine--\r\n';
	const { data } = await axios.post(`${stage.mirror.url}/form`, body, {
		httpsAgent: stage.agent,
		headers,
		proxy: false,
	});
	expect(data).toBe(body);
});
