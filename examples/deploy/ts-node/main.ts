import { createSession, type Session } from 'wiretwin';

async function main(): Promise<void> {
	const url = process.env.SHOP_URL ?? 'https://example.com/';
	const session: Session = createSession({
		browser: 'chrome',
		...(process.env.SHOP_CA ? { ca: process.env.SHOP_CA } : {}),
	});
	const response = await session.fetch(url);
	const { protocol } = (await response.json()) as { protocol: string };
	console.log(`the shop saw ${protocol}`);
	await session.close();
}

main();
