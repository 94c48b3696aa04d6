/** The pages of a visit and who may see them. What a browser does with them: capture.browser.test.ts of `wiretwin`. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startMirror } from '../src/index.ts';
import { startVisit, type Visit } from '../src/visit/index.ts';
import { http1, type Reachable } from './support/clients.ts';

let visit: Visit;
let server: Reachable;
beforeEach(async () => {
	visit = await startVisit({ hosts: { own: 'localhost' } });
	server = { caPem: visit.caPem, urlFor: () => visit.url.slice(0, -1) };
});
afterEach(() => visit.close());

const get = async (path: string, agent: string) => {
	const { status, body } = await http1(server, path, { headers: { 'user-agent': agent } });
	return { status, body: body.toString() };
};

test('whoever starts is the visitor, others are turned away and leave nothing', async () => {
	expect(await get('/', 'curious')).toMatchObject({ status: 200, body: expect.stringContaining('id=start') });
	expect(await get('/', 'visitor')).toMatchObject({ status: 200 });
	expect(await get('/visit/0', 'visitor')).toMatchObject({ status: 200 });
	for (const path of ['/', '/visit/0', '/visit/end', '/r/image'])
		expect([path, (await get(path, 'late')).status]).toEqual([path, 409]);
	await get('/visit/done', 'visitor').catch(() => undefined);
	const { requests, missing, connections } = await visit.done;
	const agents = requests.map(({ record }) => record.headers.find(([name]) => name === 'user-agent')?.[1]);
	expect(new Set(agents)).toEqual(new Set(['visitor']));
	expect(connections.main.flatMap((each) => each.requests).length).toBe(3);
	expect(missing[0]).toEqual({ name: 'script', required: true });
});

test('paths that are no page and no step get nothing, and nothing of a request gets into a page', async () => {
	for (const path of ['/visit/999', '/visit/-1', '/visit/0.5', '/visit/__proto__', '/visit/seen/none', '/r/none', '/x'])
		expect([path, (await get(path, 'a')).status]).toEqual([path, 404]);
	const { body } = await get('/visit/0?<script>x', '<script>y</script>');
	expect(body).not.toMatch(/<script>[xy]/);
});

test('a path that only looks like a cause of a request is not kept as one', async () => {
	await get('/visit/0', 'visitor');
	for (const path of ['/r/image', '/r/image/__proto__', '/r/image/constructor', '/r/image/toString'])
		expect((await get(path, 'visitor')).status).toBe(200);
	await get('/visit/done', 'visitor').catch(() => undefined);
	const { requests } = await visit.done;
	expect(requests.map(({ context, record }) => [context.kind, record.path])).toEqual([
		['navigate', '/visit/0'],
		['image', '/r/image'],
	]);
});

test('the visitor has the last page before the servers may end', async () => {
	const ended = visit.done.then(() => visit.close());
	await get('/visit/0', 'visitor');
	const { body } = await get('/visit/end', 'visitor');
	expect(body).toContain('id=end');
	const [, next = ''] = /fetch\('([^']+)'\)/.exec(body) ?? [];
	await get(next, 'visitor').catch(() => undefined); // nobody waits for this answer
	await ended;
});

test('a visit that is closed early says so to whoever waits for it', async () => {
	await visit.close();
	await expect(visit.done).rejects.toThrow(/before it was complete/);
});

test('connections beyond the limit of a mirror are cut', async () => {
	await using mirror = await startMirror({ maxConnections: 1 });
	expect((await http1(mirror, '/echo')).status).toBe(200);
	await expect(http1(mirror, '/echo')).rejects.toThrow(/ECONNRESET|socket hang up|disconnected/);
	expect(mirror.connections.length).toBe(1);
});
