// What a shared library for Linux says about itself: who it is for, what it needs, what it exports (ELF, 64 bits).

const machines = { 62: 'x64', 183: 'arm64' };
const sectionTypes = { dynamic: 6, dynamicSymbols: 11, versionNeeds: 0x6ffffffe };
const dynamicTags = { needed: 1, soname: 14, rpath: 15, runpath: 29 };

export function readElf(bytes) {
	const sections = readSections(bytes);
	const byType = (type) => sections.find((section) => section.type === type);
	const text = (section, offset) => cString(bytes, sections[section.link].offset + offset);
	const dynamic = byType(sectionTypes.dynamic);
	const entries = [...dynamicEntries(bytes, dynamic)];
	const named = (tag) => entries.filter((entry) => entry.tag === tag).map((entry) => text(dynamic, entry.value));
	return {
		format: 'ELF',
		cpu: machines[bytes.readUInt16LE(18)],
		isLibrary: bytes.readUInt16LE(16) === 3,
		needed: named(dynamicTags.needed),
		paths: [...named(dynamicTags.soname), ...named(dynamicTags.rpath), ...named(dynamicTags.runpath)],
		versions: versionNeeds(bytes, byType(sectionTypes.versionNeeds), text),
		exported: exportedNames(bytes, byType(sectionTypes.dynamicSymbols), text),
	};
}

function readSections(bytes) {
	const [table, size, count] = [Number(bytes.readBigUInt64LE(40)), bytes.readUInt16LE(58), bytes.readUInt16LE(60)];
	return Array.from({ length: count }, (_, index) => {
		const at = table + index * size;
		return {
			type: bytes.readUInt32LE(at + 4),
			offset: Number(bytes.readBigUInt64LE(at + 24)),
			size: Number(bytes.readBigUInt64LE(at + 32)),
			link: bytes.readUInt32LE(at + 40),
			info: bytes.readUInt32LE(at + 44),
		};
	});
}

function* dynamicEntries(bytes, section) {
	for (let at = section.offset; at < section.offset + section.size; at += 16) {
		yield { tag: Number(bytes.readBigInt64LE(at)), value: Number(bytes.readBigUInt64LE(at + 8)) };
	}
}

/** Symbol versions that other libraries have to offer: `GLIBC_2.17`. */
function versionNeeds(bytes, section, text) {
	const versions = new Set();
	let need = section?.offset ?? 0;
	for (let left = section?.info ?? 0; left > 0; left--) {
		let entry = need + bytes.readUInt32LE(need + 8);
		for (let count = bytes.readUInt16LE(need + 2); count > 0; count--) {
			versions.add(text(section, bytes.readUInt32LE(entry + 8)));
			entry += bytes.readUInt32LE(entry + 12);
		}
		need += bytes.readUInt32LE(need + 12);
	}
	return [...versions];
}

/** Defined symbols that others can bind to. */
function exportedNames(bytes, section, text) {
	const names = [];
	for (let at = section.offset; at < section.offset + section.size; at += 24) {
		const binding = bytes[at + 4] >> 4;
		const visibility = bytes[at + 5] & 3;
		const defined = bytes.readUInt16LE(at + 6) !== 0;
		if (defined && binding !== 0 && (visibility === 0 || visibility === 3))
			names.push(text(section, bytes.readUInt32LE(at)));
	}
	return names;
}

const cString = (bytes, at) => bytes.toString('latin1', at, bytes.indexOf(0, at));
