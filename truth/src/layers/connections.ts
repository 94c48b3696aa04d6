import { eachRequest, type Layer } from './layer.ts';

/** Which request went over which connection, and what was agreed there. */
export const connectionsLayer: Layer = {
	name: 'connections',
	facts(observation) {
		const facts = eachRequest(observation, (request) => {
			const index = observation.connections.findIndex((each) => each.id === request.connectionId);
			const tls = observation.connections[index]?.negotiated;
			const agreed = tls ? `${tls.version} ${tls.cipher} ${tls.alpn}${tls.resumed ? ' resumed' : ''}` : 'no TLS';
			return [{ label: 'connection', value: `${index + 1} (${agreed}), ${request.authority}` }];
		});
		return [{ label: 'requests', value: String(observation.requests.length) }, ...facts];
	},
};
