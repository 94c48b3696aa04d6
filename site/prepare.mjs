// Lays the pages of the repository out for VitePress: site/.content has one folder a kind, with links that fit.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const content = new URL('.content/', import.meta.url);
/** Where files that are no page are shown, as `https://host/owner/name`; without it they are named and not linked. */
const repository = process.env.DOCS_REPOSITORY?.replace(/\/$/, '');

const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
	.split('\n')
	.filter((file) => file.endsWith('.md') && existsSync(root + file));

/** Path of a page in the site. Files without one are no page. */
function pageOf(file) {
	const [, folder, name] = /^docs\/([^/]+)\/([^/]+)\.md$/.exec(file) ?? [];
	if (folder) return `${folder}/${name === 'README' ? 'index' : name}.md`;
	const [, package_] = /^packages\/([^/]+)\/README\.md$/.exec(file) ?? [];
	if (package_) return `packages/${package_}.md`;
	const [, example] = /^examples\/([^/]+)\/README\.md$/.exec(file) ?? [];
	if (example) return `examples/${example}.md`;
	const [, flat] = /^docs\/([^/]+)\.md$/.exec(file) ?? [];
	if (flat) return `${flat}.md`;
	const known = {
		'README.md': 'index.md',
		'SECURITY.md': 'security.md',
		'CONTRIBUTING.md': 'contributing.md',
		'CHANGELOG.md': 'changelog.md',
		'AGENTS.md': 'map.md',
		'bench/README.md': 'bench.md',
	};
	return known[file];
}

const pages = new Map(tracked.flatMap((file) => (pageOf(file) ? [[file, pageOf(file)]] : [])));

/** A link of a page as the site has it: to a page, to the repository, or only its text. */
function relink(file, label, target) {
	if (/^(?:[a-z]+:|#)/.test(target)) return `[${label}](${target})`;
	const [path, anchor] = target.split('#');
	const wanted = posix.normalize(posix.join(posix.dirname(file), path)).replace(/\/$/, '');
	const found = [wanted, `${wanted}/README.md`].find((candidate) => pages.has(candidate));
	if (found) {
		const relative = posix.relative(posix.dirname(pages.get(file)), pages.get(found));
		return `[${label}](${relative.startsWith('.') ? relative : `./${relative}`}${anchor ? `#${anchor}` : ''})`;
	}
	if (wanted === 'docs/demo.svg') return `[${label}](/demo.svg)`;
	if (!existsSync(root + wanted)) throw new Error(`${file}: ${target} does not exist`);
	return repository ? `[${label}](${repository}/blob/HEAD/${wanted})` : label;
}

/** Links outside of code are rewritten. */
function rewrite(file, text) {
	return text
		.split(/(^```.*?^```$|`[^`\n]+`(?!\]))/gms)
		.map((part, index) =>
			index % 2 === 1
				? part
				: part.replaceAll(/\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)/g, (_, label, target) =>
						relink(file, label, target),
					),
		)
		.join('');
}

/** The first page: what it is in a few words, then what the README says. */
function home(text) {
	const [, intro = ''] = /^# wiretwin\n\n(.*?)\n\n```sh/s.exec(text) ?? [];
	const body = text.slice(text.indexOf('```sh'));
	const actions = [
		['Guide', '/guide/', 'brand'],
		['Recipes', '/guide/recipes', 'alt'],
		['Why am I still blocked?', '/guide/blocked', 'alt'],
	];
	return [
		'---',
		'layout: home',
		'hero:',
		'  name: wiretwin',
		'  text: A browser on the wire',
		`  tagline: ${JSON.stringify(intro.replaceAll('\n', ' ').replace(/:.*/, '.'))}`,
		'  actions:',
		...actions.flatMap(([label, link, theme]) => [
			`    - text: ${label}`,
			`      link: ${link}`,
			`      theme: ${theme}`,
		]),
		'---',
		'',
		body,
	].join('\n');
}

const title = (text) => /^# (.+)$/m.exec(text)?.[1] ?? '';
/** The first sentence of text below the title. */
function about(text) {
	const paragraphs = text
		.replaceAll(/^```.*?^```$|<!--.*?-->/gms, '')
		.split(/\n{2,}/)
		.map((paragraph) => paragraph.trim().replaceAll('\n', ' '));
	const first = paragraphs.find((paragraph) => /^[A-Za-z*`]/.test(paragraph) && !/^`[^`]*`$/.test(paragraph)) ?? '';
	const plain = first.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('**', '');
	return /^.*?[^?]\.(?=\s|$)/.exec(plain)?.[0] ?? plain.replace(/:$/, '.');
}

rmSync(content, { recursive: true, force: true });
const listed = [];
const whole = [];
for (const [file, page] of [...pages].sort(([left], [right]) => (left < right ? -1 : 1))) {
	const text = readFileSync(root + file, 'utf8');
	const target = new URL(page, content);
	mkdirSync(dirname(fileURLToPath(target)), { recursive: true });
	const linked = rewrite(file, text);
	writeFileSync(target, file === 'README.md' ? home(linked) : linked);
	listed.push({ page, title: title(text), about: about(text) });
	if (/^(?:README|docs\/(?:guide|reference|migrate))/.test(file)) whole.push(`<!-- ${page} -->\n\n${text}`);
}

const sections = [
	['Guide', (page) => page.startsWith('guide/')],
	['Reference', (page) => page.startsWith('reference/')],
	['Coming from another client', (page) => page.startsWith('migrate/')],
	['Packages', (page) => page.startsWith('packages/')],
	['Internals', (page) => page.startsWith('internals/')],
];
const lines = sections.flatMap(([name, belongs]) => [
	`## ${name}\n`,
	...listed
		.filter(({ page }) => belongs(page))
		.map(
			({ page, title, about }) =>
				`- [${title}](/${page.replace(/(?:index)?\.md$/, '')})${about === '' ? '' : `: ${about}`}`,
		),
	'',
]);
const intro = listed.find(({ page }) => page === 'index.md')?.about ?? '';
mkdirSync(new URL('public/', content), { recursive: true });
writeFileSync(
	new URL('public/llms.txt', content),
	`# wiretwin\n\n> ${intro}\n\nAll of the guide, the reference and the ways from other clients in one file: [llms-full.txt](/llms-full.txt)\n\n${lines.join('\n')}`,
);
writeFileSync(new URL('public/llms-full.txt', content), whole.join('\n\n'));
cpSync(new URL('../docs/demo.svg', import.meta.url), new URL('public/demo.svg', content));
cpSync(
	new URL('../packages/profiles/generated/profile.schema.json', import.meta.url),
	new URL('public/profile.schema.json', content),
);
console.log(`${pages.size} pages`);
