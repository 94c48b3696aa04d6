// What the bundlers' tests bundle.
import { createSession } from 'wiretwin';

const { url, ca } = JSON.parse(process.env.MIRROR);
const session = createSession({ ca, browser: 'firefox' });
const { protocol } = await (await session.fetch(`${url}/echo`)).json();
console.log('app', protocol);
await session.close();
