/** Names of extensions (IANA "TLS ExtensionType Values" plus those that browsers use before registration). */
const extensionNames: Record<number, string> = {
	0: 'server_name',
	1: 'max_fragment_length',
	5: 'status_request',
	10: 'supported_groups',
	11: 'ec_point_formats',
	13: 'signature_algorithms',
	16: 'alpn',
	17: 'status_request_v2',
	18: 'signed_certificate_timestamp',
	21: 'padding',
	22: 'encrypt_then_mac',
	23: 'extended_master_secret',
	24: 'token_binding',
	27: 'compress_certificate',
	28: 'record_size_limit',
	34: 'delegated_credentials',
	35: 'session_ticket',
	41: 'pre_shared_key',
	42: 'early_data',
	43: 'supported_versions',
	44: 'cookie',
	45: 'psk_key_exchange_modes',
	47: 'certificate_authorities',
	49: 'post_handshake_auth',
	50: 'signature_algorithms_cert',
	51: 'key_share',
	57: 'quic_transport_parameters',
	13172: 'next_protocol_negotiation',
	17513: 'application_settings_old',
	17613: 'application_settings',
	51764: 'trust_anchors',
	65037: 'encrypted_client_hello',
	65281: 'renegotiation_info',
};

/** True for the reserved values 0x0a0a, 0x1a1a ... 0xfafa (RFC 8701). */
export function isGrease(value: number): boolean {
	return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

/** Four lower-case hex digits. */
export function hex16(value: number): string {
	return value.toString(16).padStart(4, '0');
}

/** Name of an extension, `GREASE`, or its number as `0x....`. */
export function extensionName(id: number): string {
	return isGrease(id) ? 'GREASE' : (extensionNames[id] ?? `0x${hex16(id)}`);
}
