import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Peer, startPeer } from './support/peers.ts';
import { runProgram } from './support/program.ts';

const chunk = Buffer.alloc(64 * 1024, 'x');
const megabyte = Buffer.alloc(1024 * 1024, 'y');
const total = 200 * 1024 * 1024;
let peer: Peer;
let silentRequests = 0;

beforeAll(async () => {
	peer = await startPeer('h2', (request, response) => {
		switch (request.url) {
			case '/endless':
			case '/download': {
				let left = request.url === '/endless' ? Number.POSITIVE_INFINITY : total;
				const pump = () => {
					while (left > 0 && !response.destroyed) {
						left -= chunk.length;
						if (!response.write(chunk)) return;
					}
					if (left === 0) response.end();
				};
				response.on('drain', pump);
				pump();
				break;
			}
			case '/long': {
				response.writeHead(200, { 'content-length': 16 * 1024 * 1024 });
				const pump = () => {
					if (!response.destroyed) response.write(chunk, () => setImmediate(pump));
				};
				pump();
				break;
			}
			case '/megabyte':
				response.writeHead(200, { 'content-length': megabyte.length }).end(megabyte);
				break;
			case '/upload': {
				let received = 0;
				request.on('data', (data: Buffer) => {
					received += data.length;
				});
				request.on('end', () => response.end(String(received)));
				break;
			}
			case '/silent':
				silentRequests++;
				break;
			case '/later':
				setTimeout(() => response.end('finally'), 50);
				break;
			default:
				response.end('hello');
		}
	});
});

afterAll(() => peer.close());

test('an idle connection and an unread body do not keep the process', async () => {
	expect(await runProgram('ends-by-itself', peer.port)).toMatchObject({ code: 0, stdout: 'hello\n200\n', stderr: '' });
});

test('an exchange that is waited for keeps the process', async () => {
	expect(await runProgram('waits', peer.port)).toMatchObject({ code: 0, stdout: 'finally\n', stderr: '' });
});

test('close() is waited for', async () => {
	expect(await runProgram('close-and-await', peer.port)).toMatchObject({ code: 0, stdout: 'hello\nclosed\n' });
});

test('C05 process.exit with exchanges in flight ends with its code', async () => {
	for (let attempt = 0; attempt < 5; attempt++) {
		expect(await runProgram('exit-in-flight', peer.port)).toMatchObject({ code: 7, signal: null, stderr: '' });
	}
});

test('N02 C05 50 workers end in every way while the main thread goes on', { timeout: 120_000 }, async () => {
	const { code, stdout, stderr } = await runProgram('workers', peer.port, { arguments: ['50'] });
	expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
	const lines = stdout.trim().split('\n');
	expect(lines[0]).toBe('hello');
	expect(lines.at(-1)).toBe('hello');
	const endings = lines.slice(1, -1).join(' ').split(' ');
	expect(endings).toHaveLength(50);
	expect(new Set(endings)).toEqual(new Set(['return:0', 'exit:3', 'terminate:1']));
	expect(silentRequests).toBeGreaterThan(0);
});

test('N02 C05 workers end while bodies are written to their memory', async () => {
	expect(await runProgram('filled', peer.port)).toMatchObject({ code: 0, stdout: 'all are gone\n', stderr: '' });
});

test('N02 C05 held requests whose workers end, or that nobody confirms, send nothing and do not keep the process', async () => {
	const targets: string[] = [];
	const own = await startPeer('h2', (request, response) => {
		targets.push(request.url ?? '');
		response.end('hello');
	});
	let open = 0;
	const closed = Promise.withResolvers<void>();
	own.onSocket((socket) => {
		open++;
		socket.on('close', () => {
			open--;
			if (own.sockets === 6 && open === 0) closed.resolve();
		});
	});
	expect(await runProgram('held', own.port)).toMatchObject({ code: 0, stdout: 'hello\nheld\n', stderr: '' });
	await closed.promise;
	expect(targets).toEqual(['/hello']);
	await own.close();
});

test('C06 2,000 transports without close() stay within the limit of open sockets', { timeout: 120_000 }, async () => {
	const own = await startPeer('h2', (_, response) => response.end('hello'));
	let open = 0;
	let most = 0;
	own.onSocket((socket) => {
		open++;
		most = Math.max(most, open);
		socket.on('close', () => open--);
	});
	const result = await runProgram('forgotten-transports', own.port, { arguments: ['2000'] });
	expect(result).toMatchObject({ code: 0, stdout: 'done\n', stderr: '' });
	expect(own.sockets).toBe(2000);
	expect(most).toBeLessThan(1000);
	await own.close();
});

// Where Node calls by itself (project `no-doorbell`) it would hand over up to 1,000 pieces before anything else gets its turn.
test('N16 a download leaves the event loop its turns', async () => {
	const { code, stdout, stderr } = await runProgram('turns', peer.port);
	expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
	expect(Number(stdout)).toBeLessThan(2);
});

// How far a collector gets beside the program is the machine's affair: here it has no thread of its own, which is the worst that a
// busy machine can do to it. Without litter it begins to look at 64 MiB: 69 to 106 MB were seen. With it 25 to 43 MB, but up to 113
// in one of six on the JavaScript thread's own loop (project `on-loop`; binding.md). Bodies of 1 MB that are read whole: 21 MB. What is
// collected as it is dropped: 17 to 21 MB. Uploads of new pieces: 10 MB, and 54 to 67 without litter.
const collector = '--single-threaded-gc';
const downloadMegabytes = process.env.WIRETWIN_IO === 'loop' ? 160 : 60;
const growth: Array<[what: string, way: string, flags: string[], megabytes: number]> = [
	['download of 200 MB whose pieces are collected as they are dropped', 'download', [collector, '--expose-gc'], 30],
	['download of 200 MB', 'download', [collector], downloadMegabytes],
	['200 MB upload', 'upload', [collector], 20],
	['200 MB upload of new pieces', 'upload-new', [collector], 30],
	['row of 200 bodies of 1 MB read whole', 'whole', [collector], 45],
];

test.each(growth)('a %s grows the process by a bounded amount', async (_, way, flags, megabytes) => {
	const { code, stdout, stderr } = await runProgram('memory', peer.port, { arguments: [way], flags });
	expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
	expect(Number(stdout)).toBeLessThan(megabytes);
});
