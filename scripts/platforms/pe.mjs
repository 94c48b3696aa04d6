// What a library for Windows says about itself: who it is for, what it needs, what it exports (PE32+).

const machines = { 34404: 'x64', 43620: 'arm64' };

export function readPe(bytes) {
	const header = bytes.readUInt32LE(0x3c);
	const optional = header + 24;
	const sectionCount = bytes.readUInt16LE(header + 6);
	const sectionTable = optional + bytes.readUInt16LE(header + 20);
	const sections = Array.from({ length: sectionCount }, (_, index) => {
		const at = sectionTable + index * 40;
		return {
			address: bytes.readUInt32LE(at + 12),
			size: Math.max(bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 16)),
			offset: bytes.readUInt32LE(at + 20),
		};
	});
	/** Place in the file of an address relative to the image. */
	const place = (address) => {
		const found = sections.find(({ address: from, size }) => address >= from && address < from + size);
		return found ? address - found.address + found.offset : undefined;
	};
	const text = (address) => {
		const at = place(address);
		return bytes.toString('latin1', at, bytes.indexOf(0, at));
	};
	const directory = (index) => place(bytes.readUInt32LE(optional + 112 + index * 8));
	return {
		format: 'PE',
		cpu: machines[bytes.readUInt16LE(header + 4)],
		isLibrary: (bytes.readUInt16LE(header + 22) & 0x2000) !== 0 && bytes.readUInt16LE(optional) === 0x20b,
		needed: importedLibraries(bytes, directory(1), text),
		paths: [],
		versions: [],
		exported: exportedNames(bytes, directory(0), place, text),
	};
}

function importedLibraries(bytes, table, text) {
	const names = [];
	for (let at = table; at !== undefined && bytes.readUInt32LE(at + 12) !== 0; at += 20) {
		names.push(text(bytes.readUInt32LE(at + 12)).toLowerCase());
	}
	return names;
}

function exportedNames(bytes, table, place, text) {
	if (table === undefined) return [];
	const names = place(bytes.readUInt32LE(table + 32));
	return Array.from({ length: bytes.readUInt32LE(table + 24) }, (_, index) =>
		text(bytes.readUInt32LE(names + index * 4)),
	);
}
