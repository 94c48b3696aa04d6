import { invalidArgument } from './native-error.ts';

// An `import` would make all of Node's module, lazy parts too: 2 ms and an open stderr.
const { types } = process.getBuiltinModule('node:util');

const typedArrayPrototype: object = Object.getPrototypeOf(Uint8Array.prototype);
const bufferOf = intrinsicGetter(typedArrayPrototype, 'buffer') as (this: Uint8Array) => ArrayBufferLike;
const offsetOf = intrinsicGetter(typedArrayPrototype, 'byteOffset') as (this: Uint8Array) => number;
const lengthOf = intrinsicGetter(typedArrayPrototype, 'byteLength') as (this: Uint8Array) => number;

/**
 * A view of the caller's bytes that no getter of the caller can change. Memory shared with another thread is copied,
 * since native code must not read it while it is written; detached memory is refused.
 */
export function checkedBytes(value: unknown, what: string): Uint8Array {
	if (!types.isUint8Array(value)) throw invalidArgument(`${what} must be a Uint8Array`);
	const buffer = bufferOf.call(value);
	if (types.isSharedArrayBuffer(buffer)) {
		return new Uint8Array(new Uint8Array(buffer, offsetOf.call(value), lengthOf.call(value)));
	}
	if ((buffer as ArrayBuffer).detached) throw invalidArgument(`${what} is detached`);
	return new Uint8Array(buffer, offsetOf.call(value), lengthOf.call(value));
}

function intrinsicGetter(prototype: object, name: string): unknown {
	return Object.getOwnPropertyDescriptor(prototype, name)?.get;
}
