// What a library for macOS says about itself: who it is for, what it needs, what it exports, and whether its signature is of
// these very bytes (Mach-O, 64 bits). macOS on arm64 kills a process that loads a page whose hash differs.
import { createHash } from 'node:crypto';

const cpus = { 16777223: 'x64', 16777228: 'arm64' };
const command = {
	symbolTable: 0x2,
	loadLibrary: 0xc,
	ownName: 0xd,
	signature: 0x1d,
	runPath: 0x8000001c,
	weakLibrary: 0x80000018,
	minimumVersion: 0x24,
	buildVersion: 0x32,
};

export function readMachO(bytes) {
	const found = { needed: [], paths: [], exported: [], minimum: undefined, signature: 'none' };
	let at = 32;
	for (let left = bytes.readUInt32LE(16); left > 0; left--) {
		const kind = bytes.readUInt32LE(at);
		const text = () => cString(bytes, at + bytes.readUInt32LE(at + 8));
		if (kind === command.loadLibrary || kind === command.weakLibrary) found.needed.push(text());
		else if (kind === command.ownName || kind === command.runPath) found.paths.push(text());
		else if (kind === command.minimumVersion) found.minimum = version(bytes.readUInt32LE(at + 8));
		else if (kind === command.buildVersion) found.minimum = version(bytes.readUInt32LE(at + 12));
		else if (kind === command.symbolTable) found.exported = exportedNames(bytes, at);
		else if (kind === command.signature) found.signature = checkSignature(bytes, bytes.readUInt32LE(at + 8));
		at += bytes.readUInt32LE(at + 4);
	}
	return {
		format: 'Mach-O',
		cpu: cpus[bytes.readUInt32LE(4)],
		// Bundles and libraries: both are what dlopen takes.
		isLibrary: [6, 8].includes(bytes.readUInt32LE(12)),
		versions: [],
		...found,
	};
}

/** Defined external symbols that are not private to the library, without the underscore of C. */
function exportedNames(bytes, at) {
	const [symbols, count, strings] = [8, 12, 16].map((offset) => bytes.readUInt32LE(at + offset));
	const names = [];
	for (let index = 0; index < count; index++) {
		const symbol = symbols + index * 16;
		const type = bytes[symbol + 4];
		const isExternal = (type & 0x01) !== 0;
		const isPrivate = (type & 0x10) !== 0;
		const isDebug = (type & 0xe0) !== 0;
		if (isExternal && !isPrivate && !isDebug && (type & 0x0e) !== 0) {
			names.push(cString(bytes, strings + bytes.readUInt32LE(symbol)).replace(/^_/, ''));
		}
	}
	return names;
}

/** Compares the hash of each page with the one in the signature's code directory. */
function checkSignature(bytes, offset) {
	const count = bytes.readUInt32BE(offset + 8);
	for (let index = 0; index < count; index++) {
		const blob = offset + bytes.readUInt32BE(offset + 12 + index * 8 + 4);
		if (bytes.readUInt32BE(blob) !== 0xfade0c02) continue;
		const hashes = blob + bytes.readUInt32BE(blob + 16);
		const pages = bytes.readUInt32BE(blob + 28);
		const limit = bytes.readUInt32BE(blob + 32);
		const hashSize = bytes[blob + 36];
		const pageSize = 1 << bytes[blob + 39];
		for (let page = 0; page < pages; page++) {
			const data = bytes.subarray(page * pageSize, Math.min((page + 1) * pageSize, limit));
			const hash = createHash('sha256').update(data).digest().subarray(0, hashSize);
			if (!hash.equals(bytes.subarray(hashes + page * hashSize, hashes + (page + 1) * hashSize))) return 'broken';
		}
		return pages > 0 ? 'intact' : 'none';
	}
	return 'none';
}

const version = (word) => `${word >> 16}.${(word >> 8) & 0xff}`;

const cString = (bytes, at) => bytes.toString('latin1', at, bytes.indexOf(0, at));
