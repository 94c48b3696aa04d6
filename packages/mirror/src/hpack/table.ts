/** One entry of an HPACK table. */
export type TableEntry = readonly [name: string, value: string];

/** RFC 7541 Appendix A, index 1 first. */
export const staticTable: readonly TableEntry[] = [
	[':authority', ''],
	[':method', 'GET'],
	[':method', 'POST'],
	[':path', '/'],
	[':path', '/index.html'],
	[':scheme', 'http'],
	[':scheme', 'https'],
	...(['200', '204', '206', '304', '400', '404', '500'] as const).map((status) => [':status', status] as const),
	['accept-charset', ''],
	['accept-encoding', 'gzip, deflate'],
	...namesOnly('accept-language accept-ranges accept access-control-allow-origin age allow authorization'),
	...namesOnly('cache-control content-disposition content-encoding content-language content-length'),
	...namesOnly('content-location content-range content-type cookie date etag expect expires from host'),
	...namesOnly('if-match if-modified-since if-none-match if-range if-unmodified-since last-modified link location'),
	...namesOnly('max-forwards proxy-authenticate proxy-authorization range referer refresh retry-after server'),
	...namesOnly('set-cookie strict-transport-security transfer-encoding user-agent vary via www-authenticate'),
];

function namesOnly(names: string): TableEntry[] {
	return names.split(' ').map((name) => [name, ''] as const);
}

const ENTRY_OVERHEAD = 32; // RFC 7541 4.1

/** Dynamic table of one direction. Indices are those of the wire: 62 is the newest entry. */
export class DynamicTable {
	#entries: TableEntry[] = [];
	#size = 0;
	#maxSize: number;

	/** @param maxSize in octets as RFC 7541 4.1 counts them */
	constructor(maxSize: number) {
		this.#maxSize = maxSize;
	}

	get maxSize(): number {
		return this.#maxSize;
	}

	/** Changes the limit, evicting what no longer fits. */
	resize(maxSize: number): void {
		this.#maxSize = maxSize;
		this.#evict();
	}

	/** Adds an entry at the front. One larger than the table empties it (RFC 7541 4.4). */
	add(name: string, value: string): void {
		this.#entries.unshift([name, value]);
		this.#size += name.length + value.length + ENTRY_OVERHEAD;
		this.#evict();
	}

	/** Entry by wire index, static or dynamic; `undefined` when there is none. */
	get(index: number): TableEntry | undefined {
		if (index <= staticTable.length) return staticTable[index - 1];
		return this.#entries[index - staticTable.length - 1];
	}

	/** Wire index of an exact match and of a name match; 0 when there is none. Static entries win. */
	find(name: string, value: string): { exact: number; nameOnly: number } {
		let nameOnly = 0;
		for (const [position, entry] of [...staticTable, ...this.#entries].entries()) {
			if (entry[0] !== name) continue;
			if (entry[1] === value) return { exact: position + 1, nameOnly: nameOnly || position + 1 };
			nameOnly ||= position + 1;
		}
		return { exact: 0, nameOnly };
	}

	#evict(): void {
		while (this.#size > this.#maxSize) {
			const [name, value] = this.#entries.pop() ?? ['', ''];
			this.#size -= name.length + value.length + ENTRY_OVERHEAD;
		}
	}
}
