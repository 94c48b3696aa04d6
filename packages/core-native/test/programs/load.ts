// Prints the error of a binding that cannot be loaded.
import { createTransport } from './common.ts';

try {
	createTransport();
} catch (error) {
	console.log((error as { code: string }).code, (error as Error).message);
}
