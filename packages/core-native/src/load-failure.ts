/** What is known when no binding could be loaded. */
export type LoadFailure = {
	/** The platform, as packages are called: `linux-x64-gnu`. */
	target: string;
	/** Platform, C library and runtime in words. */
	runtime: string;
	failures: ReadonlyArray<{ name: string; reason: unknown }>;
	/** Platforms whose package is installed. */
	installed: readonly string[];
	/** The only place was named by the user, in `WIRETWIN_BINDING_PATH`. */
	named: boolean;
};

/** One message with all that somebody needs to mend it: where it runs, what was tried, why that failed, what to do. */
export function explainLoadFailure(failure: LoadFailure): string {
	const tried = failure.failures.map(({ name, reason }) => `  - ${name}: ${firstLine(reason)}`);
	return [
		`no native addon for ${failure.target} (${failure.runtime}).`,
		...(tried.length > 0 ? ['Tried:', ...tried] : [`There is no package for ${failure.target}.`]),
		...advice(failure).map((line) => `* ${line}`),
		'More: "If the addon does not load" in the README of @wiretwin/core-native.',
	].join('\n');
}

function advice(failure: LoadFailure): string[] {
	const { target, failures, installed, named } = failure;
	if (named) return ['WIRETWIN_BINDING_PATH names this file: unset it, or let it name an addon of this version.'];
	if (failures.length === 0) {
		return ['Build it from source on that machine, and let WIRETWIN_BINDING_PATH name the file.'];
	}
	const name = `@wiretwin/core-native-${target}`;
	const last = failures.at(-1)?.reason;
	if (isMissing(last)) {
		return installed.length > 0
			? [
					`node_modules was made for ${installed.join(' and ')}. Install where the program runs (in a Docker build: node_modules in .dockerignore), or for both: npm install --os=${part(target, 0)} --cpu=${part(target, 1)}${libc(target)}; pnpm and yarn: supportedArchitectures.`,
				]
			: [
					`Optional dependencies were left out: install without --omit=optional and --no-optional.`,
					`If they were not, the lock file was made on another system by an npm that forgets optional packages: delete node_modules and the lock file, install again. Or add the package yourself: npm install ${name}`,
					'Bundled? Keep wiretwin external, or take its addon along.',
					'In a checkout of wiretwin: make setup, then node --conditions=wiretwin-source, or WIRETWIN_BINDING_PATH names the file it made.',
				];
	}
	const text = last instanceof Error ? last.message : String(last);
	if (/require is not (defined|supported)|Dynamic require/.test(text)) {
		return [
			'Bundled as an ES module, where nothing is called require: keep wiretwin external, or give the bundle one (docs/guide/install.md of wiretwin).',
		];
	}
	if (/speaks protocol|is of version/.test(text)) {
		return [`Two versions are mixed: ${name} and @wiretwin/core-native have to be of one version. Install again.`];
	}
	const glibc = /GLIBC_([\d.]+)/.exec(text)?.[1];
	if (glibc) return [`This system's C library is older than glibc ${glibc}, which the addon needs.`];
	if (/musl|Error relocating|symbol not found|\blibc\.so: /.test(text)) {
		return [`The addon is for another C library. Install again on this system, so that ${name} is chosen.`];
	}
	return [`The file is damaged, or for another platform: delete node_modules and install again on this system.`];
}

/** Whether there is nothing of that name, as opposed to something that cannot be loaded. */
function isMissing(reason: unknown): boolean {
	const code = (reason as { code?: unknown } | undefined)?.code;
	return (
		code === 'MODULE_NOT_FOUND' ||
		code === 'ERR_MODULE_NOT_FOUND' ||
		/Cannot find (module|package)/.test(String(reason))
	);
}

const part = (target: string, index: number): string => target.split('-')[index] ?? '';

function libc(target: string): string {
	const name = part(target, 2);
	return name === '' ? '' : ` --libc=${name === 'gnu' ? 'glibc' : name}`;
}

function firstLine(reason: unknown): string {
	const text = reason instanceof Error ? reason.message : String(reason);
	return text.split('\n', 1)[0] ?? text;
}
