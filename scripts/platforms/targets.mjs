// The platforms that a release has an addon for, and what makes each of them different to build.
// `make platforms` builds them all on one Linux machine; docs/internals/packaging.md says how and why.

/**
 * glibc's oldest version that the Linux addons load with. Node's own binaries need 2.28, builds of Node for older systems
 * (Amazon Linux 2, CentOS 7) 2.17; the older floor costs nothing, because nothing newer is called.
 */
export const glibcFloor = '2.17';

/** All that Node looks up in an addon. */
export const entryPoint = 'napi_register_module_v1';

/** Newest macOS that may be missing: what Node 22's own binaries ask for. */
const macosFloor = '11.0';

const gnu = (arch) => ({
	os: 'linux',
	rust: `${arch}-unknown-linux-gnu`,
	zig: `${arch}-linux-gnu.${glibcFloor}`,
	cargoTarget: `${arch}-unknown-linux-gnu.${glibcFloor}`,
	cmake: { system: 'Linux', processor: arch },
	library: 'libwiretwin_binding.so',
});

const musl = (arch) => ({
	os: 'linux',
	rust: `${arch}-unknown-linux-musl`,
	zig: `${arch}-linux-musl`,
	cmake: { system: 'Linux', processor: arch },
	library: 'libwiretwin_binding.so',
	// A shared library has to use the C library of the process that loads it.
	rustFlags: ['-C', 'target-feature=-crt-static'],
});

const darwin = (arch, processor) => ({
	os: 'darwin',
	rust: `${arch}-apple-darwin`,
	zig: `${arch}-macos.${macosFloor}`,
	cmake: { system: 'Darwin', processor },
	library: 'libwiretwin_binding.dylib',
	// Else the library's own name is the path at which it was built.
	rustFlags: ['-C', 'link-arg=-Wl,-install_name,@rpath/wiretwin.node'],
	environment: { MACOSX_DEPLOYMENT_TARGET: macosFloor },
	needs: ['sdk'],
	// zig's linker for macOS knows no list of exports. Harmless: names there belong to a library, and Node opens it as local.
	exportsEverything: true,
});

const windows = (arch, rust, processor, needs) => ({
	os: 'win32',
	rust,
	zig: `${arch}-windows-gnu`,
	cmake: { system: 'Windows', processor },
	library: 'wiretwin_binding.dll',
	needs: ['libnode', 'exports', ...needs],
});

/** By the name that the platform's package ends with. */
export const targets = {
	'linux-x64-gnu': { cpu: 'x64', libc: 'glibc', ...gnu('x86_64') },
	'linux-arm64-gnu': { cpu: 'arm64', libc: 'glibc', ...gnu('aarch64') },
	'linux-x64-musl': { cpu: 'x64', libc: 'musl', ...musl('x86_64') },
	'linux-arm64-musl': { cpu: 'arm64', libc: 'musl', ...musl('aarch64') },
	'darwin-arm64': { cpu: 'arm64', ...darwin('aarch64', 'arm64') },
	'darwin-x64': { cpu: 'x64', ...darwin('x86_64', 'x86_64') },
	'win32-x64': { cpu: 'x64', ...windows('x86_64', 'x86_64-pc-windows-gnu', 'AMD64', ['nasm']) },
	'win32-arm64': { cpu: 'arm64', ...windows('aarch64', 'aarch64-pc-windows-gnullvm', 'ARM64', []) },
};
