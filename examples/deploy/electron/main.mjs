// A window asks this process, which sends; so does a utility process, for who wants the work elsewhere.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { app, BrowserWindow, ipcMain, utilityProcess } from 'electron';
import { createSession } from 'wiretwin';

const session = createSession({ browser: 'chrome', ca: process.env.SHOP_CA });
const beside = (file) => fileURLToPath(new URL(file, import.meta.url));

// A page cannot load addons, and must not be able to send whatever it likes: it asks for this one thing.
ipcMain.handle('shop', async () => {
	const response = await session.fetch(process.env.SHOP_URL);
	const { protocol } = await response.json();
	return `the shop saw ${protocol}`;
});

async function main() {
	const [fromUtility] = await once(utilityProcess.fork(beside('utility.mjs')), 'message');
	console.log(`utility: ${fromUtility}`);
	const window = new BrowserWindow({ show: false, webPreferences: { preload: beside('preload.cjs') } });
	await window.loadURL('data:text/html,<p>shop</p>');
	console.log(`window: ${await window.webContents.executeJavaScript('shop()')}`);
	await session.close();
}

// Not awaited: Electron gets ready once this file has been run to its end.
app
	.whenReady()
	.then(main)
	.then(
		() => app.quit(),
		(error) => {
			console.error(error);
			app.exit(1);
		},
	);
