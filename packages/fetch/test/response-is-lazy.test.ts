import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { inheritFromResponse } from '../src/response/lazy-ancestor.ts';

const run = promisify(execFile);
const module = new URL('../src/response/wiretwin-response.ts', import.meta.url).href;

/** A class that nobody has looked through yet. */
function makeHeir() {
	class Heir {
		static {
			inheritFromResponse(Heir);
		}
		seen: unknown;
		get status() {
			return 201;
		}
	}
	// biome-ignore lint/suspicious/noExplicitAny: what the class inherits is what is asked for
	return new Heir() as any;
}

/** Puts a member into `Response.prototype` for the time of a call. */
function withMember<T>(member: PropertyDescriptor, call: () => T): T {
	Object.defineProperty(Response.prototype, 'own', { ...member, configurable: true });
	try {
		return call();
	} finally {
		Reflect.deleteProperty(Response.prototype, 'own');
	}
}

describe("Node's fetch is loaded no earlier than somebody needs it", () => {
	it('in a process that reads a response', async () => {
		const program = `
			const { WiretwinResponse } = await import(${JSON.stringify(module)});
			const facts = { status: 201, statusText: 'Created', url: 'https://a.test/', rawHeaders: ['x-a', '1'], redirects: [],
				connection: { httpVersion: '2' }, timings: () => ({}), trailers: () => [], signal: undefined };
			const bytes = Buffer.from('body');
			const source = { complete: true, readAll: async () => bytes, takeBuffered: () => bytes, cancel() {} };
			const response = new WiretwinResponse(facts, source);
			const isLoaded = () => process.moduleLoadList.some((name) => name.includes('undici/undici'));
			const seen = [response.status, (await response).ok, String(response), await response.text(), isLoaded()];
			console.log(JSON.stringify([...seen, response instanceof Response, response.headers.get('x-a'), isLoaded()]));
		`;
		const flags = ['--conditions=wiretwin-source', '--no-warnings', '--input-type=module'];
		const { stdout } = await run(process.execPath, [...flags, '--eval', program]);
		expect(JSON.parse(stdout)).toEqual([201, true, '[object Response]', 'body', false, true, '1', true]);
	});

	it('and is there for instanceof, also where another one has the class', async () => {
		expect(makeHeir() instanceof Response).toBe(true);
		expect(Response.prototype.isPrototypeOf.call(Response.prototype, makeHeir())).toBe(true);
		const answer = await fetch('data:,');
		expect(makeHeir() instanceof answer.constructor).toBe(true);
		expect(makeHeir() instanceof Promise).toBe(false);
	});

	it('and for members that only Response has', () => {
		const heir = makeHeir();
		expect(withMember({ value: () => 'mine' }, () => makeHeir().own())).toBe('mine');
		expect(withMember({ value: 1 }, () => ['own' in makeHeir(), 'other' in makeHeir()])).toEqual([true, false]);
		const set = function set(this: typeof heir, value: unknown) {
			this.seen = value;
		};
		withMember({ set }, () => {
			heir.own = 5;
		});
		expect(heir.seen).toBe(5);
		expect(makeHeir().constructor.json([1])).toBeInstanceOf(Response);
	});

	it('leaves a class as it would be by `extends`', () => {
		const heir = makeHeir();
		expect(heir instanceof Response).toBe(true);
		expect(Object.getPrototypeOf(heir.constructor.prototype)).toBe(Response.prototype);
		void heir.constructor.error;
		expect(Object.getPrototypeOf(heir.constructor)).toBe(Response);
		heir.mine = 1;
		expect(Object.keys(heir)).toEqual(['seen', 'mine']);
	});
});
