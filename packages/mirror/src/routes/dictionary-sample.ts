/** A body that was coded with a dictionary (RFC 9842): zlib of Node 20 can do neither, so the bytes are written down. */
export const dictionarySample = {
	dictionary: 'hello dictionary '.repeat(20),
	body: 'hello dictionary from the other side, '.repeat(10),
	dcb: fromBase64('/0RDQnIAlmG5sT5V94L6qrr8Ny7JQvtDPWogZruu085TE0TbG3sBAMRtbF353ZlRIwQrhQmIt1woyzHKWnwTMgjjJhk4AQ=='),
	dcz: fromBase64(
		'XipNGCAAAAByAJZhubE+VfeC+qq6/DcuyUL7Qz1qIGa7rtPOUxNE2yi1L/1gfAANAQCgZnJvbSB0aGUgb3RoZXIgc2lkZSwDAEJJVYALHpdZAQE=',
	),
} as const;

function fromBase64(text: string): Uint8Array {
	return new Uint8Array(Buffer.from(text, 'base64'));
}
