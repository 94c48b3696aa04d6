// Loads the binding as an installed copy does (no condition `wiretwin-source`) and prints what came of it.
const { loadBinding } = (await import(process.argv[2] ?? '')) as typeof import('../../src/load-binding.ts');
try {
	console.log('loaded', loadBinding().protocolVersion());
} catch (error) {
	console.log((error as Error).message);
}
