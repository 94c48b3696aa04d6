export { WiretwinHttpClient, type WiretwinHttpClientOptions } from './client.ts';
