#!/usr/bin/env node
// Keeps imports in one direction: the engine has floors, and nowhere do folders import each other in a circle.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** The floors of the engine from below (docs/internals/engine.md). What stands in one line knows nothing of its neighbours. */
const ENGINE = 'packages/core-native/engine/src';
const FLOORS = [
	['limits', 'fault', 'phase', 'address_guard'],
	['profile', 'timing', 'reactor'],
	['tls', 'certificates'],
	['error'],
	['request', 'response'],
	['body', 'transport_options'],
	['tls_setup'],
	['shared'],
	['link'],
	['dial'],
	['carrier'],
	['pool'],
	['exchange'],
	['orders'],
];

/** Imports that still go up, or to a neighbour. An entry that nothing needs any more is an error, so the list only shrinks. */
const STILL_ALLOWED = [
	// From below, as far as it goes: types, cookies, initiator, tls, options, exchange, lookup, redirect, response, transport, state.
	'packages/fetch/src: cookies -> initiator',
	'packages/fetch/src: cookies -> options',
	'packages/fetch/src: exchange -> response',
	'packages/fetch/src: exchange -> redirect',
	'packages/fetch/src: exchange -> transport',
	'packages/fetch/src: initiator -> options',
	'packages/fetch/src: options -> transport',
	'packages/fetch/src: options -> state',
	'packages/fetch/src: types -> options',
	'packages/fetch/src: types -> tls',
	'packages/fetch/src: types -> transport',
	// From below, as far as it goes: page, session.
	'packages/fetch/src: page -> session',
	// From below, as far as it goes: capture, fingerprints.
	'packages/mirror/src: capture -> fingerprints',
	// From below, as far as it goes: http1, http2, page, routes, servers.
	'packages/mirror/src: http1 -> servers',
	'packages/mirror/src: http2 -> servers',
	'packages/mirror/src: page -> routes',
	'packages/mirror/src: routes -> servers',
];

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
	.split('\n')
	.filter((file) => /\/src\/.*\.(rs|ts|mts|mjs)$/.test(file) && !/\/(generated|test|tests|fixtures)\//.test(file));
const known = new Set(files);
const problems = [];
const used = new Set();

/** Files that a file names, without those of its tests. */
function importsOf(file) {
	const text = readFileSync(file, 'utf8');
	return file.endsWith('.rs') ? rustImports(file, text) : scriptImports(file, text);
}

function scriptImports(file, text) {
	const found = text.matchAll(/(?:\bfrom|\bimport\(?)\s*'(\.{1,2}\/[^']+)'/g);
	return [...found].map(([, path]) => posix.join(posix.dirname(file), path)).filter((path) => known.has(path));
}

/** Without tests and comments. */
function rustCode(text) {
	return text
		.replace(/\n#\[cfg\([^\n]*\btest\b[^\n]*\n(?:#[^\n]*\n)*mod tests \{[\s\S]*$/, '\n')
		.replace(/\/\/.*$/gm, '');
}

/** Modules by file or folder: `crate::pool::Origin` is `pool.rs` or `pool/`. */
function rustImports(file, text) {
	const root = file.slice(0, file.indexOf('/src/') + 4);
	const code = rustCode(text);
	const own = file
		.slice(root.length + 1)
		.replace(/\.rs$/, '')
		.replace(/(^|\/)(mod|lib)$/, '')
		.split('/')
		.filter(Boolean);
	const targets = [];
	for (const [, start, rest] of code.matchAll(/\b(crate|(?:super::)*super)::((?:\w+::)*\w*|\{[^;]*?\};)/g)) {
		const base = start === 'crate' ? [] : own.slice(0, own.length - start.split('::').length);
		const paths = rest.startsWith('{') ? [...rest.matchAll(/[{,]\s*((?:\w+::)*\w+)/g)].map(([, path]) => path) : [rest];
		for (const path of paths) targets.push(resolveRust(root, [...base, ...path.split('::')]));
	}
	return targets.filter((target) => target !== undefined && target !== file);
}

function resolveRust(root, path) {
	for (let length = path.length; length > 0; length--) {
		const stem = `${root}/${path.slice(0, length).join('/')}`;
		const hit = [`${stem}.rs`, `${stem}/mod.rs`].find((candidate) => known.has(candidate));
		if (hit) return hit;
	}
	return undefined;
}

/** Edges between what lies side by side in a folder: `a/b/c.rs -> a/d.rs` is `b -> d` in `a`. */
const edgesByFolder = new Map();
for (const file of files) {
	for (const target of importsOf(file)) {
		const [from, to] = [file.split('/'), target.split('/')];
		const shared = from.findIndex((part, index) => part !== to[index]);
		const folder = from.slice(0, shared).join('/');
		const [source, end] = [unit(from, shared), unit(to, shared)];
		// The file that names a folder's modules is the folder itself.
		if (source === end || /^(mod|lib|index)$/.test(source) || /^(mod|lib|index)$/.test(end)) continue;
		const edges = edgesByFolder.get(folder) ?? new Map();
		edgesByFolder.set(folder, edges);
		const name = `${source} -> ${end}`;
		if (!edges.has(name))
			edges.set(name, { source, end, file, folders: from.length > shared + 1 || to.length > shared + 1 });
	}
}

function unit(path, depth) {
	return path[depth].replace(/\.(rs|ts|mts|mjs)$/, '');
}

/** Names that reach each other. */
function circles(edges) {
	const next = new Map();
	for (const { source, end } of edges) next.set(source, [...(next.get(source) ?? []), end]);
	const reach = (start) => {
		const seen = new Set();
		const open = [start];
		for (let name = open.pop(); name !== undefined; name = open.pop())
			for (const end of next.get(name) ?? []) if (!seen.has(end)) seen.add(end) && open.push(end);
		return seen;
	};
	const reached = new Map([...next.keys()].map((name) => [name, reach(name)]));
	const groups = new Set();
	for (const [name, seen] of reached) {
		if (!seen.has(name)) continue;
		groups.add(
			[...seen]
				.filter((other) => reached.get(other)?.has(name))
				.sort()
				.join(', '),
		);
	}
	return [...groups];
}

function isAllowed(folder, name) {
	const entry = `${folder}: ${name}`;
	if (!STILL_ALLOWED.includes(entry)) return false;
	used.add(entry);
	return true;
}

const floorOf = new Map(FLOORS.flatMap((names, floor) => names.map((name) => [name, floor])));
for (const [folder, edges] of edgesByFolder) {
	const left = [...edges].filter(([name]) => !isAllowed(folder, name));
	if (folder === ENGINE) {
		for (const [name, { source, end, file }] of left) {
			for (const one of [source, end])
				if (!floorOf.has(one)) problems.push(`${folder}/${one}: has no floor (scripts/check-direction.mjs)`);
			if (!(floorOf.get(source) > floorOf.get(end))) problems.push(`${file}: ${name} does not go down`);
		}
		continue;
	}
	for (const circle of circles(left.map(([, edge]) => edge))) {
		const members = new Set(circle.split(', '));
		const inside = left.filter(([, { source, end }]) => members.has(source) && members.has(end));
		// Files side by side may know each other; folders may not.
		if (inside.some(([, edge]) => edge.folders))
			problems.push(
				`${folder}: a circle of ${circle} (${inside.map(([name, { file }]) => `${name} in ${file}`).join('; ')})`,
			);
	}
}
// Sockets, tasks and time come from the reactor, so that the engine runs on whatever loop that has.
for (const file of files) {
	if (!file.startsWith(`${ENGINE}/`) || file.startsWith(`${ENGINE}/reactor/`)) continue;
	const named = /\btokio::(?!sync\b)\w+|\bInstant::now\b/.exec(rustCode(readFileSync(file, 'utf8')));
	if (named) problems.push(`${file}: ${named[0]} belongs to the reactor`);
}
for (const entry of STILL_ALLOWED)
	if (!used.has(entry)) problems.push(`${entry}: not needed any more, take it off the list`);

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`${files.length} files: imports go in one direction`);
