import { exchange, html, overNetwork, type Page, type Scenario } from '../scenario.ts';

const PAGE = '/form';
const TARGET = '/sent';

/** Field values that need escaping in each of the encodings. */
const TEXT = 'two words & a=ü';
const FILE_NAME = 'na"me.txt';

function form(encoding: string, extra = ''): Page {
	return html(
		`<form method=post action=${TARGET} enctype="${encoding}"><input name=user value="ada"><input name=text value="${TEXT.replace('&', '&amp;')}">${extra}<button id=send>send</button></form>`,
		'<meta charset=utf-8>',
	);
}

/** A file chosen by the page's own script, so that no dialogue is needed. */
const CHOOSE_FILE = `(() => {
	const files = new DataTransfer();
	files.items.add(new File(['file text'], ${JSON.stringify(FILE_NAME)}, { type: 'text/plain' }));
	document.querySelector('input[type=file]').files = files.files;
})()`;

/** A form sent by a click. */
export const formScenarios: readonly Scenario[] = [
	{
		name: 'form POST, urlencoded',
		pages: { [PAGE]: form('application/x-www-form-urlencoded'), [TARGET]: html('sent') },
		browser: async (browser, { url }) => {
			await browser.navigate(url(PAGE));
			await browser.follow('#send');
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(PAGE))).text();
			const body = new URLSearchParams({ user: 'ada', text: TEXT });
			await (await session.fetch(url(TARGET), { method: 'POST', body, referrer: url(PAGE) })).text();
		},
	},
	{
		name: 'form POST, then redirect',
		pages: {
			[PAGE]: form('application/x-www-form-urlencoded'),
			[TARGET]: overNetwork(() => ({ status: 303, headers: [['location', '/end']] })),
			'/end': html('end'),
		},
		browser: async (browser, { url }) => {
			await browser.navigate(url(PAGE));
			await browser.follow('#send');
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(PAGE))).text();
			const body = new URLSearchParams({ user: 'ada', text: TEXT });
			await (await session.fetch(url(TARGET), { method: 'POST', body, referrer: url(PAGE) })).text();
		},
	},
	{
		name: 'form POST, multipart',
		pages: { [PAGE]: form('multipart/form-data', '<input type=file name=file>'), [TARGET]: html('sent') },
		browser: async (browser, { url }) => {
			await browser.navigate(url(PAGE));
			await browser.evaluate(CHOOSE_FILE);
			await browser.follow('#send');
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(PAGE))).text();
			const body = new FormData();
			body.append('user', 'ada');
			body.append('text', TEXT);
			body.append('file', new File(['file text'], FILE_NAME, { type: 'text/plain' }));
			await (await session.fetch(url(TARGET), { method: 'POST', body, referrer: url(PAGE) })).text();
		},
	},
	{
		name: 'form POST, plain text',
		pages: { [PAGE]: form('text/plain'), [TARGET]: html('sent') },
		browser: async (browser, { url }) => {
			await browser.navigate(url(PAGE));
			await browser.follow('#send');
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(PAGE))).text();
			await exchange(session, {
				url: url(TARGET),
				method: 'POST',
				kind: 'form',
				body: Buffer.from(`user=ada\r\ntext=${TEXT}\r\n`, 'utf8'),
				contentType: 'text/plain',
				layout: { site: 'same-origin', referer: url(PAGE), origin: new URL(url(PAGE)).origin },
			});
		},
	},
];
