import { describe, expect, it } from 'vitest';
import { chooseHeaders, mergeHeaders, readExactHeaders, readHeaders } from '../src/headers/caller-headers.ts';
import { normalizeMethod } from '../src/headers/check.ts';

const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARG', phase: 'input' });

describe('headers of the caller', () => {
	it('an object keeps order and case and is placed by the profile', () => {
		expect(readHeaders({ 'X-B': '1', 'x-a': 2 })).toMatchObject({ list: ['X-B', '1', 'x-a', '2'], verbatim: false });
	});
	it('pairs, a Map and Headers are headers like an object', () => {
		expect(readHeaders([['X-B', '1']])).toMatchObject({ list: ['X-B', '1'], verbatim: false });
		expect(readHeaders(new Map([['X-B', '1']]))).toMatchObject({ list: ['X-B', '1'], verbatim: false });
		expect(
			readHeaders([
				['a', null],
				['b', true],
				['c', undefined],
				['d', ['1', '2']],
			]),
		).toMatchObject({
			list: ['b', 'true', 'd', '1', 'd', '2'],
			removed: new Set(['a']),
		});
		expect(readHeaders(new Headers({ 'X-B': '1' }))).toMatchObject({ list: ['x-b', '1'], verbatim: false });
	});
	it('exact headers are pairs, and stand alone', () => {
		expect(readExactHeaders([['X-B', '1']])).toMatchObject({ list: ['X-B', '1'], verbatim: true });
		const wrong = expect.objectContaining({ code: 'ERR_INVALID_OPTION' });
		for (const value of [null, 'a: b', { a: '1' }, new Headers()]) expect(() => readExactHeaders(value)).toThrow(wrong);
		expect(() => chooseHeaders({ a: '1' }, [['b', '2']])).toThrow(wrong);
	});
	it('null removes, undefined says nothing, a list repeats', () => {
		const headers = readHeaders({ 'User-Agent': null, a: undefined, b: ['1', '2'] });
		expect(headers.list).toEqual(['b', '1', 'b', '2']);
		expect([...headers.removed]).toEqual(['user-agent']);
	});
	it('F11 tabs, newlines and spaces around a value are not sent', () => {
		expect(readHeaders({ a: '\r\n\t b c\n', d: '\n' }).list).toEqual(['a', 'b c', 'd', '']);
	});
	it.each(['a\r\nb: c', 'a\nb', 'a\rb', 'a\0b', 'a\x7fb'])(
		'F11 a value with a control character is refused: %j',
		(value) => {
			expect(() => readHeaders({ x: value })).toThrow(invalid);
			expect(() => readHeaders([['x', value]])).toThrow(invalid);
		},
	);
	it.each(['', 'a b', 'a:', 'a\r\n', 'ä', ':method'])('F11 a name that is no token is refused: %j', (name) => {
		expect(() => readHeaders({ [name]: '1' })).toThrow(invalid);
	});
	it('F11 the value is not in the message', () => {
		expect(() => readHeaders({ authorization: 'secret\n' + 'x' })).toThrow(/^(?!.*secret)/s);
	});
	it('F12 framing is refused, a second Host or Content-Length too', () => {
		expect(() => readHeaders({ 'Transfer-Encoding': 'chunked' })).toThrow(invalid);
		expect(() => readHeaders([['upgrade', 'h2c']])).toThrow(invalid);
		expect(() => readHeaders({ Host: 'a', host: 'b' })).toThrow(invalid);
		expect(() => readHeaders({ 'content-length': '1', 'Content-Length': '2' })).toThrow(invalid);
	});
	it('connection management copied from a browser is dropped', () => {
		expect(readHeaders({ Connection: 'keep-alive', a: '1' }).list).toEqual(['a', '1']);
	});
	it('text beyond latin1 becomes UTF-8 bytes', () => {
		expect(readHeaders({ x: '€' }).list[1]).toBe('\xe2\x82\xac');
	});
	it('merging replaces by name and adds removals', () => {
		const merged = mergeHeaders(readHeaders({ a: '1', B: '2' }), readHeaders({ b: '3', a: null }));
		expect(merged.list).toEqual(['b', '3']);
		expect([...merged.removed]).toEqual(['a']);
		const back = mergeHeaders(readHeaders({ a: null }), readHeaders({ A: '1' }));
		expect(back.removed.size).toBe(0);
	});
	it('N01 a hostile object gives an error, not a crash', () => {
		expect(() => readHeaders({ x: Symbol('a') } as never)).toThrow(invalid);
		expect(() => readHeaders([['a']])).toThrow(invalid);
		expect(() => readHeaders('a: b')).toThrow(invalid);
	});
	it('R06 __proto__ is a name like others', () => {
		expect(readHeaders(JSON.parse('{"__proto__": "1"}')).list).toEqual(['__proto__', '1']);
	});
	it('F11 methods are tokens; the six known ones are upper-cased', () => {
		expect(normalizeMethod('post')).toBe('POST');
		expect(normalizeMethod('patch')).toBe('patch');
		expect(() => normalizeMethod('GET /\r\n')).toThrow(invalid);
		expect(() => normalizeMethod('CONNECT')).toThrow(invalid);
	});
});
