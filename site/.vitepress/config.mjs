import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';

const content = new URL('../.content/', import.meta.url);
const read = (page) => readFileSync(new URL(page, content), 'utf8');
const title = (page) => /^# (.+)$/m.exec(read(page))?.[1].replaceAll('`', '') ?? page;
const item = (page) => ({ text: title(page), link: `/${page.replace(/(?:index)?\.md$/, '')}` });

/** Pages in the order in which the index of their folder names them. */
function inOrder(folder) {
	const named = [...read(`${folder}/index.md`).matchAll(/\]\(\.\/([\w-]+\.md)/g)].map(([, name]) => name);
	const all = readdirSync(new URL(`${folder}/`, content)).filter((name) => name.endsWith('.md') && name !== 'index.md');
	return [...new Set(['index.md', ...named, ...all.sort()])]
		.filter((name) => all.includes(name) || name === 'index.md')
		.map((name) => item(`${folder}/${name}`));
}

/** Pages that a part of the guide's index names: `By task:`, `By topic:`, clients of others. */
function partOfGuide(from, to) {
	const text = read('guide/index.md');
	const part = text.slice(text.indexOf(from), text.indexOf(to));
	return [...part.matchAll(/\]\(\.\/([\w-]+\.md)/g)].map(([, name]) => item(`guide/${name}`));
}

const group = (text, items, collapsed = false) => ({ text, items, collapsed });
const packages = readdirSync(new URL('packages/', content)).map((name) => item(`packages/${name}`));
const api = existsSync(new URL('api/index.md', content)) ? [{ text: 'API', link: '/api/' }] : [];
const more = [
	'how-fast-how-true.md',
	'changelog.md',
	'security.md',
	'contributing.md',
	'map.md',
	'bench.md',
	'examples/deploy.md',
	'examples/distributed.md',
]
	.filter((page) => existsSync(new URL(page, content)))
	.map(item);

export default defineConfig({
	title: 'wiretwin',
	description: "An HTTP client for Node whose requests look, on the wire, exactly like a browser's",
	srcDir: '.content',
	cleanUrls: true,
	lastUpdated: false,
	// Dead links fail the build: that is VitePress' default.
	ignoreDeadLinks: false,
	markdown: { theme: { light: 'github-light', dark: 'github-dark' }, lineNumbers: false },
	head: [['meta', { name: 'theme-color', content: '#1f7a5c' }]],
	themeConfig: {
		search: { provider: 'local' },
		outline: [2, 3],
		nav: [
			{ text: 'Guide', link: '/guide/', activeMatch: '/guide/' },
			{ text: 'Reference', link: '/reference/', activeMatch: '/(reference|api)/' },
			{ text: 'Coming from ...', link: '/migrate/', activeMatch: '/migrate/' },
			{ text: 'Blocked?', link: '/guide/blocked' },
		],
		sidebar: [
			group('By task', [item('guide/index.md'), ...partOfGuide('By task:', 'By topic:')]),
			group('By topic', partOfGuide('By topic:', '- Clients of others')),
			group('With other clients', partOfGuide('- Clients of others', '## Words')),
			group('Reference', [...inOrder('reference'), ...api]),
			group('Coming from another client', inOrder('migrate'), true),
			group('Packages', packages, true),
			group('Project', more, true),
			group('Internals', inOrder('internals'), true),
		],
	},
});
