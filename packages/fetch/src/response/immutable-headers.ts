const refused: PropertyDescriptor = {
	value: () => {
		throw new TypeError('The headers of a response cannot be changed: make new Headers of them.');
	},
};
const guard: PropertyDescriptorMap = { append: refused, delete: refused, set: refused };

/** Fields as received: name, value, ... (fetch: header guard "immutable"). A copy can be changed. */
export function immutableHeaders(raw: readonly string[]): Headers {
	const headers = new Headers();
	for (let index = 0; index < raw.length; index += 2) headers.append(raw[index] as string, raw[index + 1] as string);
	return Object.defineProperties(headers, guard);
}
