/** The platform as the packages of addons are called: `linux-x64-gnu`, `linux-arm64-musl`, `darwin-arm64`, `win32-x64`. */
export function bindingTarget(): string {
	const base = `${process.platform}-${process.arch}`;
	if (process.platform !== 'linux') return base;
	return `${base}-${usesMusl() ? 'musl' : 'gnu'}`;
}

/** For messages: `linux x64, glibc 2.36, Node 24.21.0`. */
export function describeRuntime(): string {
	const libc = process.platform === 'linux' ? [usesMusl() ? 'musl' : `glibc ${glibcVersion() ?? ''}`.trimEnd()] : [];
	const { bun, deno, electron } = process.versions as { [name: string]: string | undefined };
	const host = bun ? [`Bun ${bun}`] : deno ? [`Deno ${deno}`] : electron ? [`Electron ${electron}`] : [];
	return [`${process.platform} ${process.arch}`, ...libc, ...host, `Node ${process.versions.node}`].join(', ');
}

function usesMusl(): boolean {
	const loader = loaderOfProgram();
	if (loader !== undefined) return loader === 'musl';
	return usesMuslByReport();
}

/** Bytes at the start of a program that name its loader; it stands right behind the table of segments. */
const headBytes = 4096;

/** The C library of the loader that this program names; a report of Node's would take 2 ms of every start. */
function loaderOfProgram(): 'musl' | 'glibc' | undefined {
	const { closeSync, openSync, readSync } = process.getBuiltinModule('node:fs');
	try {
		const file = openSync(process.execPath, 'r');
		try {
			const head = Buffer.alloc(headBytes);
			readSync(file, head, 0, headBytes, 0);
			if (head.includes('/ld-musl-')) return 'musl';
			return head.includes('/ld-linux') ? 'glibc' : undefined;
		} finally {
			closeSync(file);
		}
	} catch {
		return undefined;
	}
}

function usesMuslByReport(): boolean {
	if (glibcVersion() !== undefined) return false;
	const { existsSync } = process.getBuiltinModule('node:fs');
	// Where the report does not say, both C libraries put their loader at a place of their own.
	const loader = `/lib/ld-musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`;
	return hasReport() || existsSync('/etc/alpine-release') || (existsSync(loader) && !existsSync('/etc/debian_version'));
}

/** Only Node's own report is known to name the C library whenever it is glibc. */
function hasReport(): boolean {
	const { bun, deno } = process.versions as { [name: string]: string | undefined };
	return process.report !== undefined && bun === undefined && deno === undefined;
}

function glibcVersion(): string | undefined {
	// `excludeNetwork` is newer than the type.
	const reporter: (NodeJS.ProcessReport & { excludeNetwork?: boolean }) | undefined = process.report;
	if (!reporter) return undefined;
	// Without this the report looks up the name of every open socket's peer, which can block for seconds.
	const excludeNetwork = reporter.excludeNetwork ?? false;
	reporter.excludeNetwork = true;
	const report: unknown = reporter.getReport();
	reporter.excludeNetwork = excludeNetwork;
	return (report as { header?: { glibcVersionRuntime?: string } } | undefined)?.header?.glibcVersionRuntime;
}
