import { createSession } from 'wiretwin';

const session = createSession({ browser: 'chrome', ca: process.env.SHOP_CA });
const response = await session.fetch(process.env.SHOP_URL);
const { protocol } = await response.json();
console.log(`the shop saw ${protocol}`);
await session.close();
