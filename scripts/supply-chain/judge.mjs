// What is not allowed among the npm packages: pure functions over what pnpm prints.

function matches(pattern, name) {
	return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

/** Exceptions without a reason that somebody wrote. */
function unreasoned(exceptions, describe) {
	return exceptions
		.filter(({ reason }) => typeof reason !== 'string' || reason.trim().length < 20)
		.map((entry) => `${describe(entry)}: an exception needs a reason`);
}

/** `listed` is the output of `pnpm licenses list --json`: packages by licence. */
export function judgeLicences(listed, { allowed, licences }) {
	const used = new Set();
	const problems = [];
	for (const [licence, packages] of Object.entries(listed)) {
		if (allowed.includes(licence)) continue;
		for (const { name } of packages) {
			const exception = licences.find((entry) => entry.licence === licence && matches(entry.package, name));
			if (exception === undefined) problems.push(`${name}: licence ${licence} is not allowed`);
			else used.add(exception);
		}
	}
	// A package of another platform is not installed here, so only whole names can be seen to be of no use any more.
	const idle = licences.filter((entry) => !used.has(entry) && !entry.package.endsWith('*'));
	problems.push(...idle.map((entry) => `${entry.package}: an exception that nothing needs`));
	problems.push(...unreasoned(licences, (entry) => entry.package));
	return problems;
}

/** `audit` is the output of `pnpm audit --json`. */
export function judgeAudit(audit, { advisories }) {
	const used = new Set();
	const problems = [];
	for (const found of Object.values(audit.advisories ?? {})) {
		const id = found.github_advisory_id ?? String(found.id);
		const exception = advisories.find((entry) => entry.id === id);
		if (exception === undefined) problems.push(`${found.module_name}: ${id} (${found.severity}) ${found.title}`);
		else used.add(exception);
	}
	problems.push(
		...advisories.filter((entry) => !used.has(entry)).map(({ id }) => `${id}: an exception that nothing needs`),
	);
	problems.push(...unreasoned(advisories, ({ id }) => id));
	return problems;
}

/** Whether a tool failed because what it asks is out of reach, and not because of what it was told. */
export function isOutOfReach(output) {
	return /failed to fetch advisory database|ERR_PNPM_AUDIT_BAD_RESPONSE|ERR_PNPM_AUDIT_ENDPOINT|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET/.test(
		output,
	);
}
